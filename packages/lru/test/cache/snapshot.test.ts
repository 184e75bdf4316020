import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { loggedCache, POLICIES } from "../logged-cache.ts";

function filled(): LRUCache<unknown, unknown> {
  const cache = new LRUCache<unknown, unknown>({ max: 10 });
  cache.set("a", { nested: [1] });
  cache.set(2, undefined);
  cache.set(NaN, null);
  cache.get("a");
  return cache;
}

describe("snapshot", () => {
  it("is plain data that a structured clone keeps", () => {
    const snapshot = filled().snapshot();
    const copy = structuredClone(snapshot);
    expect(copy).toEqual(snapshot);
    expect([...LRUCache.from(copy, { max: 10 })]).toEqual([...filled()]);
  });

  it("survives JSON if its keys and values do", () => {
    const cache = new LRUCache<string, number>({ max: 3, maxWeight: 9, weigh: (value) => value });
    cache.set("a", 1).set("b", 2);
    const copy = JSON.parse(JSON.stringify(cache.snapshot())) as ReturnType<typeof cache.snapshot>;
    const restored = LRUCache.from(copy, { max: 3, maxWeight: 9 });
    expect([[...restored], restored.weight]).toEqual([[...cache], 3]);
  });

  it("does not disturb its cache, and does not follow it", () => {
    const cache = filled();
    const keys = [...cache.keys()];
    const stats = cache.stats();

    const snapshot = cache.snapshot();

    expect([[...cache.keys()], cache.stats()]).toEqual([keys, stats]);
    cache.clear();
    expect(LRUCache.from(snapshot, { max: 10 }).size).toBe(3);
  });

  it("of an empty cache restores an empty cache", () => {
    const snapshot = new LRUCache({ max: 3 }).snapshot();
    expect(LRUCache.from(snapshot, { max: 3 }).size).toBe(0);
  });
});

describe("LRUCache.from", () => {
  it("keeps the order, and counts nothing", () => {
    const restored = LRUCache.from(filled().snapshot(), { max: 10 });
    expect([...restored.keys()]).toEqual(["a", NaN, 2]);
    expect([restored.stats().hits, restored.stats().misses]).toEqual([0, 0]);
    expect(restored.evict()).toEqual([2, undefined]);
  });

  it("loads one snapshot twice, and leaves it alone, frozen or not", () => {
    const snapshot = filled().snapshot();
    const before = structuredClone(snapshot);
    const first = LRUCache.from(snapshot, { max: 10 });
    const second = LRUCache.from(Object.freeze(snapshot), { max: 10 });
    expect(snapshot).toEqual(before);
    expect([...second]).toEqual([...first]);
    first.clear();
    expect(second.size).toBe(3);
  });

  it("keeps the hottest if the target is smaller, and reports the other entries once", () => {
    const log: unknown[] = [];
    const restored = LRUCache.from(filled().snapshot(), {
      max: 2,
      onRemoval: (key, _value, cause) => log.push([key, cause]),
    });
    expect([...restored.keys()]).toEqual(["a", NaN]);
    expect(log).toEqual([[2, "evicted"]]);
  });

  it("keeps weights, and bounds them by the target", () => {
    const cache = new LRUCache<string, number>({ maxWeight: 100, weigh: (value) => value });
    cache.set("a", 10).set("b", 20).set("c", 30);
    const same = LRUCache.from(cache.snapshot(), { maxWeight: 100, weigh: (value) => value });
    expect([same.weight, same.info("b")?.weight]).toEqual([60, 20]);
    const less = LRUCache.from(cache.snapshot(), { maxWeight: 50, weigh: (value) => value });
    expect([[...less.keys()], less.weight]).toEqual([["c", "b"], 50]);
  });

  it("takes a weighed snapshot into a cache bounded by entries, and the other way round", () => {
    const weighed = new LRUCache<string, number>({ maxWeight: 100, weigh: (value) => value });
    weighed.set("a", 10).set("b", 20);
    const counted = LRUCache.from(weighed.snapshot(), { max: 2 });
    expect([[...counted.keys()], counted.size]).toEqual([["b", "a"], 2]);

    const back = LRUCache.from(counted.snapshot(), { maxWeight: 100, weigh: (value) => value });
    expect([[...back.keys()], back.weight]).toEqual([["b", "a"], 30]);
  });

  it("takes a deadline without other times, as in a snapshot written by hand", () => {
    const clock = { now: () => 0 };
    const restored = LRUCache.from<string, number>(
      {
        version: 1,
        entries: [
          { key: "over", value: 1, expiresAt: Date.now() - 1000 },
          { key: "in time", value: 2, expiresAt: Date.now() + 60_000 },
          { key: "unknown", value: 3 },
        ],
      },
      { max: 3, clock },
    );
    expect([...restored.keys()].sort()).toEqual(["in time", "unknown"]);
    expect(restored.info("in time")?.expiresIn).toBeLessThanOrEqual(60_000);
    expect(restored.info("unknown")?.expiresIn).toBe(undefined);
  });

  it("removes restored entries in time by itself", () => {
    const clock = new FakeClock();
    const { cache: source } = loggedCache<string, number>({ max: 3, ttl: 10_000, clock });
    source.set("a", 1);
    const left: string[] = [];
    LRUCache.from(source.snapshot(), {
      max: 3,
      ttl: 10_000,
      clock,
      onRemoval: (key) => left.push(key),
    });
    source.clear();
    expect(clock.pending.length).toBe(1);
    clock.advance(20_000);
    expect(left).toEqual(["a"]);
  });

  it("restores the entries of the snapshot at the call, whatever weigh does to the snapshot", () => {
    const entries = [1, 2, 3].map((value) => ({ key: value, value }));
    const weigh = (): number => (entries.length = 1);
    const restored = LRUCache.from({ version: 1, entries }, { maxWeight: 3, weigh });
    expect([...restored.keys()]).toEqual([1, 2, 3]);
  });

  it("makes an instance of the class that it is called on", () => {
    class Mine<K, V> extends LRUCache<K, V> {}
    expect(Mine.from(filled().snapshot(), { max: 3 })).toBeInstanceOf(Mine);
  });

  it.each([
    undefined,
    null,
    5,
    "text",
    [],
    {},
    { version: 1 },
    { version: 2, entries: [] },
    { version: 1, entries: {} },
    { version: "1", entries: [] },
  ])("refuses %o", (snapshot) => {
    expect(() => LRUCache.from(snapshot as never, { max: 3 })).toThrow(
      /^Cannot .+: .+, expected .+/,
    );
  });

  it("refuses bad options as the constructor does", () => {
    expect(() => LRUCache.from(filled().snapshot(), {})).toThrow(TypeError);
  });
});

describe.each(POLICIES)("A snapshot with %s", (_name, create) => {
  it("restores every entry, into the same policy and into another", () => {
    const { cache } = loggedCache<number, object>({ max: 100, policy: create(), seed: 1 });
    for (let i = 0; i < 300; i++) {
      cache.set(i, { i });
      cache.get(i % 90);
    }
    for (const policy of [create(), undefined]) {
      const restored = LRUCache.from(cache.snapshot(), { max: 100, policy });
      expect(new Map(restored)).toEqual(new Map(cache));
      for (const [key, value] of cache) expect(restored.peek(key)).toBe(value);
    }
  });
});
