import { LRUCache } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

describe("stats", () => {
  it("are zero at first, hit rate included", () => {
    expect(new LRUCache({ max: 3 }).stats()).toMatchObject({
      hits: 0,
      misses: 0,
      hitRate: 0,
      inserts: 0,
      updates: 0,
      evictions: 0,
      evictedWeight: 0,
      rejections: 0,
    });
  });

  it("count a session of a cache", () => {
    const cache = new LRUCache<string, number>({
      maxWeight: 10,
      maxEntryWeight: 8,
      weigh: (value) => value,
    });

    cache.set("a", 3).set("b", 4).set("a", 2);
    cache.get("a");
    cache.get("a");
    cache.get("b");
    cache.get("none");
    cache.peek("none");
    cache.has("none");
    cache.set("c", 8);
    cache.set("heavy", 9);
    cache.delete("c");

    expect(cache.stats()).toMatchObject({
      hits: 3,
      misses: 1,
      hitRate: 0.75,
      inserts: 3,
      updates: 1,
      evictions: 2,
      evictedWeight: 6,
      rejections: 1,
    });
  });

  it("count a stored undefined as a hit", () => {
    const cache = new LRUCache<string, undefined>({ max: 3 });
    cache.set("a", undefined);
    cache.get("a");
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 0, hitRate: 1 });
  });

  it("are a copy that does not follow the cache, and cannot harm it", () => {
    const cache = new LRUCache<string, number>({ max: 3 });
    const before = cache.stats();
    cache.set("a", 1);
    expect(before.inserts).toBe(0);
    (cache.stats() as { inserts: number }).inserts = 99;
    expect(cache.stats().inserts).toBe(1);
  });

  it("start again at resetStats, with the entries untouched", () => {
    const cache = new LRUCache<string, number>({ max: 3 });
    cache.set("a", 1);
    cache.get("a");
    cache.resetStats();
    expect([cache.stats().hits, cache.stats().inserts, cache.get("a")]).toEqual([0, 0, 1]);
    expect(cache.stats().hits).toBe(1);
  });

  it("do not count clear and delete as evictions, but evict, resize and trim", () => {
    const cache = new LRUCache<number, number>({ max: 10 });
    for (let i = 0; i < 10; i++) cache.set(i, i);
    cache.delete(0);
    expect(cache.stats().evictions).toBe(0);
    cache.evict();
    cache.resize({ max: 6 });
    cache.trim(0.5);
    expect([cache.stats().evictions, cache.stats().evictedWeight]).toEqual([6, 6]);
    cache.clear();
    expect(cache.stats().evictions).toBe(6);
  });
});

describe.each(POLICIES)("stats with %s", (_name, create) => {
  it("add up: each inserted entry was removed or is stored", () => {
    const causes: Record<string, number> = { evicted: 0, deleted: 0, replaced: 0 };
    const cache = new LRUCache<number, object>({
      max: 50,
      policy: create(),
      seed: 1,
      onRemoval: (_key, _value, cause) => (causes[cause] = (causes[cause] ?? 0) + 1),
    });
    for (let i = 0; i < 2000; i++) {
      const key = (i * i) % 173;
      if (cache.get(key) === undefined || i % 7 === 0) cache.set(key, {});
      if (i % 11 === 0) cache.delete((i * 3) % 173);
    }
    const { inserts, updates, evictions, rejections, hits, misses } = cache.stats();
    expect(hits + misses).toBe(2000);
    expect(updates).toBe(causes["replaced"]);
    expect(evictions + rejections).toBe(causes["evicted"]);
    expect(cache.size + (causes["evicted"] ?? 0) + (causes["deleted"] ?? 0)).toBe(
      inserts + rejections,
    );
  });
});
