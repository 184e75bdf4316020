import { LRUCache, type CacheObserver, type CacheStats, type LRUCacheOptions } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { FakeClock, randomStream } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { outcomeOf, settled } from "../loading/deferred.ts";
import { POLICIES } from "../logged-cache.ts";

type Call = [name: string, ...args: unknown[]];

/** An observer that notes each call with all its arguments. */
function spy(): { observer: CacheObserver; calls: Call[] } {
  const calls: Call[] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void =>
      void calls.push([name, ...args]);
  const observer: CacheObserver = {
    hit: note("hit"),
    miss: note("miss"),
    inserted: note("inserted"),
    rejected: note("rejected"),
    removed: note("removed"),
  };
  return { observer, calls };
}

/** A cache with such an observer. */
function observed<K = string, V = unknown>(
  options: LRUCacheOptions<K, V>,
): { cache: LRUCache<K, V>; calls: Call[] } {
  const { observer, calls } = spy();
  return { cache: new LRUCache<K, V>({ ...options, observers: [observer] }), calls };
}

const COUNTED = {
  hit: "hits",
  miss: "misses",
  inserted: "inserts",
  rejected: "rejections",
} as const;

/** The number of calls of each method, under the names of the counts, added to earlier counts. */
function countsOf(
  calls: readonly Call[],
  before: Record<string, number> = { hits: 0, misses: 0, inserts: 0, rejections: 0 },
): Record<string, number> {
  const counts = { ...before };
  for (const [name] of calls) {
    if (name in COUNTED) counts[COUNTED[name as keyof typeof COUNTED]]!++;
  }
  return counts;
}

function countsIn(stats: CacheStats): Record<string, number> {
  return Object.fromEntries(Object.values(COUNTED).map((count) => [count, stats[count]]));
}

/** The keys of the cache, as an observer can conclude from its calls. */
function follow(keys: Set<unknown>, calls: readonly Call[]): void {
  for (const [name, key, cause] of calls) {
    if (name === "inserted") keys.add(key);
    else if (name === "rejected" || (name === "removed" && cause !== "replaced")) keys.delete(key);
  }
}

const OPTIONS: readonly [title: string, LRUCacheOptions<number, number>][] = [
  ["max", { max: 6 }],
  ["max and a listener", { max: 6, onRemoval: () => {} }],
  ["weights", { maxWeight: 12, maxEntryWeight: 9, weigh: (value) => value % 11 }],
  ["bytes", { maxBytes: 1500, maxEntryBytes: 300, bytesOf: (value) => (value % 11) * 50 }],
  ["a ttl", { max: 6, ttl: 10 }],
  ["an idle ttl and weights", { maxWeight: 12, weigh: (value) => value % 15, idleTtl: 10 }],
  ["values that expire at once", { max: 6, expires: (value) => value % 3 }],
  ["a stale window", { max: 6, ttl: 5, staleWhileRevalidate: 10, staleIfError: 10 }],
  ["refreshes and no values", { max: 6, ttl: 9, refreshAfter: 4, negativeTtl: 5 }],
  ["disposal", { max: 6, ttl: 20, dispose: () => {} }],
  ["cycles of loads", { max: 6, softTimeout: 5, staleIfError: 5, ttl: 9 }],
];

