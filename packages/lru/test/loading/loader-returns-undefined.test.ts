import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: a fetchMethod that returns undefined synchronously leaves a pending promise.
it("a loader that returns undefined at once is a load without a value", async () => {
  const cache = new LRUCache<string, string | undefined>({ max: 3, load: () => undefined });

  expect(await cache.getOrLoad("a")).toBe(undefined);

  expect([cache.has("a"), cache.size, cache.stats().inFlight]).toEqual([false, 0, 0]);
});
