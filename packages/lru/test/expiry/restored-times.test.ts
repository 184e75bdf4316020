import { LRUCache, type LRUCacheOptions, type Snapshot } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

type Options = Partial<LRUCacheOptions<string, unknown>>;

const overJson = <T>(data: T): T => JSON.parse(JSON.stringify(data)) as T;

function restore(entries: readonly unknown[], options: Options = {}) {
  const errors: Error[] = [];
  const onError = (error: unknown): void => void errors.push(error as Error);
  const snapshot = { version: 1, entries } as Snapshot<string, unknown>;
  return { cache: LRUCache.from(snapshot, { max: 10, onError, ...options }), errors };
}

describe("A snapshot with stale entries", () => {
  const clock = new FakeClock();
  const options = { max: 10, clock: { now: () => clock.now() } };
  const window = { ttl: 100_000, staleIfError: 1_000_000 };

  function withStale(times: Options = window): LRUCache<string, unknown> {
    const cache = new LRUCache<string, unknown>({ ...options, ...times });
    cache.set("stale", 1).set("none", undefined);
    clock.advance(100_000);
    return cache.set("live", 2);
  }

  it.each([false, true])("restores them as stale, having been swept before: %s", async (swept) => {
    const source = withStale();
    if (swept) expect(source.size).toBe(1);
    const snapshot = overJson(source.snapshot());
    expect(snapshot.entries.map(({ key }) => key)).toEqual(["live", "stale"]);
    const restored = LRUCache.from(snapshot, { ...options, ...window });
    expect([...restored]).toEqual([["live", 2]]);
    expect([restored.size, restored.weight, restored.stats().stale]).toEqual([1, 1, 1]);
    const fail = (): never => {
      throw new Error("down");
    };
    expect(await restored.getOrLoad("stale", fail)).toBe(1);
    clock.advance(1_001_000);
    expect(restored.stats()).toMatchObject({ stale: 1, expirations: 1 });
    await expect(restored.getOrLoad("stale", fail)).rejects.toThrow("down");
  });

  it("does so if they are stale by their last use", () => {
    const times = { ...window, ttl: undefined, idleTtl: 100_000 };
    const restored = LRUCache.from(withStale(times).snapshot(), { ...options, ...times });
    expect([restored.size, restored.stats().stale]).toEqual([1, 1]);
  });

  it("restores no stale entry if the window is over, or if the cache has no window", () => {
    for (const times of [{ ttl: 100_000 }, {}, { staleIfError: 1 }, { ...window, max: 1 }]) {
      const left: unknown[] = [];
      const restored = LRUCache.from(withStale().snapshot(), {
        ...options,
        ...times,
        onRemoval: (...removal) => left.push(removal),
      });
      expect([...restored.keys()]).toEqual(["live"]);
      clock.advance(10);
      void restored.size;
      expect(left).toEqual([["stale", 1, "max" in times ? "evicted" : "expired"]]);
    }
  });
});

describe("refreshAfter of a restored entry", () => {
  function loading(entries: readonly unknown[], clock: FakeClock, options: Options = {}) {
    const loads: string[] = [];
    const { cache } = restore(entries, {
      clock: { now: clock.now },
      load: (key) => {
        loads.push(key);
        return "loaded";
      },
      ...options,
    });
    return { cache, loads };
  }
  const asked = [
    { key: "own", value: "old", refreshAfter: 30 },
    { key: "at once", value: "old", refreshAfter: 0 },
    { key: "never", value: "old", refreshAfter: Infinity },
    { key: "usual", value: "old" },
  ];

  it.each([{ ttl: 1e6 }, {}, { refreshAfter: 60 }, { idleTtl: 1e6, refreshAfter: 60 }])(
    "counts instead of that of the cache, with %o",
    async (options) => {
      const clock = new FakeClock();
      const { cache, loads } = loading(overJson(asked), clock, options);
      const ask = async (): Promise<string[]> => {
        loads.length = 0;
        for (const { key } of asked) await cache.getOrLoad(key);
        await Promise.resolve();
        return [...loads];
      };
      const usual = "refreshAfter" in options;
      expect(await ask()).toEqual(["at once"]);
      clock.advance(29);
      expect(await ask()).toEqual([]);
      clock.advance(1);
      expect(await ask()).toEqual(["own"]);
      clock.advance(30);
      expect(await ask()).toEqual(usual ? ["usual", "at once"].sort() : []);
      // The entry comes from a load now, with the refreshAfter of the cache.
      clock.advance(59);
      expect(await ask()).toEqual(usual ? ["own"] : []);
    },
  );

  it("goes with the entry through growth, shrinking and snapshots, and with a write", () => {
    const many = Array.from({ length: 4000 }, (_, i) => ({
      key: `${i}`,
      value: i,
      ...(i % 2 === 0 && { refreshAfter: 1000 + i }),
    }));
    const { cache } = restore(many, { max: 10_000, ttl: 1e6 });
    for (let i = 4000; i < 9000; i++) cache.set(`${i}`, i);
    cache.deleteWhere((value) => (value as number) % 40 >= 2);
    cache.set("40", 40, { keepTtl: true }).set("80", 80);
    const { entries } = cache.snapshot();
    expect(entries).toHaveLength(450);
    for (const { key, value, refreshAfter } of entries) {
      const i = value as number;
      const isOwn = i % 2 === 0 && i < 4000 && key !== "40" && key !== "80";
      expect([key, refreshAfter]).toEqual([key, isOwn ? 1000 + i : undefined]);
    }
    cache.clear();
    cache.set("0", 0);
    expect(cache.snapshot().entries[0]).not.toHaveProperty("refreshAfter");
  });
});

