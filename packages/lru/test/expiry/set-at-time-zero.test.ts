import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: an entry that is set at the time 0 of the clock never expires.
it("an entry that is set at the time 0 expires", () => {
  let now = 0;
  const cache = new LRUCache<string, number>({ max: 5, ttl: 10, clock: { now: () => now } });
  cache.set("a", 1);
  expect(cache.info("a")?.expiresIn).toBe(10);
  now = 10;
  expect([cache.get("a"), cache.size]).toEqual([undefined, 0]);
});
