import { LRUCache, REMOVE, type LRUCacheOptions } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

type Options = Partial<LRUCacheOptions<string, number>>;

function timed(options: Options = {}) {
  const clock = new FakeClock();
  const cache = new LRUCache<string, number>({ max: 5, ttl: 100, clock, ...options });
  return { cache, clock };
}

describe("keepTtl", () => {
  it.each<[string, (cache: LRUCache<string, number>) => unknown]>([
    ["set", (cache) => cache.set("a", 2, { keepTtl: true })],
    ["setMany", (cache) => cache.setMany([["a", 2]], { keepTtl: true })],
    ["update", (cache) => cache.update("a", (old) => old! + 1, { keepTtl: true })],
  ])("leaves the deadline as it is, and begins a new age: %s", (_name, write) => {
    const { cache, clock } = timed({ ttlJitter: 0.5, idleTtl: 80, seed: 1 });
    cache.set("a", 1);
    const before = cache.info("a")!.expiresIn!;
    clock.advance(before - 20);
    cache.get("a");
    write(cache);
    expect(cache.peek("a")).toBe(2);
    const { expiresIn, ...rest } = cache.info("a")!;
    expect(rest).toEqual({ weight: 1, age: 0, idle: 0 });
    expect(expiresIn).toBeCloseTo(20, 5);
  });

  it("keeps the deadline that the entry has", () => {
    const { cache, clock } = timed();
    cache.set("a", 1);
    for (let at = 10; at < 100; at += 10) {
      clock.advance(10);
      cache.set("a", at, { keepTtl: true });
      expect(cache.info("a")).toEqual({ weight: 1, age: 0, expiresIn: 100 - at });
    }
    clock.advance(10);
    expect([cache.has("a"), cache.size]).toEqual([false, 0]);
  });

  it("has no effect for a key that is missing, has expired or is stale", () => {
    const { cache, clock } = timed({ staleWhileRevalidate: 50, expires: (value) => value });
    cache.set("new", 70, { keepTtl: true });
    expect(cache.info("new")?.expiresIn).toBe(70);
    for (const wait of [70, 120, 500]) {
      cache.set("a", 70);
      clock.advance(wait);
      cache.set("a", 90, { keepTtl: true });
      expect(cache.info("a")?.expiresIn).toBe(90);
    }
    cache.set("a", 90);
    clock.advance(30);
    cache.set("a", 70, { keepTtl: false });
    expect(cache.info("a")?.expiresIn).toBe(70);
  });

  it("leaves an entry without a deadline without one, in a cache without time as well", () => {
    const { cache } = timed({ ttl: undefined });
    cache.set("a", 1, { keepTtl: true }).set("a", 2, { keepTtl: true });
    expect(cache.info("a")).toEqual({ weight: 1 });
    cache.set("b", 1, { ttl: 10 }).set("a", 3, { keepTtl: true });
    expect(cache.info("a")).toEqual({ weight: 1, age: 0 });
  });

  it("with a ttl is refused, like any value but a boolean, and nothing changes", () => {
    const { cache } = timed();
    cache.set("a", 1);
    const bad = (options: object): void => {
      expect(() => cache.set("a", 2, options)).toThrow(TypeError);
      expect(() => cache.update("a", () => 2, options)).toThrow(/^Cannot set entry: keepTtl .+/);
    };
    bad({ keepTtl: true, ttl: 10 });
    bad({ keepTtl: 1 });
    expect(cache.get("a")).toBe(1);
    expect(cache.set("a", 2, { keepTtl: false, ttl: 10 }).info("a")?.expiresIn).toBe(10);
    expect(() => cache.set("a", 2, { refreshAfter: 5 } as never)).toThrow(/"refreshAfter"/);
    expect(() => cache.set("a", 2, { ttl: 0 })).toThrow(RangeError);
  });
});

describe("update", () => {
  it("takes the options of set", () => {
    const { cache } = timed({ maxWeight: 100 });
    cache.update("a", () => 1, { ttl: 30, weight: 7 });
    expect(cache.info("a")).toEqual({ weight: 7, age: 0, expiresIn: 30 });
    expect(cache.update("a", () => REMOVE, { ttl: 30 })).toBe(undefined);
    expect(cache.size).toBe(0);
  });
});