describe.each(POLICIES)("Observers of a cache with %s", (_name, policy) => {
  it.each(OPTIONS)(
    "are called as often as the events are counted (%s)",
    async (_title, options) => {
      const random = randomStream(7);
      const below = (count: number): number => Math.floor(random() * count);
      const clock = new FakeClock(1);
      const errors: unknown[] = [];
      const { cache, calls } = observed<number, number>({
        ...options,
        seed: 3,
        policy: policy(),
        clock,
        onError: (error) => void errors.push(error),
        load: (key) => {
          const outcome = below(4);
          if (outcome === 0) throw new Error("no row");
          if (outcome === 1) return undefined as never;
          return outcome === 2 ? below(99) : Promise.resolve(key);
        },
      });
      const key = (): number => [-0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11][below(12)]!;
      const keys = (): number[] => Array.from({ length: below(4) }, key);
      const pairs = (): [number, number][] => keys().map((one) => [one, below(99)]);
      const steps: (() => unknown)[] = [
        () => cache.get(key()),
        () => cache.get(key()),
        () => cache.set(key(), below(99)),
        () => cache.set(key(), below(99)),
        () => cache.set(key(), below(99), { ttl: 1 + below(20) }),
        () => cache.getMany(keys()),
        () => cache.setMany(pairs()),
        () => cache.deleteMany(keys()),
        () => cache.deleteWhere((value) => value % 9 === 0),
        () => cache.getOrInsert(key(), below(99)),
        () => cache.getOrInsertComputed(key(), () => below(99)),
        () => cache.update(key(), (old = 0) => old + 1),
        () => [cache.has(key()), cache.peek(key()), cache.info(key()), [...cache]],
        () => cache.acquire(key())?.release(),
        () => cache.delete(key()),
        () => outcomeOf(cache.getOrLoad(key())),
        () => outcomeOf(Promise.all([cache.getOrLoad(1), cache.getOrLoad(1), cache.getOrLoad(2)])),
        () => outcomeOf(cache.getOrLoadMany(keys())),
        () => outcomeOf(cache.refresh(key())),
        () => clock.advance(below(4)),
        () => cache.evict(),
        () => cache.trim(0.5),
        () => options.max !== undefined && cache.resize({ max: 2 + below(7) }),
        () => (below(9) === 0 ? cache.clear() : cache.expireNow()),
      ];
      const known = new Set<unknown>();
      const called = new Set<string>();
      let counts = countsOf([]);
      for (let i = 0; i < 600; i++) {
        const step = steps[below(steps.length)]!;
        const result = step();
        if (result instanceof Promise) await result;
        counts = countsOf(calls, counts);
        expect([i, String(step), counts]).toEqual([i, String(step), countsIn(cache.stats())]);
        follow(known, calls);
        for (const [name] of calls) called.add(name);
        expect(calls.some(([, one]) => Object.is(one, -0))).toBe(false);
        calls.length = 0;
        const there = [...cache.keys()];
        // Stale entries are not yet removed.
        const hasStale = options.staleIfError !== undefined;
        expect(
          [...known].filter((one) => !hasStale || there.includes(one as never)).sort(),
        ).toEqual(there.sort());
        if (below(50) > 0) continue;
        cache.resetStats();
        counts = countsOf([]);
      }
      const mayRefuse = options.maxWeight !== undefined || options.maxBytes !== undefined;
      const names = ["hit", "miss", "inserted", "removed", ...(mayRefuse ? ["rejected"] : [])];
      expect([...called]).toEqual(expect.arrayContaining(names));
      expect(errors.every((error) => (error as Error).message === "no row")).toBe(true);
    },
  );
});

