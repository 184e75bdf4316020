import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: pop() returns undefined if the value under refresh is falsy, like 0.
it("evict returns a falsy value that is being refreshed", () => {
  const cache = new LRUCache<string, number>({ max: 3, load: () => new Promise(() => {}) });
  cache.set("z", 0);
  void cache.refresh("z");

  expect(cache.evict()).toEqual(["z", 0]);
});
