import { describe, expect, it } from "vitest";
import { loggedCache, POLICIES } from "../logged-cache.ts";

const KEYS = Array.from({ length: 10 }, (_, i) => `k${i}`);

describe("resize", () => {
  it("evicts from the coldest when the bound shrinks", () => {
    const { cache, log } = loggedCache<string, number>({ max: 10 });
    KEYS.forEach((key, i) => cache.set(key, i));

    cache.resize({ max: 3 });

    expect([...cache.keys()]).toEqual(["k9", "k8", "k7"]);
    expect(log).toEqual(KEYS.slice(0, 7).map((key, i) => [key, i, "evicted"]));
    expect(cache.stats().evictions).toBe(7);
    cache.set("new", 1);
    expect(cache.size).toBe(3);
  });

  it("makes room when the bound grows, and evicts nothing", () => {
    const { cache, log } = loggedCache<string, number>({ max: 2 });
    for (const max of [3, 100, 1_000_000]) {
      cache.resize({ max });
      KEYS.forEach((key, i) => cache.set(key + max, i));
    }
    expect(cache.size).toBe(23);
    expect(log.length).toBe(7);
  });

  it("changes each bound alone", () => {
    const { cache } = loggedCache<string, number>({
      max: 10,
      maxWeight: 10,
      weigh: (value) => value,
    });
    KEYS.forEach((key) => cache.set(key, 1));
    cache.resize({ maxWeight: 5 });
    expect([cache.size, cache.weight]).toEqual([5, 5]);
    cache.resize({ max: 2 });
    expect([cache.size, cache.weight]).toEqual([2, 2]);
    cache.resize({ max: 10, maxWeight: 3 });
    KEYS.forEach((key) => cache.set(key, 1));
    expect([cache.size, cache.weight]).toEqual([3, 3]);
  });

  it("reads each bound once", () => {
    const { cache } = loggedCache<string, number>({ max: 10 });
    KEYS.forEach((key, i) => cache.set(key, i));
    const answers = [3, -1];

    cache.resize({
      get max() {
        return answers.shift();
      },
    });

    expect([cache.max, cache.size]).toEqual([3, 3]);
  });

  it.each<[string, unknown]>([
    ["max -1", { max: -1 }],
    ["max 1.5", { max: 1.5 }],
    ["max NaN", { max: NaN }],
    ["max '5'", { max: "5" }],
    ["maxWeight -1", { maxWeight: -1 }],
    ["maxWeight NaN", { maxWeight: NaN }],
    ["no object", 5],
    ["maxBytes of a cache without", { maxBytes: 100 }],
  ])("refuses %s and changes nothing", (_title, bounds) => {
    const { cache, log } = loggedCache<string, number>({ max: 10, maxWeight: 10, weigh: () => 1 });
    KEYS.forEach((key) => cache.set(key, 1));
    expect(() => cache.resize(bounds as never)).toThrow(/^Cannot .+: .+, expected .+/);
    expect([cache.size, cache.weight, log]).toEqual([10, 10, []]);
  });

  it("refuses a maxWeight below maxEntryWeight, and changes nothing", () => {
    const { cache } = loggedCache<string, number>({ maxWeight: 10, maxEntryWeight: 5 });
    expect(() => cache.resize({ maxWeight: 4 })).toThrow(
      new RangeError("Cannot resize cache: maxEntryWeight is 5, expected at most maxWeight, 4"),
    );
    expect(cache.maxWeight).toBe(10);
  });
});

describe("trim", () => {
  it("keeps a fraction of the entries, the hottest", () => {
    const { cache, log } = loggedCache<string, number>({ max: 100 });
    KEYS.forEach((key, i) => cache.set(key, i));

    cache.trim(0.5);

    expect([...cache.keys()]).toEqual(["k9", "k8", "k7", "k6", "k5"]);
    expect(log).toEqual(KEYS.slice(0, 5).map((key, i) => [key, i, "evicted"]));
  });

  it("keeps a fraction of the weight if the weight is bounded", () => {
    const { cache } = loggedCache<string, number>({ maxWeight: 100, weigh: (value) => value });
    KEYS.forEach((key, i) => cache.set(key, i + 1));
    expect(cache.weight).toBe(55);
    cache.trim(0.5);
    expect([cache.weight, [...cache.keys()]]).toEqual([27, ["k9", "k8", "k7"]]);
  });

  it("takes 1 for all and 0 for nothing, and leaves the bounds alone", () => {
    const { cache } = loggedCache<string, number>({ max: 10 });
    KEYS.forEach((key, i) => cache.set(key, i));
    cache.trim(1);
    expect(cache.size).toBe(10);
    cache.trim(0);
    expect(cache.size).toBe(0);
    KEYS.forEach((key, i) => cache.set(key, i));
    expect(cache.size).toBe(10);
  });

  it("takes 0 for nothing, even if only entries without weight are left", () => {
    const { cache } = loggedCache<string, number>({ maxWeight: 10, weigh: (value) => value });
    cache.set("a", 0).set("b", 1).set("c", 0);
    expect([cache.trim(0), cache.size]).toEqual([3, 0]);
  });

  it.each([-0.1, 1.1, NaN, "0.5", undefined, null, { toBytes: 100 }])("refuses %o", (wanted) => {
    const { cache } = loggedCache<string, number>({ max: 10 });
    cache.set("a", 1);
    expect(() => cache.trim(wanted as never)).toThrow(/^Cannot .+: .+, expected .+/);
    expect(cache.size).toBe(1);
  });
});

describe("evict", () => {
  it("returns the coldest entry and reports it; undefined when the cache is empty", () => {
    const { cache, log } = loggedCache<string, undefined>({ max: 3 });
    cache.set("a", undefined).set("b", undefined);
    expect(cache.evict()).toEqual(["a", undefined]);
    expect(cache.evict()).toEqual(["b", undefined]);
    expect(cache.evict()).toBe(undefined);
    expect(log).toEqual([
      ["a", undefined, "evicted"],
      ["b", undefined, "evicted"],
    ]);
  });
});

describe("hottest and coldest", () => {
  it("list entries from either end, without a use", () => {
    const { cache } = loggedCache<string, number>({ max: 10 });
    cache.set("a", 1).set("b", 2).set("c", 3);
    expect(cache.hottest(2)).toEqual([
      ["c", 3],
      ["b", 2],
    ]);
    expect(cache.coldest(2)).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect(cache.hottest(0)).toEqual([]);
    expect(cache.hottest(Infinity)).toEqual([...cache]);
    expect(cache.coldest(100)).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ]);
    expect([cache.stats().hits, cache.evict()?.[0]]).toEqual([0, "a"]);
    for (const bad of [-1, 1.5, NaN, "2"])
      expect(() => cache.hottest(bad as never)).toThrow(/^Cannot .+/);
  });
});

describe.each(POLICIES)("Shrinking with %s", (_name, create) => {
  it("evicts down to the bound and no further, each entry once", () => {
    const { cache, log } = loggedCache<number, number>({ max: 1000, policy: create(), seed: 1 });
    for (let i = 0; i < 3000; i++) {
      cache.set(i, i);
      cache.get((i * 7) % 1000);
    }
    for (const [shrink, size] of [
      [() => cache.resize({ max: 500 }), 500],
      [() => cache.trim(0.1), 50],
      [() => cache.resize({ max: 1 }), 1],
    ] as const) {
      shrink();
      expect([cache.size, [...cache.keys()].length]).toEqual([size, size]);
    }
    expect(new Set([...log.map(([key]) => key), ...cache.keys()]).size).toBe(3000);
    expect(log.length).toBe(2999);
  });
});
