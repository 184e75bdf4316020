/**
 * A cache that is switched off, by `max: 0` or `maxBytes: 0`, refuses each entry and shares loads.
 */
import { LRUCache, REMOVE } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { HAS_TIME, loggedCache, POLICIES } from "../logged-cache.ts";

const OFF = [
  ["max: 0", { max: 0 }],
  ["max: 0 and a maxWeight", { max: 0, maxWeight: 10, weigh: () => 0 }],
  ["max: 0, a maxWeight and a maxEntryWeight", { max: 0, maxWeight: 10, maxEntryWeight: 10 }],
  // The core does not count bytes.
  ...(HAS_TIME
    ? ([
        ["maxBytes: 0", { maxBytes: 0 }],
        ["maxBytes: '0mb'", { maxBytes: "0mb" }],
        ["maxBytes: 0, for entries of no bytes", { maxBytes: 0, bytesOf: () => 0 }],
        ["maxBytes: 0 and a limit of entries", { maxBytes: 0, maxEntryBytes: "1kb" }],
        ["maxBytes: 0 beside a max", { maxBytes: 0, max: 10 }],
        ["maxBytes: 0 beside a maxWeight", { maxBytes: 0, maxWeight: 10, weigh: () => 0 }],
        ["max: 0 and maxBytes: 0", { max: 0, maxBytes: 0 }],
        ["max: 0 with a ttl", { max: 0, ttl: 1000, staleWhileRevalidate: 1000 }],
      ] as const)
    : []),
] as const;

describe.each(POLICIES)("A cache with %s", (_name, create) => {
  it.each(OFF)("is off by %s", (_title, bounds) => {
    const { cache, log } = loggedCache<string, number>({ ...bounds, policy: create(), seed: 1 });
    const refused: unknown[] = [];
    const isRefused = (key: string, value: number): void => {
      refused.push([key, value, "evicted"]);
      expect(log).toEqual(refused);
      expect([cache.size, cache.weight, cache.has(key), cache.peek(key)]).toEqual([
        0,
        0,
        false,
        undefined,
      ]);
    };

    for (let i = 0; i < 3; i++) {
      cache.set("a", i);
      isRefused("a", i);
    }
    cache.setMany([["b", 2]]);
    isRefused("b", 2);
    expect(cache.getOrInsert("c", 3)).toBe(3);
    isRefused("c", 3);
    expect(cache.getOrInsertComputed("d", () => 4)).toBe(4);
    isRefused("d", 4);
    expect(cache.update("e", (old) => (old === undefined ? 5 : 0))).toBe(5);
    isRefused("e", 5);

    expect(cache.update("f", () => REMOVE)).toBe(undefined);
    expect([cache.get("a"), cache.delete("a"), cache.evict(), cache.info("a")]).toEqual([
      undefined,
      false,
      undefined,
      undefined,
    ]);
    expect([cache.trim(0), cache.trim(1), cache.hottest(9), cache.coldest(9)]).toEqual([
      0,
      0,
      [],
      [],
    ]);
    expect([[...cache], cache.deleteWhere(() => true), cache.deleteMany(["a"])]).toEqual([
      [],
      0,
      0,
    ]);
    cache.clear();
    expect(log).toEqual(refused);
    expect(cache.stats()).toMatchObject({ rejections: 7, inserts: 0, updates: 0, evictions: 0 });
  });

  it("is switched off by resize, which evicts all, and on again", () => {
    for (const rest of [{}, { maxWeight: 5000, weigh: (value: number) => value % 3 }]) {
      const { cache, log } = loggedCache<number, number>({ max: 1000, ...rest, policy: create() });
      for (let turn = 0; turn < 2; turn++) {
        for (let i = 0; i < 500; i++) {
          cache.set(i, i);
          cache.get((i * 7) % 500);
        }
        log.length = 0;
        cache.resetStats();

        cache.resize({ max: 0 });

        expect([cache.max, cache.size, cache.weight, log.length]).toEqual([0, 0, 0, 500]);
        expect(new Set(log.map(([, , cause]) => cause))).toEqual(new Set(["evicted"]));
        expect(cache.stats()).toMatchObject({ evictions: 500, rejections: 0 });
        cache.set(1, 1).set("any" as never, 2);
        expect([cache.size, cache.stats().rejections]).toEqual([0, 2]);

        cache.resize({ max: 1 });
        cache.set(1, 1);
        expect([...cache]).toEqual([[1, 1]]);
        cache.resize({ max: 1000 });
      }
    }
  });

  it("fills and evicts after it was off from the start", () => {
    const { cache } = loggedCache<number, number>({ max: 0, policy: create() });
    cache.set(1, 1);
    cache.resize({ max: 10 });
    for (let i = 0; i < 100; i++) cache.getOrInsert(i, i);
    expect([cache.size, [...cache].length, cache.stats().rejections >= 1]).toEqual([10, 10, true]);
  });
});

describe("A cache that is off", () => {
  it("refuses bad options all the same, and stays disposed of", () => {
    const cache = new LRUCache<string, number>({ max: 0, maxWeight: 5 });
    expect(() => cache.set("a", 1, { weight: -1 })).toThrow(RangeError);
    expect(() => cache.set("a", 1, { size: 1 } as never)).toThrow(TypeError);
    cache[Symbol.dispose]();
    expect(() => cache.set("a", 1)).toThrow(/disposed/);
    cache.resize({ max: 5 });
    expect(() => cache.set("a", 1)).toThrow(/disposed/);
  });

  it.each([-1, 0.5, NaN, Infinity, "0", null, false])("is not made by max: %o", (max) => {
    expect(() => new LRUCache({ max: max as never })).toThrow(/max is .+, expected an integer/);
    const cache = new LRUCache({ max: 5 });
    expect(() => cache.resize({ max: max as never })).toThrow(/max is .+, expected an integer/);
    expect(cache.max).toBe(5);
  });

  it("is not made by maxWeight: 0", () => {
    expect(() => new LRUCache({ maxWeight: 0 })).toThrow(RangeError);
    expect(() => new LRUCache({ max: 0 }).resize({ maxWeight: 0 })).toThrow(RangeError);
  });
});