describe("Entries of a snapshot that cannot be read", () => {
  it("are omitted, and onError is called once with their number and the first reason", () => {
    const { cache, errors } = restore([
      5,
      { key: "a", value: 1 },
      null,
      undefined,
      { value: 1 },
      "text",
      { key: "b", value: 2, expiresAt: "soon" },
      { key: "c", value: 3, writtenAt: NaN },
      { key: "d", value: 3, usedAt: Infinity },
      { key: "e", value: 3, refreshAfter: -1 },
      { key: "f", value: 3, refreshAfter: "1s" },
      {
        key: "g",
        get value() {
          throw new Error("secret");
        },
      },
      { key: "last", value: 4 },
    ]);
    expect([...cache]).toEqual([
      ["a", 1],
      ["last", 4],
    ]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(Error);
    expect(errors[0]!.message).toMatch(/^Cannot restore cache: 11 of 13 entries .+, expected .+/);
    expect(errors[0]!.cause).toMatchObject({ message: expect.stringMatching(/: it is 5, /) });
  });

  it.each<[string, unknown]>([
    ["negative", -1],
    ["no integer", 0.5],
    ["text", "5"],
    ["NaN", NaN],
  ])("are left out for a weight that is %s, if it counts", (_title, weight) => {
    const entries = [
      { key: "a", value: 1, weight },
      { key: "b", value: 2, weight: 3 },
    ];
    const weighed = restore(entries, { maxWeight: 10 });
    expect([[...weighed.cache.keys()], weighed.errors.length]).toEqual([["b"], 1]);
    for (const options of [{}, { maxWeight: 10, weigh: () => 2 }]) {
      expect([restore(entries, options).cache.size, restore(entries).errors]).toEqual([2, []]);
    }
  });

  it.each<[string, Options]>([
    ["weigh", { maxWeight: 10, weigh: (value) => (value === "bad" ? NaN : 1) }],
    ["bytesOf", { maxBytes: 1e6, bytesOf: (value) => (value === "bad" ? -1 : 1) }],
    [
      "expires",
      {
        expires: (value) => {
          if (value === "bad") throw new RangeError("bad value");
          return 1000;
        },
      },
    ],
  ])("are left out if %s throws for them", (_name, options) => {
    const entries = ["good", "bad", "good", "bad"].map((value, i) => ({ key: `${i}`, value }));
    const { cache, errors } = restore(entries, options);
    expect([[...cache.keys()], errors.length]).toEqual([["0", "2"], 1]);
    expect(errors[0]!.message).toContain("2 of 4 entries");
    expect(errors[0]!.cause).toBeInstanceOf(RangeError);
  });

  it("are omitted silently without onError, and an onError that throws does no harm", () => {
    const { cache } = restore([5, { key: "a", value: 1 }], { onError: undefined });
    expect([...cache]).toEqual([["a", 1]]);
    const { reportError } = globalThis as { reportError?: unknown };
    const reported: unknown[] = [];
    Object.assign(globalThis, { reportError: (error: unknown) => reported.push(error) });
    try {
      const failure = new Error("deaf");
      const onError = (): never => {
        throw failure;
      };
      expect(restore([5, { key: "a", value: 1 }], { onError }).cache.size).toBe(1);
      expect(reported).toEqual([failure]);
    } finally {
      Object.assign(globalThis, { reportError });
    }
  });

  it("leave a cache that onError can use", () => {
    let made: Mine<string, unknown> | undefined;
    class Mine<K, V> extends LRUCache<K, V> {
      constructor(options: LRUCacheOptions<K, V>) {
        super(options);
        made = this as never;
      }
    }
    const seen: unknown[] = [];
    const log: unknown[] = [];
    const entries = [5, { key: "a", value: 1 }, { key: "b", value: 2 }] as never;
    Mine.from<string, unknown>(
      { version: 1, entries },
      {
        max: 1,
        onRemoval: (...removal) => log.push(removal),
        onError: () => {
          seen.push([...made!], made!.stats().evictions, log.length);
          made!.set("c", 3);
        },
      },
    );
    expect([seen, [...made!]]).toEqual([[[["a", 1]], 0, 1], [["c", 3]]]);
  });

  it("do not include entries with the value undefined, which JSON omits", async () => {
    const cache = new LRUCache<string, unknown>({ max: 9, negativeTtl: 1000 });
    cache.set("a", 1).set("absent", undefined);
    await cache.getOrLoad("loaded", () => undefined);
    const errors: unknown[] = [];
    const restored = LRUCache.from(overJson(cache.snapshot()), {
      max: 9,
      onError: (error) => errors.push(error),
    });
    expect([...restored]).toEqual([...cache]);
    expect([restored.has("absent"), restored.has("loaded"), errors]).toEqual([true, true, []]);
  });
});
