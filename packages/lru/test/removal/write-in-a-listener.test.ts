import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: a set() inside dispose, with max 2, leaves three keys with size 2 and a cyclic
// list, over which keys() never ends.
it("a set inside a listener leaves the bound and the order correct", () => {
  let calls = 0;
  const cache: LRUCache<string, number> = new LRUCache<string, number>({
    max: 2,
    onRemoval: () => {
      if (calls++ === 0) cache.set("zz", 9);
    },
  });

  cache.set("a", 1).set("b", 2).set("c", 3);

  expect(cache.size).toBe(2);
  expect(["a", "b", "c", "zz"].filter((key) => cache.has(key))).toEqual(["c", "zz"]);
  expect([...cache.keys()]).toEqual(["zz", "c"]);
});
