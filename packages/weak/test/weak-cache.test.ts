import { CacheDisposedError } from "@heapwise/lru";
import * as policies from "@heapwise/lru/policies";
import { FakeClock, TRICKY_KEYS } from "@heapwise/testkit";
import { WeakCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, endJob, heap, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

describe("A WeakCache", () => {
  it("makes a WeakRef at demotion, not before", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 1 } });
    cache.set("a", thing("a"));
    cache.get("a");
    expect(heap().refs).toBe(0);
    cache.set("b", thing("b"));
    // One for the value, and one by which collections find the cache.
    expect(heap().refs).toBe(2);
  });

  it("revives a value that is used again", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 1 } });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    expect([cache.get("a"), cache.get("b")]).toEqual([a, b]);
    expect([cache.size, cache.liveSize()]).toEqual([2, 2]);
    expect(cache.stats()).toMatchObject({ hits: 2, revivals: 2, demotions: 3, misses: 0 });
    collect(a);
    expect(cache.peek("b")).toBe(b);
    expect(cache.get("a")).toBe(undefined);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 1, hitRate: 2 / 3, collections: 1 });
  });

  it("does not revive by peek, has and iteration", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 1 } });
    cache.set("a", thing("a")).set("b", thing("b"));
    cache.peek("a");
    cache.has("a");
    expect([...cache.keys()]).toEqual(["b", "a"]);
    expect(cache.stats()).toMatchObject({ revivals: 0, hits: 0, misses: 0 });
  });

  it("holds nothing strongly with a front of 0", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 0 } });
    const a = thing("a");
    cache.set("a", a);
    expect(cache.get("a")).toBe(a);
    collect(a);
    expect([cache.size, cache.get("a")]).toEqual([0, undefined]);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, revivals: 1, collections: 1 });
  });

  it("never shows a dead entry, swept or not", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<string, object>({ strong: { max: 0 }, onCollect });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    endJob();
    heap().collect(a);
    expect([cache.size, cache.liveSize()]).toEqual([2, 1]);
    expect([cache.has("a"), cache.peek("a")]).toEqual([false, undefined]);
    expect([[...cache], [...cache.keys()], [...cache.values()]]).toEqual([[["b", b]], ["b"], [b]]);
    expect(onCollect).not.toHaveBeenCalled();
    expect(cache.get("a")).toBe(undefined);
    expect(cache.size).toBe(1);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 1 });
    vi.runAllTimers();
    expect(onCollect.mock.calls).toEqual([["a"]]);
  });

  it("agrees with itself in one job: if has returns true, get returns the value", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 0 } });
    const a = thing("a");
    cache.set("a", a);
    endJob();
    expect(cache.has("a")).toBe(true);
    expect(heap().collect(a)).toBe(false);
    expect(cache.get("a")).toBe(a);
  });

  it("takes any key, as a Map does, in front and tail", () => {
    for (const max of [0, 1, 100]) {
      const cache = new WeakCache<unknown, object>({ strong: { max } });
      const map = new Map<unknown, object>();
      for (const key of TRICKY_KEYS) {
        const value = thing(String(key));
        cache.set(key, value);
        map.set(key, value);
      }
      expect(cache.size).toBe(map.size);
      for (const [key, value] of map) expect(cache.peek(key)).toBe(value);
      expect(new Set(cache.keys())).toEqual(new Set(map.keys()));
      for (const key of TRICKY_KEYS) expect(cache.delete(key)).toBe(map.delete(key));
      expect(cache.size).toBe(0);
    }
  });

  it.each([undefined, null, 0, "", NaN, false, 1n, Symbol.for("registered"), Symbol.iterator])(
    "takes the value %s into its front",
    (value) => {
      const cache = new WeakCache<string, unknown>({ strong: { max: 1 } });
      cache.set("a", value);
      expect([cache.get("a"), cache.has("a"), cache.size]).toEqual([value, true, 1]);
      expect(cache.getOrInsert("a", 5)).toBe(value);
      expect([...cache]).toEqual([["a", value]]);
      cache.set("b", thing("b"));
      const isWeak = value === Symbol.iterator;
      expect([cache.has("a"), cache.stats().evictions]).toEqual([isWeak, isWeak ? 0 : 1]);
    },
  );

  it.each([undefined, null, 0, "text", true, 1n, Symbol.for("registered")])(
    "refuses the value %s if nothing is held strongly",
    (value) => {
      const cache = new WeakCache<string, unknown>({ strong: { max: 0 } });
      expect(() => cache.set("a", value)).toThrow(TypeError);
      expect(() => cache.getOrInsert("a", value)).toThrow("expected an object");
      expect(cache.size).toBe(0);
    },
  );

  it("holds functions and symbols weakly too", () => {
    const cache = new WeakCache<string, WeakKey>({ strong: { max: 0 } });
    const [f, s] = [heap().track(() => {}), heap().track(Symbol("s") as unknown as object)];
    cache.set("f", f).set("s", s);
    expect([cache.get("f"), cache.get("s")]).toEqual([f, s]);
    collect(f, s);
    expect(cache.size).toBe(0);
  });

  it("keeps the newer value of a key, wherever both are", () => {
    const onCollect = vi.fn();
    for (const max of [0, 1, 2]) {
      const cache = new WeakCache<string, object>({ strong: { max }, onCollect });
      const [old, filler, young] = [thing("old"), thing("filler"), thing("young")];
      cache.set("a", old).set("b", filler).set("a", young);
      collect(old);
      expect([cache.peek("a"), cache.peek("b"), cache.size]).toEqual([young, filler, 2]);
    }
    expect(onCollect).not.toHaveBeenCalled();
  });

  it("replaces a weakly held value by a primitive that its front refuses", () => {
    const cache = new WeakCache<string, unknown>({
      strong: { max: 1, policy: policies.wTinyLfu() },
    });
    const values = Array.from({ length: 6 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(`${i}`, value));
    for (let i = 0; i < 6; i++) {
      cache.set(`${i}`, i);
      const found = cache.peek(`${i}`);
      expect(found === i || found === undefined).toBe(true);
    }
    expect([...cache.values()].every((value) => typeof value === "number")).toBe(true);
  });

  it.each(Object.entries(policies))("agrees with itself under the policy %s", (_name, policy) => {
    const cache = new WeakCache<number, object>({ strong: { max: 4, policy: policy() } });
    const values = Array.from({ length: 40 }, (_, i) => thing(`${i}`));
    for (let round = 0; round < 5; round++) {
      values.forEach((value, i) => cache.set(i, value));
      values.forEach((value, i) => expect(cache.get(i)).toBe(value));
      expect([cache.size, new Set(cache.keys()).size]).toEqual([40, 40]);
    }
  });

  it("uses the WeakRef again when its front refuses the value that returns", () => {
    const cache = new WeakCache<number, object>({
      strong: { max: 10, policy: policies.wTinyLfu() },
    });
    const values = Array.from({ length: 100 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    for (let i = 0; i < 20; i++) for (const hot of cache.keys()) cache.peek(hot);
    const { demotions } = cache.stats();
    const made = heap().refs - demotions;
    for (let i = 0; i < 100; i++) cache.get(i);
    // Each revival that pushed another value out created a WeakRef for that value alone.
    expect(heap().refs - cache.stats().demotions).toBe(made);
  });

  it("computes a missing value, which replaces the value that the callback stored", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 0 } });
    const [a, b] = [thing("a"), thing("b")];
    const make = vi.fn(() => {
      cache.set("a", b);
      return a;
    });
    expect(cache.getOrInsertComputed("a", make)).toBe(a);
    expect(cache.getOrInsertComputed("a", make)).toBe(a);
    expect(make.mock.calls).toEqual([["a"]]);
    expect(cache.getOrInsert("a", b)).toBe(a);
    collect(b);
    expect(cache.size).toBe(1);
    collect(a);
    expect(cache.getOrInsert("a", b)).toBe(b);
    expect(() => cache.getOrInsertComputed("c", 5 as never)).toThrow(TypeError);
    expect(() =>
      cache.getOrInsertComputed("c", () => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(cache.has("c")).toBe(false);
  });

  it("deletes once, and returns whether the key had a live value", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 1 } });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    expect([cache.delete("b"), cache.delete("b"), cache.delete("c")]).toEqual([true, false, false]);
    collect(a);
    expect([cache.delete("a"), cache.size]).toEqual([false, 0]);
  });

  it("is like new after clear", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<number, object>({ strong: { max: 2 }, onCollect });
    const values = Array.from({ length: 10 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    cache.clear();
    expect([cache.size, cache.liveSize(), cache.get(1), [...cache]]).toEqual([0, 0, undefined, []]);
    collect(...values);
    expect(onCollect).not.toHaveBeenCalled();
    cache.set(1, thing("new"));
    expect(cache.size).toBe(1);
  });

  it("stays empty after it was disposed of", () => {
    const onCollect = vi.fn();
    const cache = new WeakCache<number, object>({ strong: { max: 1 }, onCollect });
    const values = [thing("1"), thing("2"), thing("3")];
    values.forEach((value, i) => cache.set(i, value));
    endJob();
    heap().collect(values[0]!);
    cache[Symbol.dispose]();
    collect(values[1]!);
    expect(onCollect).not.toHaveBeenCalled();
    expect([cache.size, cache.get(2), cache.delete(2), [...cache]]).toEqual([
      0,
      undefined,
      false,
      [],
    ]);
    expect(() => cache.set(1, thing("4"))).toThrow(CacheDisposedError);
    expect(() => cache.getOrInsertComputed(1, () => thing("4"))).toThrow(CacheDisposedError);
    cache[Symbol.dispose]();
  });

  it("stores nothing if its clock, or computing the size of a value, disposes of it", () => {
    const byClock: WeakCache<number, object> = new WeakCache<number, object>({
      minResidence: { ms: 5 },
      clock: { now: () => (byClock[Symbol.dispose](), 1) },
    });
    const bySize = new WeakCache<number, object>({ strong: { maxBytes: 10_000 } });
    const value = heap().track({
      [Symbol.for("sizeof")]: () => (bySize[Symbol.dispose](), 100),
    });
    for (const cache of [byClock, bySize]) {
      expect(() => cache.set(1, value)).toThrow(CacheDisposedError);
      expect([cache.size, [...cache]]).toEqual([0, []]);
    }
  });

  it("lets a loop change it", () => {
    const cache = new WeakCache<number, object>({ strong: { max: 2 } });
    const values = Array.from({ length: 6 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    const seen: number[] = [];
    for (const [key] of cache) {
      seen.push(key);
      cache.delete(0);
      cache.get(1);
      cache.set(key, thing("again"));
      cache.set(100 + key, thing("more"));
    }
    expect(seen.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });

  it("has a front that is bounded in bytes", () => {
    const cache = new WeakCache<number, object>({ strong: { maxBytes: "100kb" } });
    const values = Array.from({ length: 200 }, (_, i) =>
      heap().track({ bytes: new Uint8Array(1000), i }),
    );
    values.forEach((value, i) => cache.set(i, value));
    const { demotions } = cache.stats();
    expect(demotions).toBeGreaterThan(100);
    expect(demotions).toBeLessThan(160);
    expect(values.every((value, i) => cache.get(i) === value)).toBe(true);
    expect(() => new WeakCache({ strong: { maxBytes: "much" } })).toThrow(RangeError);
  });

  it("passes values, keys and itself to forEach", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 1 } });
    const [a, b] = [thing("a"), thing("b")];
    cache.set("a", a).set("b", b);
    const seen: unknown[] = [];
    cache.forEach((...args) => seen.push(args));
    expect(seen).toEqual([
      [b, "b", cache],
      [a, "a", cache],
    ]);
    expect(() => cache.forEach(1 as never)).toThrow(TypeError);
  });

  it("starts its counts from 0", () => {
    const cache = new WeakCache<string, object>({ strong: { max: 1 } });
    cache.set("a", thing("a")).set("b", thing("b"));
    cache.get("a");
    cache.get("c");
    cache.resetStats();
    expect(new Set(Object.values(cache.stats()))).toEqual(new Set([0]));
  });
});

