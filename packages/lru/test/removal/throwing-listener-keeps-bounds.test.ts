import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: a dispose that throws, with maxSize 2, leaves size 3 and calculatedSize 2.
it("a listener that throws leaves the bounds correct", () => {
  const cache = new LRUCache<string, number>({
    maxWeight: 2,
    weigh: () => 1,
    onRemoval: () => {
      throw new Error("boom");
    },
  });
  cache.set("a", 1).set("b", 1);

  expect(() => cache.set("c", 1)).toThrow(new Error("boom"));

  expect([cache.size, cache.weight, [...cache.keys()]]).toEqual([2, 2, ["c", "b"]]);
});
