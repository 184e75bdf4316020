import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: pop() returns undefined for a falsy value that is being refreshed.
it("evict returns falsy values, and tells them from nothing", () => {
  for (const value of [0, "", false, null, undefined, NaN]) {
    const cache = new LRUCache<string, unknown>({ max: 5, ttl: 1000 });
    cache.set("a", value);
    expect(cache.evict()).toEqual(["a", value]);
    expect(cache.evict()).toBe(undefined);
  }
});
