import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { expect, it } from "vitest";
import { settled } from "./deferred.ts";

// lru-cache 11.5.3: with only allowStale, the first background fetch that fails deletes the stale
// entry.
it("a stale entry outlives refreshes that fail", async () => {
  const clock = new FakeClock();
  const cache = new LRUCache<string, string>({
    max: 5,
    ttl: 100,
    staleWhileRevalidate: 1000,
    clock,
    load: () => Promise.reject(new Error("background")),
  });
  cache.set("x", "old");
  clock.advance(100);
  for (let i = 0; i < 3; i++) {
    expect(await cache.getOrLoad("x")).toBe("old");
    await settled();
  }
  expect(cache.stats()).toMatchObject({ loadFailures: 3, staleHits: 3 });
});
