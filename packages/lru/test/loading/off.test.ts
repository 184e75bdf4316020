import { LRUCache } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { loggedCache, POLICIES } from "../logged-cache.ts";

const OFF = [
  ["max: 0", { max: 0 }],
  ["max: 0 and a maxWeight", { max: 0, maxWeight: 10, weigh: () => 0 }],
  ["max: 0 with times", { max: 0, ttl: 9, refreshAfter: 1, staleIfError: 9, negativeTtl: 9 }],
  ["maxBytes: 0", { maxBytes: 0 }],
  ["maxBytes: '0mb' beside a max", { maxBytes: "0mb", max: 10 }],
] as const;

describe("A cache that is off, and loads", () => {
  it.each(OFF)("shares its loads, by %s", async (_title, bounds) => {
    let calls = 0;
    const { cache, log } = loggedCache<number, number>({
      ...bounds,
      load: async (key) => {
        calls++;
        await Promise.resolve();
        return 10 * key;
      },
    });
    const both = [cache.getOrLoad(1), cache.getOrLoad(1)];
    expect(cache.stats().inFlight).toBe(1);
    expect([await Promise.all(both), calls]).toEqual([[10, 10], 1]);
    expect(await cache.getOrLoad(1)).toBe(10);
    expect([calls, cache.size, cache.stats().rejections]).toEqual([2, 0, 2]);
    expect(await cache.getOrLoadMany([1, 2])).toEqual(
      new Map([
        [1, 10],
        [2, 20],
      ]),
    );
    expect(await cache.refresh(3)).toBe(30);
    expect(log).toEqual([
      [1, 10, "evicted"],
      [1, 10, "evicted"],
      [1, 10, "evicted"],
      [2, 20, "evicted"],
      [3, 30, "evicted"],
    ]);
    expect(cache.stats()).toMatchObject({ inserts: 0, evictions: 0, coalesced: 1 });
  });

  it("rejects each load for its own callers, and remembers no failure", async () => {
    let calls = 0;
    const cache = new LRUCache<number, number>({
      max: 0,
      load: () => Promise.reject(new Error(`call ${++calls}`)),
    });
    const both = await Promise.allSettled([cache.getOrLoad(1), cache.getOrLoad(1)]);
    expect(both.map((each) => (each as PromiseRejectedResult).reason.message)).toEqual([
      "call 1",
      "call 1",
    ]);
    await expect(cache.getOrLoad(1)).rejects.toThrow("call 2");
  });

  it("does not store the result of a load during which it was switched off", async () => {
    const cache = new LRUCache<number, number>({ max: 5, load: async (key) => key });
    const value = cache.getOrLoad(1);
    cache.resize({ max: 0 });
    expect([await value, cache.size, cache.stats().rejections]).toEqual([1, 0, 1]);
  });

  it("loses only its entries by maxBytes: 0 in resize", () => {
    const { cache, log } = loggedCache<number, string>({ maxBytes: "100kb", maxEntryBytes: "1kb" });
    cache.set(1, "a").set(2, "b");
    cache.resize({ maxBytes: "0mb" });
    expect([cache.maxBytes, cache.size, cache.bytes(), log.length]).toEqual([0, 0, 0, 2]);
    cache.set(1, "a");
    expect([cache.size, cache.stats().rejections]).toEqual([0, 1]);
    cache.resize({ maxBytes: 10_000 });
    cache.set(1, "a");
    expect([...cache]).toEqual([[1, "a"]]);
  });

  it("evicts weighed entries of every policy when all bounds become 0", () => {
    for (const [, create] of POLICIES) {
      const cache = new LRUCache<number, number>({
        max: 100,
        maxBytes: "1mb",
        policy: create(),
        seed: 1,
      });
      for (let i = 0; i < 300; i++) cache.set(i, i);
      cache.resize({ max: 0, maxBytes: 0 });
      expect([cache.size, cache.weight]).toEqual([0, 0]);
      cache.resize({ max: 3, maxBytes: "1mb" });
      for (let i = 0; i < 30; i++) cache.set(i, i);
      expect(cache.size).toBe(3);
    }
  });

  it("restores no entry of a snapshot, and reports each", () => {
    const { cache } = loggedCache<number, number>({ max: 9 });
    cache.set(1, 1).set(2, 2);
    const gone: unknown[] = [];
    const off = LRUCache.from(cache.snapshot(), {
      max: 0,
      onRemoval: (key, value, cause) => gone.push([key, value, cause]),
    });
    expect([off.size, gone]).toEqual([
      0,
      [
        [1, 1, "evicted"],
        [2, 2, "evicted"],
      ],
    ]);
  });
});
