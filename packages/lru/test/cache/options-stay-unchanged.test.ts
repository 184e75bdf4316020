import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: get(key, Object.freeze({})) throws "Cannot add property status", and get adds
// this property to an object that is not frozen.
it("options objects are not changed, and may be frozen", () => {
  const options = Object.freeze({ maxWeight: 5 });
  const setOptions = Object.freeze({ weight: 2 });
  const bounds = Object.freeze({ maxWeight: 4 });
  const cache = new LRUCache<string, number>(options);

  cache.set("a", 1, setOptions);
  cache.setMany([["b", 1]], setOptions);
  cache.resize(bounds);
  LRUCache.from(Object.freeze(cache.snapshot()), options);

  expect([options, setOptions, bounds]).toEqual([
    { maxWeight: 5 },
    { weight: 2 },
    { maxWeight: 4 },
  ]);
});
