import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: an object that grew from 5 to 9 and is set again still counts 5.
it("the same object set again is weighed again", () => {
  const cache = new LRUCache<string, { n: number }>({ max: 5, maxWeight: 10, weigh: ({ n }) => n });
  const value = { n: 5 };
  cache.set("o", value);
  value.n = 9;
  cache.set("o", value);
  expect(cache.weight).toBe(9);
});
