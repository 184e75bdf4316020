/**
 * Columns that are almost empty after an expiry, in a cache bounded by bytes and in an unbounded
 * cache.
 */
import { LRUCache } from "@heapwise/lru";
import { expect, it, vi } from "vitest";

it("no live entry is evicted for the bookkeeping of expired entries", async () => {
  let now = 0;
  const left: string[] = [];
  const cache = new LRUCache<number, number | string>({
    maxBytes: 1_500_000,
    ttl: 1e6,
    clock: { now: () => now },
    onRemoval: (_key, _value, cause) => left.push(cause),
  });
  for (let i = 0; i < 2000; i++) cache.set(i, i);
  for (let i = 2000; i < 12_000; i++) cache.set(i, i, { ttl: 10 });
  expect(left.length).toBe(0);
  now = 20;
  for (let i = 0; i < 100 && cache.size > 2000; i++);
  expect(cache.size).toBe(2000);
  // The columns are given back in a macrotask of its own.
  await new Promise((resolve) => setImmediate(resolve));
  const bytes = cache.bytes();
  left.length = 0;
  const value = "x".repeat(Math.floor(1_500_000 - bytes - 20_000));
  cache.set(-1, value);
  // The value fits, because the columns of the expired entries were given back.
  expect([bytes < 400_000, left.length, cache.size]).toEqual([true, 0, 2001]);
});

it("memory is given back after the entries have expired", async () => {
  let now = 0;
  const cache = new LRUCache<number, number>({
    unbounded: true,
    ttl: 10,
    clock: { now: () => now },
  });
  for (let i = 0; i < 500_000; i++) cache.set(i, i);
  now = 20;
  for (let i = 0; i < 2000; i++) cache.set(i, i);
  cache.expireNow();
  const swept = cache.bytes();
  // The same again, without expireNow.
  for (let i = 0; i < 500_000; i++) cache.set(i, i);
  now = 40;
  for (let round = 0; round < 100; round++) {
    for (let i = 0; i < 2000; i++) cache.set(i, i);
    now += 1;
    while (cache.size > 2000);
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(cache.bytes()).toBeLessThan(2 * swept);
});

it("no live entry is evicted for the bookkeeping of expired entries in the middle of a sweep", () => {
  let host = 0;
  vi.stubGlobal("performance", { now: () => (host += 3_600_000) });
  try {
    let now = 0;
    const left: string[] = [];
    const cache = new LRUCache<number, number | string>({
      maxBytes: 1_500_000,
      ttl: 10,
      clock: { now: () => now },
      onRemoval: (_key, _value, cause) => left.push(cause),
    });
    for (let i = 0; i < 12_000; i++) cache.set(i, i, { ttl: i < 500 ? 1e6 : 10 });
    now = 20;
    cache.set(-1, "x".repeat(700_000));
    expect(left.filter((cause) => cause === "evicted")).toEqual([]);
    expect([cache.has(-1), cache.has(0)]).toEqual([true, true]);
  } finally {
    vi.unstubAllGlobals();
  }
});
