import { LRUCache } from "@heapwise/lru";
import { expect, it } from "vitest";

// lru-cache 11.5.3: max 2^24 + 1 is accepted, and fails later inside its Map. The test
// no-wall.slow.test.ts fills a cache beyond this limit.
it("a max beyond 2^24 costs nothing by itself and works", () => {
  const cache = new LRUCache<number, number>({ max: 2 ** 24 + 1 });
  for (let i = 0; i < 1000; i++) cache.set(i, i);
  expect([cache.size, cache.get(999)]).toEqual([1000, 999]);
});