describe("A sweep", () => {
  it("follows each collection, in slices, until all dead entries are removed", () => {
    const clock = new FakeClock();
    let looks = 0;
    const now = (): number => (looks++, clock.advance(0.4), clock.now());
    const cache = new WeakCache<number, object>({ strong: { max: 0 }, clock: { now } });
    const values = Array.from({ length: 1000 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    endJob();
    values.slice(0, 500).forEach((value) => heap().collect(value));
    heap().majorCollection();
    heap().runCallbacks();
    expect(cache.size).toBe(1000);
    looks = 0;
    vi.advanceTimersToNextTimer();
    // The clock says that a slice of a millisecond is over at the third look after the first one.
    expect([looks, cache.size]).toEqual([4, 904]);
    vi.runAllTimers();
    expect([cache.size, cache.liveSize()]).toEqual([500, 500]);
    expect(cache.stats().collections).toBe(500);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("continues at each write, for programs that write in one job", () => {
    const cache = new WeakCache<number, object>({ strong: { max: 0 } });
    const values = Array.from({ length: 100 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    endJob();
    values.forEach((value) => heap().collect(value));
    heap().majorCollection();
    heap().runCallbacks();
    const live = thing("live");
    cache.set(1000, live);
    expect(cache.size).toBe(99);
    for (let i = 0; i < 60; i++) cache.set(1000, live);
    expect(cache.size).toBe(1);
  });

  it("looks at no slot if there was no collection", () => {
    const cache = new WeakCache<number, object>({ strong: { max: 0 } });
    const a = thing("a");
    cache.set(1, a);
    endJob();
    cache.set(2, thing("b"));
    expect(heap().isKept(a)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("reaches every slot even if collections come often", () => {
    const clock = new FakeClock();
    const now = (): number => (clock.advance(1), clock.now());
    const cache = new WeakCache<number, object>({ strong: { max: 0 }, clock: { now } });
    const values = Array.from({ length: 320 }, (_, i) => thing(`${i}`));
    values.forEach((value, i) => cache.set(i, value));
    endJob();
    values.forEach((value) => heap().collect(value));
    for (let i = 0; i < 10; i++) {
      heap().majorCollection();
      heap().runCallbacks();
      vi.advanceTimersToNextTimer();
    }
    expect(cache.size).toBe(0);
  });

  it("leaves one finalization record for the whole process", () => {
    const caches = Array.from({ length: 5 }, () => new WeakCache<number, object>());
    for (const cache of caches) for (let i = 0; i < 2000; i++) cache.set(i, thing(`${i}`));
    expect(heap().registered).toBe(1);
    collect();
    expect(heap().registered).toBe(1);
  });
});

describe("minResidence", () => {
  it.each([
    [{}, TypeError],
    [{ entries: 0 }, RangeError],
    [{ entries: 1.5 }, RangeError],
    [{ ms: 0 }, RangeError],
    [{ ms: "1" }, TypeError],
    [{ epochs: -1 }, RangeError],
    [{ days: 1 }, TypeError],
    [null, TypeError],
    [5, TypeError],
  ])("refuses %o", (minResidence, error) => {
    expect(() => new WeakCache({ minResidence: minResidence as never })).toThrow(error);
  });
});

describe("The options of a WeakCache", () => {
  it.each([
    [null, TypeError],
    [{ max: 5 }, TypeError],
    [{ strong: 5 }, TypeError],
    [{ strong: { max: -1 } }, RangeError],
    [{ strong: { max: 1.5 } }, RangeError],
    [{ strong: { max: "1" } }, TypeError],
    [{ strong: { ttl: 5 } }, TypeError],
    [{ strong: { policy: "lru" } }, TypeError],
    [{ strong: { policy: policies.lru } }, TypeError],
    [{ softLimit: "0%" }, RangeError],
    [{ softLimit: "101%" }, RangeError],
    [{ softLimit: "half" }, RangeError],
    [{ softLimit: 0.7 }, RangeError],
    [{ softLimit: NaN }, RangeError],
    [{ softLimit: true }, TypeError],
    [{ onCollect: 5 }, TypeError],
    [{ onError: 5 }, TypeError],
    [{ clock: 5 }, TypeError],
    [{ clock: {} }, TypeError],
    [{ ttl: 0 }, RangeError],
    [{ ttl: NaN }, RangeError],
    [{ ttl: "1" }, TypeError],
    [{ load: {} }, TypeError],
    [{ loadMany: () => [] }, TypeError],
    [{ onRemoval: 5 }, TypeError],
    [{ dispose: 5 }, TypeError],
    [{ dispose: "yes" }, TypeError],
    [{ strong: { max: 0, maxBytes: "1mb" } }, TypeError],
    [{ strong: { max: 0, maxBytes: 0 } }, TypeError],
    [{ strong: { max: 0, policy: policies.sieve() } }, TypeError],
    [{ strong: { max: 0, maxBytes: "1mb", policy: policies.sieve() } }, TypeError],
  ])("refuse %o", (options, error) => {
    expect(() => new WeakCache(options as never)).toThrow(error);
  });

  it("name the found and the expected value if they are refused", () => {
    const messageOf = (options: object): unknown => {
      try {
        return new WeakCache(options);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(
      [
        { max: 5 },
        { strong: { ttl: 5 } },
        { strong: { max: -1 } },
        { strong: { max: 0, maxBytes: "1mb" } },
        { strong: { max: 0, policy: policies.sieve() } },
        { minResidence: {} },
        { minResidence: { ms: 0 } },
        { ttl: 0 },
        { load: 5 },
      ].map(messageOf),
    ).toEqual([
      'Cannot create cache: option "max" is not known, expected one of strong, softLimit, minResidence, ttl, load, onCollect, onRemoval, dispose, onError, clock',
      'Cannot create cache, strong: option "ttl" is not known, expected one of max, maxBytes, policy',
      "Cannot create cache, strong: max is -1, expected an integer from 0 to 9007199254740991",
      "Cannot create cache: strong.maxBytes is set with strong.max 0, expected one of them",
      "Cannot create cache: strong.policy is set with strong.max 0, expected one of them",
      "Cannot create cache: minResidence is empty, expected one of entries, ms, epochs",
      "Cannot create cache, minResidence: ms is 0, expected milliseconds above 0",
      "Cannot create cache: ttl is 0, expected milliseconds above 0",
      "Cannot create cache: load is 5, expected a function",
    ]);
  });

  it("may be set to what they are by default", () => {
    const cache = new WeakCache<string, object>({
      strong: { max: 0, maxBytes: undefined, policy: undefined },
      ttl: Infinity,
      dispose: false,
      load: undefined,
    });
    cache.set("a", thing("a"));
    expect(cache.size).toBe(1);
  });

  it("are read once", () => {
    const options: { strong: { max: number }; ttl: number } = { strong: { max: 1 }, ttl: 50 };
    const cache = new WeakCache<string, unknown>(options);
    options.strong.max = 5;
    cache.set("a", 1).set("b", 2);
    expect([cache.size, options]).toEqual([1, { strong: { max: 5 }, ttl: 50 }]);
  });

  it("are all optional: 1000 entries are strong", () => {
    for (const options of [
      undefined,
      {},
      { strong: {} },
      { strong: { policy: policies.sieve() } },
    ]) {
      const cache = new WeakCache<number, object>(options);
      for (let i = 0; i < 1001; i++) cache.set(i, thing(`${i}`));
      expect([cache.size, cache.stats().demotions]).toEqual([1001, 1]);
    }
  });
});