describe("ttlJitter", () => {
  it("shortens the ttl of single entries, but not the result of expires, nor Infinity", () => {
    const { cache } = timed({
      max: 3000,
      ttlJitter: 0.2,
      seed: 1,
      expires: (value) => (value < 0 ? 500 : undefined),
    });
    const times = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      cache.set(`ttl ${i}`, 1, { ttl: 1000 }).set(`own ${i}`, -1).set("none", 1, { ttl: Infinity });
      const { expiresIn } = cache.info(`ttl ${i}`)!;
      times.add(expiresIn!);
      expect(cache.info(`own ${i}`)?.expiresIn).toBe(500);
      expect(cache.info("none")).toEqual({ weight: 1, age: 0 });
    }
    expect(times.size).toBeGreaterThan(990);
    expect(Math.max(...times)).toBeLessThanOrEqual(1000);
    expect(Math.max(...times)).toBeGreaterThan(990);
    expect(Math.min(...times)).toBeGreaterThan(800);
    expect(Math.min(...times)).toBeLessThan(810);
  });

  it("shortens the ttl that a load sets", async () => {
    const { cache } = timed({ ttlJitter: 0.5, seed: 1 });
    await cache.getOrLoad("a", (_key, context) => {
      context.ttl = 1000;
      return 1;
    });
    expect(cache.info("a")!.expiresIn).toBeLessThan(1000);
    expect(cache.info("a")!.expiresIn).toBeGreaterThan(500);
  });
});

describe("The ttl that a load sets", () => {
  it.each([0, -0, -1, -Infinity])(
    "delivers the value and does not store it if it is %d",
    async (ttl) => {
      for (const options of [{ ttl: 1000 }, {}, { idleTtl: 1000 }]) {
        const removals: unknown[] = [];
        const { cache } = timed({
          ttl: undefined,
          ...options,
          onRemoval: (...removal) => removals.push(removal),
        });
        const value = await cache.getOrLoad("a", (_key, context) => {
          context.ttl = ttl;
          return 1;
        });
        expect([value, cache.has("a"), cache.stats().expirations]).toEqual([1, false, 1]);
        expect(removals).toEqual([["a", 1, "expired"]]);
      }
    },
  );
});

describe("An undefined value", () => {
  it.each([{ staleWhileRevalidate: 1000 }, { staleIfError: 1000 }])(
    "has no stale window, with %o",
    async (window) => {
      const clock = new FakeClock();
      const log: unknown[] = [];
      const cache = new LRUCache<string, number | undefined>({
        max: 5,
        ttl: 100,
        negativeTtl: 10,
        ...window,
        clock,
        onRemoval: (...removal) => log.push(removal),
      });
      cache.set("value", 1, { ttl: 10 }).set("set", undefined, { ttl: 10 });
      await cache.getOrLoad("loaded", () => undefined);
      clock.advance(10);
      expect([cache.size, cache.weight, cache.stats().stale]).toEqual([0, 0, 1]);
      expect(log).toEqual([
        ["set", undefined, "expired"],
        ["loaded", undefined, "expired"],
      ]);
      const failing = cache.getOrLoad("loaded", () => Promise.reject(new Error("down")));
      await expect(failing).rejects.toThrow("down");
      expect(await cache.getOrLoad("set", () => 5)).toBe(5);
    },
  );

  it("written over a stale value is removed at its deadline, and a value over it has a window again", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number | undefined>({
      max: 5,
      ttl: 10,
      staleIfError: 1000,
      clock: { now: clock.now },
    });
    cache.set("a", 1);
    clock.advance(10);
    expect([cache.size, cache.stats().stale]).toEqual([0, 1]);
    cache.set("a", undefined);
    expect([cache.size, cache.stats().stale]).toEqual([1, 0]);
    cache.set("a", 2);
    clock.advance(10);
    expect([cache.size, cache.stats().stale, cache.stats().expirations]).toEqual([0, 1, 0]);
  });
});

describe("weight", () => {
  it("does not count stale entries, whose weights the bound counts", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number>({
      maxWeight: 100,
      weigh: (value) => value,
      ttl: 100,
      staleWhileRevalidate: 1000,
      clock: { now: clock.now },
    });
    cache.set("a", 10, { ttl: 10 }).set("b", 20, { ttl: 10 }).set("c", 30);
    clock.advance(10);
    const seen = (): number[] => [cache.size, cache.weight, cache.stats().stale];
    expect(seen()).toEqual([1, 30, 2]);
    cache.set("a", 5);
    expect(seen()).toEqual([2, 35, 1]);
    cache.set("d", 50);
    expect(seen()).toEqual([3, 85, 0]);
    clock.advance(100);
    expect(seen()).toEqual([0, 0, 3]);
    cache.resize({ maxWeight: 50 });
    expect(seen()).toEqual([0, 0, 1]);
    cache.delete("d");
    expect(seen()).toEqual([0, 0, 0]);
  });
});
