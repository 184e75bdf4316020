import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { expect, it } from "vitest";

// isaacs/node-lru-cache#408: ttlAutopurge does not remove all expired entries.
it("expired entries are removed by themselves, also if their ttl was changed", () => {
  const clock = new FakeClock();
  const cache = new LRUCache<number, number>({ max: 1000, ttl: 100, clock });
  for (let i = 0; i < 1000; i++) cache.set(i, i, { ttl: 50 + i });
  for (let i = 0; i < 1000; i += 2) cache.set(i, i, { ttl: 10 });
  clock.advance(1100);
  expect([cache.stats().expirations, clock.pending.length]).toEqual([1000, 0]);
});

// isaacs/node-lru-cache#392: updateAgeOnGet makes entries immortal.
it("reading keeps an entry no longer than its ttl", () => {
  const clock = new FakeClock();
  const cache = new LRUCache<string, number>({ max: 5, ttl: 1000, idleTtl: 100, clock });
  cache.set("a", 1);
  let reads = 0;
  for (; cache.get("a") !== undefined; reads++) clock.advance(50);
  expect(reads).toBe(20);
});
