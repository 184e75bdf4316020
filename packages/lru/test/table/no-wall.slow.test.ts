import { LRUCache } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

/** V8's `Map` takes 2^24 entries, and half of that under churn. */
const COUNT = 2 ** 24 + 1000;
const CHURN = 200_000;

/** Fills a cache beyond the limit, churns there, and checks all entries. */
function crossWall<K>(cache: LRUCache<K, number>, key: (i: number) => K): void {
  for (let i = 0; i < COUNT; i++) cache.set(key(i), i);
  expect(cache.size).toBe(COUNT);

  // New entries evict old entries; other entries are deleted and set again.
  for (let i = 0; i < CHURN; i++) cache.set(key(COUNT + i), COUNT + i);
  for (let i = CHURN; i < 2 * CHURN; i++) {
    if (!cache.delete(key(i))) throw new Error(`${i} is not there`);
    cache.set(key(i), -i);
  }

  expect([cache.size, cache.stats().evictions]).toEqual([COUNT, CHURN]);
  for (let i = 0; i < COUNT + CHURN; i += 997) {
    const expected = i < CHURN ? undefined : i < 2 * CHURN ? -i : i;
    if (cache.get(key(i)) !== expected)
      throw new Error(`${i} has ${cache.peek(key(i))}, expected ${expected}`);
  }
  expect(cache.evict()?.[1]).toBe(2 * CHURN);
}

describe("There is no wall at 2^23 or 2^24 entries", () => {
  it("for integers", () => {
    crossWall(new LRUCache<number, number>({ max: COUNT }), (i) => i);
  });

  it("for scattered integers, and for doubles", () => {
    crossWall(new LRUCache<number, number>({ max: COUNT }), (i) =>
      i % 2 === 0 ? Math.imul(i, 0x9e3779b1) : i / 4,
    );
  });

  it("for strings", () => {
    crossWall(new LRUCache<string, number>({ max: COUNT }), (i) => `key:${i}`);
  });

  it("for long strings that end alike", () => {
    crossWall(
      new LRUCache<string, number>({ max: COUNT }),
      (i) => `${i}:a-long-common-end-that-makes-keys-longer-than-what-is-hashed-at-first`,
    );
  });

  it("for long strings that differ at their ends, when others come that do not", () => {
    // More keys than the index leaves to a `Map`, all of which must be hashed better at a time.
    const count = 2 ** 22 + 1000;
    const cache = new LRUCache<string, number>({ max: COUNT });
    const long = (i: number): string => `${"long".repeat(16)}:${i}`;
    const short = (i: number): string =>
      `${"x".repeat(29)}${String(i).padStart(6, "0")}${"x".repeat(29)}`;
    for (let i = 0; i < count; i++) cache.set(long(i), i);

    for (let i = 0; i < 1000; i++) cache.set(short(i), -i);

    expect(cache.size).toBe(count + 1000);
    for (let i = 0; i < count; i += 97) expect(cache.get(long(i))).toBe(i);
    for (let i = 0; i < 1000; i++) expect(cache.get(short(i))).toBe(-i);
    for (let i = 0; i < count; i++) cache.delete(long(i));
    expect(cache.size).toBe(1000);
  });

  // Policies that remember removed entries have tables of their own.
  it.each(POLICIES.filter(([name]) => ["adaptive", "s3Fifo"].includes(name)))(
    "with %s",
    (_name, create) => {
      const cache = new LRUCache<number, number>({ max: COUNT, policy: create(), seed: 1 });
      for (let i = 0; i < COUNT + CHURN; i++) cache.set(i, i);
      expect(cache.size).toBe(COUNT);
      const { evictions, rejections } = cache.stats();
      expect(evictions + rejections).toBe(CHURN);
      let found = 0;
      for (let i = 0; i < COUNT + CHURN; i++) if (cache.peek(i) === i) found++;
      expect(found).toBe(COUNT);
    },
  );
});
