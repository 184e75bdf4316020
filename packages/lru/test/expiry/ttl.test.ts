import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { loggedCache } from "../logged-cache.ts";

const DAY = 24 * 3_600_000;
const YEAR = 365 * DAY;

describe("ttl", () => {
  it("makes an entry absent at its deadline, not before", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 100, clock });
    cache.set("a", 1);

    clock.advance(99);
    expect([cache.get("a"), cache.peek("a"), cache.has("a"), [...cache]]).toEqual([
      1,
      1,
      true,
      [["a", 1]],
    ]);
    clock.advance(1);

    expect([cache.get("a"), cache.peek("a"), cache.has("a"), [...cache], cache.size]).toEqual([
      undefined,
      undefined,
      false,
      [],
      0,
    ]);
    expect(log).toEqual([["a", 1, "expired"]]);
    expect(cache.stats()).toMatchObject({ expirations: 1, hits: 1, misses: 1, evictions: 0 });
  });

  it("is exact while no timer can run", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 10, clock });
    cache.set("a", 1);
    clock.jump(60);
    expect([cache.has("a"), cache.peek("a"), [...cache.keys()], cache.hottest(1)]).toEqual([
      false,
      undefined,
      [],
      [],
    ]);
    expect(log).toEqual([]);
    expect(cache.size).toBe(0);
    expect(log).toEqual([["a", 1, "expired"]]);
  });

  it("begins again with each write, also of the same value, and not with a read", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 100, clock });
    cache.set("a", 1).set("b", 1);
    clock.advance(60);
    cache.set("a", 1);
    cache.get("b");
    clock.advance(60);
    expect([cache.has("a"), cache.has("b"), cache.size]).toEqual([true, false, 1]);
    expect(log).toEqual([["b", 1, "expired"]]);
  });

  it.each([1, 63.5, 1000, 2 ** 31, 30 * DAY, 100 * YEAR])("takes any length: %d ms", (ttl) => {
    const clock = new FakeClock(12_345.678);
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl, clock });
    cache.set("a", 1);
    clock.advance(ttl * 0.99);
    expect([cache.has("a"), cache.size]).toEqual([true, 1]);
    clock.advance(ttl * 0.02);
    expect([cache.has("a"), cache.size, log.length]).toEqual([false, 0, 1]);
  });

  it("of Infinity is no ttl", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number>({ max: 5, ttl: Infinity, clock });
    cache.set("a", 1);
    expect(clock.pending).toEqual([]);
    clock.advance(200 * YEAR);
    expect([cache.has("a"), cache.info("a")]).toEqual([true, { weight: 1, age: 200 * YEAR }]);
  });

  it("works on a clock that starts at 0, jumps forward and steps back", () => {
    let now = 0;
    const { cache, log } = loggedCache<string, number>({
      max: 5,
      ttl: 100,
      clock: { now: () => now },
    });
    cache.set("a", 1);
    expect(cache.info("a")?.expiresIn).toBe(100);
    now = 1e12;
    expect([cache.has("a"), cache.size]).toEqual([false, 0]);
    cache.set("b", 1);
    now = 5e11;
    expect(cache.has("b")).toBe(true);
    cache.set("c", 1);
    now += 100;
    expect([cache.has("c"), cache.size, [...cache.keys()]]).toEqual([false, 1, ["b"]]);
    now = 1e12 + 100;
    expect([cache.size, log.map(([key]) => key)]).toEqual([0, ["a", "c", "b"]]);
  });

  it("removes entries by itself, in the order of deadlines, with one timer", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 500, ttl: 1000, clock });
    for (const [i, key] of ["a", "b", "c"].entries()) {
      cache.set(key, i, { ttl: 3000 - 1000 * i });
      expect(clock.pending.length).toBe(1);
    }
    for (let i = 0; i < 300; i++) cache.set(`many ${i}`, i, { ttl: 1e6 + 1000 * i });
    expect(clock.pending.length).toBe(1);
    clock.advance(10_000);
    expect(log.map(([key, , cause]) => [key, cause])).toEqual([
      ["c", "expired"],
      ["b", "expired"],
      ["a", "expired"],
    ]);
    clock.advance(1e7);
    expect([log.length, clock.pending.length]).toEqual([303, 0]);
  });
});

