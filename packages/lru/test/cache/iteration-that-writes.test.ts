import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: get() or set() of the current key while iterating never ends (4, 3, 4, 3, ...).
it("iteration ends if its body gets or sets the visited entry", () => {
  const cache = new LRUCache<number, number>({ max: 5 });
  for (let i = 0; i < 5; i++) cache.set(i, i);
  const seen: number[] = [];
  const visit = (key: number): void => {
    seen.push(key);
    if (seen.length > 100) throw new Error("endless");
  };

  for (const key of cache.keys()) {
    visit(key);
    cache.get(key);
  }
  expect(seen.splice(0)).toEqual([4, 3, 2, 1, 0]);

  for (const [key, value] of cache) {
    visit(key);
    cache.set(key, value + 1);
  }
  expect(seen.splice(0)).toEqual([0, 1, 2, 3, 4]);

  cache.forEach((_value, key) => {
    visit(key);
    cache.get(key);
  });
  expect(seen.splice(0)).toEqual([4, 3, 2, 1, 0]);
});
