import { LRUCache } from "@heapwise/lru";
import { describe, expect, it } from "vitest";
import { loggedCache, POLICIES, type LoggedCache } from "../logged-cache.ts";

interface Sized {
  weight: number;
}

const of = (weight: number): Sized => ({ weight });

function weighed(bounds: {
  max?: number;
  maxWeight: number;
  maxEntryWeight?: number;
}): LoggedCache<string, Sized> {
  return loggedCache<string, Sized>({ ...bounds, weigh: (value) => value.weight });
}

describe("weigh", () => {
  it("is given the value and the key, once for each set", () => {
    const calls: unknown[] = [];
    const cache = new LRUCache<string, string>({
      maxWeight: 100,
      weigh: (value, key) => {
        calls.push([value, key]);
        return value.length + key.length;
      },
    });

    cache.set("key", "value");

    expect(calls).toEqual([["value", "key"]]);
    expect([cache.weight, cache.info("key")?.weight]).toEqual([8, 8]);
  });

  it("is not called again by reads, deletions and evictions", () => {
    let calls = 0;
    const cache = new LRUCache<string, number>({ maxWeight: 3, weigh: () => (calls++, 1) });
    for (const key of ["a", "b", "c", "d", "e"]) cache.set(key, 0);
    cache.get("c");
    cache.delete("d");
    cache.clear();
    expect(calls).toBe(5);
  });

  it.each([-1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, -0.5])("may not return %d", (bad) => {
    const { cache, log } = loggedCache<string, number>({ maxWeight: 10, weigh: (value) => value });
    cache.set("a", 3);

    expect(() => cache.set("a", bad)).toThrow(RangeError);
    expect(() => cache.set("b", bad)).toThrow(/^Cannot .+: .+, expected .+/);

    expect([[...cache], cache.weight, log]).toEqual([[["a", 3]], 3, []]);
  });

  it.each(["5", 5n, null, undefined, {}, true])(
    "may not return %o, which is not a number",
    (bad) => {
      const { cache, log } = loggedCache<string, unknown>({
        maxWeight: 10,
        weigh: (value) => value as number,
      });
      expect(() => cache.set("a", bad)).toThrow(/^Cannot .+: .+, expected .+/);
      expect([cache.size, cache.weight, log]).toEqual([0, 0, []]);
    },
  );

  it("that throws leaves no trace", () => {
    const { cache, log } = loggedCache<string, number>({
      maxWeight: 10,
      weigh: (value) => {
        if (value > 5) throw new Error("no");
        return value;
      },
    });
    cache.set("a", 1);
    expect(() => cache.set("a", 6)).toThrow(new Error("no"));
    expect(() => cache.set("b", 6)).toThrow(new Error("no"));
    expect([[...cache], cache.weight, cache.stats().inserts, log]).toEqual([[["a", 1]], 1, 1, []]);
  });

  it("is overridden by a weight given with the value", () => {
    const { cache } = weighed({ maxWeight: 10 });
    cache.set("a", of(3), { weight: 7 });
    expect(cache.weight).toBe(7);
    cache.set("b", of(3));
    expect([[...cache.keys()], cache.weight]).toEqual([["b", "a"], 10]);
    for (const weight of [-1, 0.5, NaN, Infinity]) {
      expect(() => cache.set("c", of(1), { weight })).toThrow(RangeError);
    }
  });

  it("may be omitted: then the weight is given with the value, or is 1", () => {
    const cache = new LRUCache<string, number>({ maxWeight: 10 });
    cache.set("a", 0, { weight: 9 });
    cache.set("b", 0);
    expect([cache.size, cache.weight]).toEqual([2, 10]);
    cache.set("c", 0);
    expect([[...cache.keys()], cache.weight]).toEqual([["c", "b"], 2]);
  });
});

describe("maxWeight", () => {
  it("evicts from the coldest until the newcomer fits", () => {
    const { cache, log } = weighed({ maxWeight: 10 });
    const values = [3, 3, 3].map(of);
    values.forEach((value, i) => cache.set(`k${i}`, value));

    cache.set("new", of(5));

    expect([...cache.keys()]).toEqual(["new", "k2"]);
    expect(cache.weight).toBe(8);
    expect(log).toEqual([
      ["k0", values[0], "evicted"],
      ["k1", values[1], "evicted"],
    ]);
  });

  it("applies together with max, whichever is reached first", () => {
    const { cache } = weighed({ max: 3, maxWeight: 10 });
    for (let i = 0; i < 5; i++) cache.set(`light ${i}`, of(1));
    expect([cache.size, cache.weight]).toEqual([3, 3]);
    cache.set("heavy", of(9));
    expect([cache.size, cache.weight]).toEqual([2, 10]);
  });

  it("lets an entry of weight 0 leave in its turn", () => {
    const { cache, log } = weighed({ maxWeight: 4 });
    cache.set("nothing", of(0));
    cache.set("a", of(4));
    cache.set("b", of(4));
    expect([...cache.keys()]).toEqual(["b"]);
    expect(log.map(([key]) => key)).toEqual(["nothing", "a"]);
  });

  it("takes any number of entries of weight 0", () => {
    const { cache } = weighed({ maxWeight: 1 });
    for (let i = 0; i < 1000; i++) cache.set(`k${i}`, of(0));
    expect([cache.size, cache.weight]).toEqual([1000, 0]);
  });

  it("counts exactly up to the largest bound, 2^52", () => {
    const most = 2 ** 52;
    const cache = new LRUCache<string, number>({ maxWeight: most, weigh: (value) => value });
    cache.set("a", most - 1);
    cache.set("b", 1);
    expect([cache.size, cache.weight]).toEqual([2, most]);
    cache.set("c", 1);
    expect([[...cache.keys()], cache.weight]).toEqual([["c", "b"], 2]);
    cache.set("d", most);
    expect([[...cache.keys()], cache.weight]).toEqual([["d"], most]);
    cache.set("e", Number.MAX_SAFE_INTEGER);
    expect([cache.has("e"), cache.weight]).toEqual([false, most]);
  });

  it("evicts others when a replaced entry grows, and nothing when it shrinks", () => {
    const { cache, log } = weighed({ maxWeight: 10 });
    const values = [3, 3, 3].map(of);
    values.forEach((value, i) => cache.set(`k${i}`, value));

    cache.set("k1", of(5));

    expect([[...cache.keys()], cache.weight]).toEqual([["k1", "k2"], 8]);
    expect(log).toEqual([
      ["k1", values[1], "replaced"],
      ["k0", values[0], "evicted"],
    ]);
    cache.set("k1", of(1));
    expect([[...cache.keys()], cache.weight]).toEqual([["k1", "k2"], 4]);
  });
});