describe("A ttl of one entry", () => {
  it("counts instead of the ttl of the cache, and in a cache without a ttl", () => {
    const clock = new FakeClock();
    for (const options of [
      { max: 5, clock },
      { max: 5, ttl: 50, clock },
    ]) {
      const cache = new LRUCache<string, number>(options);
      cache.set("before", 1, { ttl: Infinity });
      cache.set("a", 1, { ttl: 20 });
      cache.set("b", 1, { ttl: 70 });
      clock.advance(20);
      expect([...cache.keys()]).toEqual(["b", "before"]);
      clock.advance(49);
      expect([...cache.keys()]).toEqual(["b", "before"]);
      clock.advance(1);
      expect([...cache.keys()]).toEqual(["before"]);
    }
  });

  it("turns time on in a cache with entries, which stay", () => {
    const clock = new FakeClock(5);
    const cache = new LRUCache<number, number>({ max: 100, clock });
    for (let i = 0; i < 50; i++) cache.set(i, i);
    cache.set(7, 7, { ttl: 10 });
    for (let i = 50; i < 100; i++) cache.set(i, i);
    clock.advance(1000);
    expect([cache.size, cache.has(7), cache.stats().expirations]).toEqual([99, false, 1]);
  });
});

describe("expires", () => {
  it("gives each entry its own time, and for undefined the time of the cache", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number>({
      max: 5,
      ttl: 100,
      expires: (value, key) => (key === "own" ? value : undefined),
      clock,
    });
    cache.set("own", 30).set("other", 30);
    expect([cache.info("own")?.expiresIn, cache.info("other")?.expiresIn]).toEqual([30, 100]);
    cache.set("own", 30, { ttl: 70 });
    expect(cache.info("own")?.expiresIn).toBe(70);
  });

  it("of 0 or less does not store the value, and removes the old value", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({
      max: 1,
      expires: (value) => value,
      clock,
    });
    cache.set("a", 100);
    cache.set("b", -5);
    expect([...cache.keys()]).toEqual(["a"]);
    cache.set("a", 0);
    expect(log).toEqual([
      ["b", -5, "expired"],
      ["a", 100, "replaced"],
      ["a", 0, "expired"],
    ]);
    expect([cache.size, cache.stats().expirations]).toEqual([0, 2]);
  });

  it.each([NaN, "5", null, {}])("that returns %o throws, and nothing changes", (bad) => {
    const { cache, log } = loggedCache<string, unknown>({
      max: 1,
      expires: (value) => value as number,
    });
    // Long enough for a slow machine: this test uses the real time.
    cache.set("a", 1e9);
    expect(() => cache.set("a", bad)).toThrow(/^Cannot .+: expires returns .+, expected .+/);
    expect([cache.peek("a"), log]).toEqual([1e9, []]);
  });
});

describe("idleTtl", () => {
  it("counts from the last use", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number>({ max: 5, idleTtl: 100, clock });
    cache.set("a", 1).set("b", 2);
    for (let i = 0; i < 10; i++) {
      clock.advance(60);
      expect(cache.get("a")).toBe(1);
      cache.peek("b");
      cache.has("b");
    }
    expect([cache.size, cache.info("a")]).toEqual([
      1,
      { weight: 1, age: 600, idle: 0, expiresIn: 100 },
    ]);
    clock.advance(100);
    expect([cache.get("a"), cache.size]).toEqual([undefined, 0]);
  });

  it("together with ttl: the first deadline counts", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<string, number>({ max: 5, idleTtl: 100, ttl: 250, clock });
    cache.set("used", 1).set("left", 2);
    for (let at = 0; at < 240; at += 80) {
      clock.advance(80);
      cache.get("used");
    }
    expect([...cache.keys()]).toEqual(["used"]);
    expect(cache.info("used")?.expiresIn).toBe(10);
    clock.advance(10);
    expect(cache.size).toBe(0);
  });
});