describe("An observer", () => {
  it("is called for uses, newcomers and refusals in order with removals, with keys as they are stored", () => {
    const { cache, calls } = observed<number, number>({
      maxWeight: 3,
      weigh: (value) => value,
    });
    cache.set(-0, 1).set(1, 2).set(2, 1);
    cache.get(-0);
    cache.get(1);
    cache.set(1, 9);
    expect(calls).toEqual([
      ["inserted", 0, 1],
      ["inserted", 1, 2],
      ["inserted", 2, 1],
      ["removed", 0, "evicted"],
      ["miss", 0],
      ["hit", 1],
      ["removed", 1, "replaced"],
      ["rejected", 1, 9],
      ["removed", 1, "evicted"],
    ]);
  });

  it("is called for a newcomer before its victim, and for a newcomer that takes the slot of another", () => {
    for (const options of [{ max: 1 }, { max: 1, ttl: 1000 }, { max: 1, onRemoval: () => {} }]) {
      const { cache, calls } = observed(options);
      cache.set("a", 1).set("b", 2);
      expect(calls).toEqual([
        ["inserted", "a", 1],
        ["inserted", "b", 2],
        ["removed", "a", "evicted"],
      ]);
    }
  });

  it("is called for an expired entry: first its removal, then the miss or the newcomer", () => {
    const clock = new FakeClock();
    const { cache, calls } = observed({ max: 9, ttl: 10, clock: { now: clock.now } });
    cache.set("a", 1);
    clock.advance(10);
    cache.set("a", 2);
    clock.advance(10);
    cache.get("a");
    expect(calls).toEqual([
      ["inserted", "a", 1],
      ["removed", "a", "expired"],
      ["inserted", "a", 2],
      ["miss", "a"],
      ["removed", "a", "expired"],
    ]);
  });

  it("is called for a stored `undefined`, and for the misses of a disposed cache", () => {
    const { cache, calls } = observed({ max: 2 });
    cache.set("a", undefined).get("a");
    cache[Symbol.dispose]();
    cache.get("a");
    expect(calls).toEqual([
      ["inserted", "a", undefined],
      ["hit", "a"],
      ["removed", "a", "deleted"],
      ["miss", "a"],
    ]);
  });

  it("may have any one of the methods, also as a method of a class, besides a listener of removals", () => {
    class Counter implements CacheObserver {
      count = 0;
      hit(): void {
        this.count++;
      }
    }
    const removed: unknown[] = [];
    for (const name of ["hit", "miss", "inserted", "rejected"] as const) {
      const calls: unknown[][] = [];
      const counter = new Counter();
      const cache = new LRUCache<string, number>({
        maxWeight: 1,
        weigh: (value) => value,
        observers: [{}, { [name]: (...args: unknown[]) => void calls.push(args) }, counter],
        onRemoval: (...removal) => void removed.push(removal),
      });
      cache.set("a", 1).set("b", 2).get("a");
      cache.get("b");
      const expected = { hit: ["a"], miss: ["b"], inserted: ["a", 1], rejected: ["b", 2] };
      expect([name, calls, counter.count]).toEqual([name, [expected[name]], 1]);
    }
    expect(removed).toEqual(Array.from({ length: 4 }, () => ["b", 2, "evicted"]));
  });

  it("is not called by `LRUCache.from`, which counts nothing", () => {
    const { observer, calls } = spy();
    const from = new LRUCache<string, number>({ max: 9 }).set("a", 1).set("b", 2);
    const cache = LRUCache.from(from.snapshot(), { max: 1, observers: [observer] });
    expect([calls, countsIn(cache.stats())]).toEqual([
      [["removed", "a", "evicted"]],
      { hits: 0, misses: 0, inserts: 0, rejections: 0 },
    ]);
    cache.get("b");
    expect(calls.at(-1)).toEqual(["hit", "b"]);
  });

  it("is called when the cache is consistent, and may change it", () => {
    const told: unknown[] = [];
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      max: 2,
      onRemoval: (key, _value, cause) => void told.push([key, cause]),
      observers: [
        {
          hit: (key) => void cache.delete(key as string),
          miss: (key) => void cache.set(key as string, 7),
          inserted: (key, value) => {
            told.push(["inserted", key, value, cache.peek(key as string), cache.size]);
            if (key === "b") cache.set("c", 3);
          },
        },
      ],
    });
    cache.set("a", 1).set("b", 2);
    // The observer was called for "b" while the cache had two entries, and evicted "a".
    expect(cache.get("b")).toBe(2);
    expect([...cache.keys()]).toEqual(["c"]);
    expect(cache.get("x")).toBeUndefined();
    expect(cache.peek("x")).toBe(7);
    expect(cache.getOrInsert("y", 8)).toBe(7);
    expect(told).toEqual([
      ["inserted", "a", 1, 1, 1],
      ["inserted", "b", 2, 2, 2],
      ["inserted", "c", 3, 3, 2],
      ["a", "evicted"],
      ["b", "deleted"],
      ["inserted", "x", 7, 7, 2],
      ["inserted", "y", 7, 7, 2],
      ["c", "evicted"],
    ]);
  });

  it("is called for events of observers after the current events, never inside a call", () => {
    const told: string[] = [];
    let depth = 0;
    const cache: LRUCache<number, number> = new LRUCache<number, number>({
      max: 9,
      observers: [
        {
          inserted(key) {
            expect(++depth).toBe(1);
            told.push(`first ${String(key)}`);
            if ((key as number) < 3) cache.set((key as number) + 1, 0);
            depth--;
          },
        },
        { inserted: (key) => void told.push(`second ${String(key)}`) },
      ],
    });
    cache.set(1, 0);
    expect(told).toEqual(["first 1", "second 1", "first 2", "second 2", "first 3", "second 3"]);
  });

  it("that throws does not prevent other calls, and the operation throws the first error", () => {
    const boom = (name: string) => (): never => {
      throw new Error(name);
    };
    const { observer, calls } = spy();
    const removed: unknown[] = [];
    const cache = new LRUCache<string, number>({
      maxWeight: 2,
      weigh: (value) => value,
      onRemoval: (key) => void removed.push(key),
      observers: [
        { hit: boom("hit"), miss: boom("miss"), inserted: boom("in"), rejected: boom("no") },
        observer,
        { hit: boom("late"), miss: boom("late"), inserted: boom("late"), rejected: boom("late") },
      ],
    });
    expect(() => cache.set("a", 2)).toThrow("in");
    expect(() => cache.get("a")).toThrow("hit");
    expect(() => cache.get("b")).toThrow("miss");
    expect(() => cache.set("b", 3)).toThrow("no");
    expect(() =>
      cache.setMany([
        ["c", 1],
        ["d", 1],
      ]),
    ).toThrow("in");
    expect([[...cache.keys()], removed]).toEqual([
      ["d", "c"],
      ["b", "a"],
    ]);
    expect(countsOf(calls)).toEqual(countsIn(cache.stats()));
    expect(countsOf(calls)).toEqual({ hits: 1, misses: 1, inserts: 3, rejections: 1 });
  });

  it("of hits is called before the lease of the hit, which is missing if it throws or deletes", () => {
    const disposed: unknown[] = [];
    let isCruel = false;
    const cache: LRUCache<string, object> = new LRUCache<string, object>({
      max: 2,
      dispose: (value) => void disposed.push(value),
      observers: [
        {
          hit(key) {
            if (isCruel) throw new Error("cruel");
            cache.delete(key as string);
          },
        },
      ],
    });
    const [first, second] = [{}, {}];
    cache.set("a", first).set("b", second);
    expect([cache.acquire("a"), disposed]).toEqual([undefined, [first]]);
    isCruel = true;
    expect(() => cache.acquire("b")).toThrow("cruel");
    expect([disposed, cache.has("b"), cache.stats().leased]).toEqual([[first], true, 0]);
  });

  it("of hits leaves `acquire` the value that a listener stores when the old value expires", () => {
    const clock = new FakeClock();
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      max: 2,
      ttl: 10,
      clock: { now: clock.now },
      onRemoval: (key, _value, cause) => void (cause === "expired" && cache.set(key, 2)),
      observers: [{ hit: () => {} }],
    });
    cache.set("a", 1);
    clock.advance(10);
    expect(cache.acquire("a")?.value).toBe(2);
    expect(countsIn(cache.stats())).toMatchObject({ hits: 0, misses: 1 });
  });

  it("is called for loads: first the misses, also of many callers, then the loader, then the newcomer", async () => {
    const { observer, calls } = spy();
    const cache = new LRUCache<string, string>({
      max: 9,
      observers: [
        {
          ...observer,
          loadStarted: ({ keys }) => void calls.push(["started", ...keys]),
          loadEnded: ({ keys }) => void calls.push(["ended", ...keys]),
        },
      ],
      load: async (key) => {
        calls.push(["load", key]);
        return key;
      },
    });
    await Promise.all([cache.getOrLoad("a"), cache.getOrLoad("a"), cache.getOrLoad("a")]);
    await cache.getOrLoad("a");
    await cache.getOrLoadMany(["a", "b"]);
    expect(calls).toEqual([
      ["miss", "a"],
      ["started", "a"],
      ["load", "a"],
      ["miss", "a"],
      ["miss", "a"],
      ["inserted", "a", "a"],
      ["ended", "a"],
      ["hit", "a"],
      ["hit", "a"],
      ["miss", "b"],
      ["started", "b"],
      ["load", "b"],
      ["inserted", "b", "b"],
      ["ended", "b"],
    ]);
    expect(countsOf(calls)).toEqual(countsIn(cache.stats()));
  });

  it("that throws harms no load, and the errors go to onError", async () => {
    const errors: unknown[] = [];
    const boom = (): never => {
      throw new Error("observer");
    };
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 1,
      observers: [{ hit: boom, miss: boom, inserted: boom, rejected: boom }],
      onError: (error) => void errors.push(error),
      load: (key) => (key === "inner" ? (cache.peek("a") ?? "none") : key),
    });
    expect(await cache.getOrLoad("a")).toBe("a");
    expect(await cache.getOrLoad("a")).toBe("a");
    expect(await cache.getOrLoad("inner")).toBe("a");
    expect(await cache.getOrLoadMany(["inner", "b"])).toEqual(
      new Map([
        ["inner", "a"],
        ["b", "b"],
      ]),
    );
    // Miss and newcomer; hit; miss and newcomer; hit with the miss, whose first error counts;
    // newcomer
    expect(errors).toEqual(Array.from({ length: 7 }, () => new Error("observer")));
  });

  it("that reads and loads harms no load", async () => {
    const { observer, calls } = spy();
    const cache: LRUCache<string, string> = new LRUCache<string, string>({
      max: 4,
      observers: [
        {
          miss(key) {
            if (key === "a") void cache.getOrLoad("z");
            if (key === "b") cache.set("b", "by the observer");
            if (key === "c") cache.clear();
          },
        },
        observer,
      ],
      load: async (key) => key,
    });
    expect(await cache.getOrLoad("a")).toBe("a");
    expect(await cache.getOrLoad("b")).toBe("b");
    expect(await cache.getOrLoadMany(["b", "c"])).toEqual(
      new Map([
        ["b", "by the observer"],
        ["c", "c"],
      ]),
    );
    await settled();
    expect(countsOf(calls)).toEqual(countsIn(cache.stats()));
  });

  it("is called for the calls of memoized functions", async () => {
    const { observer, calls } = spy();
    const add = memoize((a: number, b: number) => a + b, { observers: [observer], key: String });
    add(1, 1);
    add(1, 1);
    add(2, 1);
    expect(countsOf(calls)).toEqual(countsIn(add.cacheOf().stats()));
    expect(calls.at(-1)).toEqual(["inserted", "2", 3]);
    const later = memoize(async (a: number) => a, { observers: [observer] });
    calls.length = 0;
    await Promise.all([later(1), later(1)]);
    await later(1);
    expect(countsOf(calls)).toEqual(countsIn(later.cacheOf().stats()));
  });
});