describe("The same value set again", () => {
  it("is weighed again, renews its place, and is not reported", () => {
    const { cache, log } = weighed({ maxWeight: 10 });
    const value = of(2);
    cache.set("a", value);
    cache.set("b", of(5));
    value.weight = 6;

    cache.set("a", value);

    expect([[...cache.keys()], cache.weight]).toEqual([["a"], 6]);
    expect(log.map(([key, , cause]) => [key, cause])).toEqual([["b", "evicted"]]);
    expect(cache.stats().updates).toBe(1);
  });

  it("is removed once if it has become too heavy", () => {
    const { cache, log } = weighed({ maxWeight: 10 });
    const value = of(2);
    cache.set("a", value);
    value.weight = 11;
    cache.set("a", value);
    expect([cache.size, cache.weight, log]).toEqual([0, 0, [["a", value, "evicted"]]]);
  });

  it("is the same by Object.is: NaN is, and 0 is not -0", () => {
    const { cache, log } = loggedCache<string, number>({ max: 3 });
    cache.set("a", NaN);
    cache.set("a", NaN);
    expect(log).toEqual([]);
    cache.set("b", 0);
    cache.set("b", -0);
    expect(log).toEqual([["b", 0, "replaced"]]);
  });
});

describe("A weight that was recorded", () => {
  it.each<[string, (cache: LRUCache<string, Sized>) => void]>([
    ["delete", (cache) => cache.delete("a")],
    ["evict", (cache) => cache.evict()],
    ["clear", (cache) => cache.clear()],
    ["deleteMany", (cache) => cache.deleteMany(["a"])],
    ["deleteWhere", (cache) => cache.deleteWhere(() => true)],
    ["a replacing set", (cache) => cache.set("a", of(0))],
  ])("is given back by %s, whatever the value says by then", (_name, remove) => {
    const { cache } = weighed({ maxWeight: 10 });
    const value = of(4);
    cache.set("a", value);
    value.weight = 9;

    expect(cache.weight).toBe(4);
    remove(cache);

    expect(cache.weight).toBe(0);
  });
});

describe.each(POLICIES)("A newcomer above maxEntryWeight, with %s", (_name, create) => {
  const make = (): LoggedCache<string, Sized> =>
    loggedCache<string, Sized>({
      maxWeight: 100,
      maxEntryWeight: 5,
      weigh: (value) => value.weight,
      policy: create(),
    });

  it("is not stored, is reported as evicted, and evicts no other entry", () => {
    const { cache, log } = make();
    cache.set("a", of(5));
    const heavy = of(6);

    cache.set("new", heavy);

    expect([cache.has("new"), [...cache.keys()], cache.weight]).toEqual([false, ["a"], 5]);
    expect(log).toEqual([["new", heavy, "evicted"]]);
    expect(cache.stats()).toMatchObject({ rejections: 1, evictions: 0 });
  });

  it("removes the older value under its key", () => {
    const { cache, log } = make();
    const old = of(5);
    const heavy = of(6);
    cache.set("a", old);
    cache.set("b", of(1));

    cache.set("a", heavy);

    expect([cache.has("a"), [...cache.keys()], cache.weight]).toEqual([false, ["b"], 1]);
    expect(log).toEqual([
      ["a", old, "replaced"],
      ["a", heavy, "evicted"],
    ]);
  });

  it("is returned by getOrInsert, getOrInsertComputed and update, and not stored", () => {
    const { cache } = make();
    const heavy = of(6);
    expect(cache.getOrInsert("a", heavy)).toBe(heavy);
    expect(cache.getOrInsertComputed("a", () => heavy)).toBe(heavy);
    cache.update("a", () => heavy);
    expect([cache.has("a"), cache.size, cache.weight]).toEqual([false, 0, 0]);
  });
});

describe("maxEntryWeight", () => {
  it("is maxWeight by default, and follows a resize", () => {
    const { cache, log } = weighed({ maxWeight: 10 });
    cache.set("a", of(10));
    cache.resize({ maxWeight: 5 });
    expect(cache.size).toBe(0);
    cache.set("b", of(6));
    expect(log.map(([key, , cause]) => [key, cause])).toEqual([
      ["a", "evicted"],
      ["b", "evicted"],
    ]);
    cache.resize({ maxWeight: 20 });
    cache.set("c", of(20));
    expect([...cache.keys()]).toEqual(["c"]);
  });

  it("may be 0: then only weightless entries are stored", () => {
    const { cache } = weighed({ maxWeight: 10, maxEntryWeight: 0 });
    cache.set("a", of(0));
    cache.set("b", of(1));
    expect([...cache.keys()]).toEqual(["a"]);
  });
});