describe("ttlJitter", () => {
  it("spreads deadlines below the ttl, the same for the same seed", () => {
    const clock = new FakeClock();
    const times = (seed: number): (number | undefined)[] => {
      const cache = new LRUCache<number, number>({
        max: 1000,
        ttl: 1000,
        ttlJitter: 0.2,
        seed,
        clock,
      });
      for (let i = 0; i < 1000; i++) cache.set(i, i);
      return Array.from({ length: 1000 }, (_, i) => cache.info(i)?.expiresIn);
    };
    const drawn = times(1) as number[];
    expect(Math.min(...drawn)).toBeGreaterThan(800);
    expect(Math.max(...drawn)).toBeLessThanOrEqual(1000);
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(150);
    expect(times(1)).toEqual(drawn);
    expect(times(2)).not.toEqual(drawn);
  });
});

describe("Expired entries", () => {
  it("are removed before live entries", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 3, clock: { now: clock.now } });
    cache.set("cold", 1).set("short", 1, { ttl: 10 }).set("hot", 1);
    clock.advance(10);
    cache.set("new", 1);
    expect([...cache.keys()]).toEqual(["new", "hot", "cold"]);
    expect(log).toEqual([["short", 1, "expired"]]);
  });

  it("are reported as expired if they are deleted", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({
      max: 3,
      ttl: 10,
      clock: { now: clock.now },
    });
    cache.set("a", 1).set("b", 2);
    clock.advance(10);
    expect([cache.delete("a"), cache.deleteMany(["b"])]).toEqual([false, 0]);
    expect(log).toEqual([
      ["a", 1, "expired"],
      ["b", 2, "expired"],
    ]);
  });

  it("are not replaced: the old value has expired, the new value is inserted", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({
      max: 3,
      ttl: 10,
      clock: { now: clock.now },
    });
    cache.set("a", 1);
    clock.advance(10);
    cache.set("a", 2);
    expect(log).toEqual([["a", 1, "expired"]]);
    expect(cache.stats()).toMatchObject({ inserts: 2, updates: 0, expirations: 1 });
  });
});

describe("unbounded", () => {
  it("holds all entries that have not expired", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<number, number>({ unbounded: true, ttl: 100, clock });
    for (let i = 0; i < 5000; i++) cache.set(i, i);
    expect([cache.size, cache.max]).toEqual([5000, Infinity]);
    clock.advance(100);
    // This number may take more than one slice.
    cache.expireNow();
    expect(cache.size).toBe(0);
  });
});

describe("A cache without time options", () => {
  it("reads no clock and sets no timer in any operation", () => {
    const unreachable = (): never => expect.unreachable();
    const { cache } = loggedCache<number, number>({
      max: 5,
      clock: { now: unreachable, schedule: unreachable },
    });
    for (let i = 0; i < 20; i++) {
      cache.set(i, i);
      cache.get(i - 1);
      cache.update(i - 2, () => i);
    }
    cache.setMany([[1, 1]]).getMany([1, 2]);
    cache.deleteMany([1]);
    cache.acquire(18)?.release();
    expect([cache.size, [...cache].length, cache.hottest(1).length]).toEqual([4, 4, 1]);
    expect([cache.expireNow(), cache.info(19), cache.evict()?.length]).toEqual([
      0,
      { weight: 1 },
      2,
    ]);
    expect(cache.snapshot().entries.map((entry) => Object.keys(entry))[0]).toEqual([
      "key",
      "value",
    ]);
    cache.resize({ max: 2 });
    cache.trim(0.5);
    cache.clear();
    cache[Symbol.dispose]();
  });
});
