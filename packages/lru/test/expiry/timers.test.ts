import { LRUCache } from "@heapwise/lru";
import { FakeClock } from "@heapwise/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loggedCache } from "../logged-cache.ts";

describe("The timer of a cache", () => {
  it("is one for any number of entries, and is missing before the first entry and after clear", () => {
    const clock = new FakeClock();
    const cache = new LRUCache<number, number>({ max: 1000, ttl: 100, clock });
    expect(clock.pending.length).toBe(0);
    for (let i = 0; i < 1000; i++) {
      cache.set(i, i, { ttl: 5000 - i });
      expect(clock.pending.length).toBe(1);
    }
    cache.clear();
    expect(clock.pending.length).toBe(0);
    cache.set(1, 1);
    cache[Symbol.dispose]();
    expect(clock.pending.length).toBe(0);
  });

  it("is not set for entries without a deadline, nor with a clock that has only now()", () => {
    const clock = new FakeClock();
    new LRUCache<number, number>({ max: 5, clock }).set(1, 1);
    new LRUCache<number, number>({ max: 5, ttl: Infinity, clock }).set(1, 1);
    new LRUCache<number, number>({ max: 5, ttl: 5, clock: { now: clock.now } }).set(1, 1);
    expect(clock.pending).toEqual([]);
  });

  it("waits at most 2^31 - 1 ms at a time", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 3e9, clock });
    cache.set("a", 1);
    expect(clock.pending[0]?.delay).toBe(2 ** 31 - 1);
    clock.advance(3e9 - 1);
    expect([log.length, clock.pending.length]).toEqual([0, 1]);
    clock.advance(1);
    expect([log.length, clock.pending.length]).toEqual([1, 0]);
  });

  it.each([64, 640, 64_000, 1e6])(
    "lets an entry that lives %d ms go by itself, at most one tick late",
    (ttl) => {
      const clock = new FakeClock();
      const left: number[] = [];
      const cache = new LRUCache<number, number>({
        max: 1000,
        ttl,
        clock,
        onRemoval: (_key, deadline) => left.push(clock.now() - deadline),
      });
      for (let i = 0; i < 200; i++) {
        cache.set(i, clock.now() + ttl);
        clock.advance(ttl / 90);
      }
      clock.advance(2 * ttl);
      expect(left.length).toBe(200);
      expect(Math.min(...left)).toBeGreaterThanOrEqual(0);
      // The clock may wake it up to one tick of the wheel after the tick that is tolerated.
      expect(Math.max(...left)).toBeLessThanOrEqual(Math.min(1000, ttl / 64) + 1 / 32);
    },
  );

  it("wakes at most once per tick", () => {
    const clock = new FakeClock();
    let wakes = 0;
    const cache = new LRUCache<number, number>({
      max: 100_000,
      ttl: 6400,
      clock: {
        now: clock.now,
        schedule: (run, ms) =>
          clock.schedule(() => {
            wakes++;
            run();
          }, ms),
      },
    });
    for (let i = 0; i < 20_000; i++) {
      cache.set(i, i);
      clock.advance(1);
    }
    clock.advance(6400);
    expect(cache.stats().expirations).toBe(20_000);
    expect(wakes).toBeGreaterThan(50);
    expect(wakes).toBeLessThanOrEqual(26_400 / 100 + 2);
  });

  it("is set again for an entry that expires before the others", () => {
    const clock = new FakeClock();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 100_000, clock });
    cache.set("late", 1);
    cache.set("early", 1, { ttl: 50 });
    clock.advance(51);
    expect(log).toEqual([["early", 1, "expired"]]);
  });

  it("gives the error of a listener to onError, and goes on", () => {
    const clock = new FakeClock();
    const errors: unknown[] = [];
    const failure = new Error("no");
    const cache = new LRUCache<string, number>({
      max: 5,
      ttl: 10,
      clock,
      onRemoval: () => {
        throw failure;
      },
      onError: (error) => errors.push(error),
    });
    cache.set("a", 1);
    clock.advance(10);
    cache.set("b", 1);
    clock.advance(10);
    expect([errors, cache.size]).toEqual([[failure, failure], 0]);
  });

  it("reports an error as uncaught without onError", async () => {
    const clock = new FakeClock();
    const failure = new Error("no");
    const cache = new LRUCache<string, number>({
      max: 5,
      ttl: 10,
      clock,
      onRemoval: () => {
        throw failure;
      },
    });
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const heard = new Promise((resolve) => process.once("uncaughtException", resolve));
    cache.set("a", 1);
    clock.advance(10);
    const error = await heard;
    for (const listener of others) process.on("uncaughtException", listener);
    expect(error).toBe(failure);
  });

  it("survives a clock that does anything", () => {
    let depth = 0;
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      max: 3,
      ttl: 10,
      clock: {
        now: () => {
          if (depth++ === 5) cache.clear();
          if (depth === 8) cache.set("own", 1).delete("a");
          return depth;
        },
      },
    });
    for (let i = 0; i < 30; i++) {
      cache.set(`key ${i % 4}`, i);
      cache.get(`key ${(i + 1) % 4}`);
      expect(cache.size).toBeLessThanOrEqual(3);
      expect([...cache.keys()].every((key) => typeof key === "string")).toBe(true);
    }
  });

  it.each([NaN, undefined, "5", Infinity])("refuses a clock whose now() returns %o", (time) => {
    const clock = { now: (): number => time as number };
    expect(() => new LRUCache<string, number>({ max: 3, ttl: 10, clock })).toThrow(
      /^Cannot read clock: now returns .+, expected milliseconds/,
    );
    let isBroken = false;
    const cache = new LRUCache<string, number>({
      max: 3,
      ttl: 10,
      clock: { now: () => (isBroken ? clock.now() : 1) },
    });
    cache.set("a", 1);
    isBroken = true;
    for (const use of [
      () => cache.set("b", 1),
      () => cache.get("a"),
      () => cache.has("a"),
      () => cache.size,
      () => cache.clear(),
    ]) {
      expect(use).toThrow(TypeError);
    }
    isBroken = false;
    expect([...cache.keys()]).toEqual(["a"]);
  });
});

describe("The fake timers of Vitest", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("move the time of a cache, and wake it", () => {
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 1000 });
    cache.set("a", 1);
    vi.advanceTimersByTime(999);
    expect(cache.get("a")).toBe(1);
    vi.advanceTimersByTime(17);
    expect(log).toEqual([["a", 1, "expired"]]);
    expect([cache.get("a"), vi.getTimerCount()]).toEqual([undefined, 0]);
  });

  it("move a month at once", () => {
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 30 * 86_400_000 });
    cache.set("a", 1);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(30 * 86_400_000 + 1000);
    expect(log).toEqual([["a", 1, "expired"]]);
  });

  it("may be installed and removed in the life of a cache", () => {
    vi.useRealTimers();
    const { cache, log } = loggedCache<string, number>({ max: 5, ttl: 3_600_000 });
    cache.set("before", 1);
    vi.useFakeTimers();
    cache.set("a", 1, { ttl: 1000 });
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1020);
    expect(log).toEqual([["a", 1, "expired"]]);
    vi.useRealTimers();
    cache.set("b", 1, { ttl: 1000 });
    expect([cache.has("b"), cache.has("a")]).toEqual([true, false]);
    cache.clear();
  });

  it("are noticed in a burst of hits", () => {
    vi.useRealTimers();
    const cache = new LRUCache<number, number>({ max: 500, ttl: 3_600_000 });
    for (let i = 0; i < 500; i++) cache.set(i, i);
    for (let i = 0; i < 5000; i++) cache.get(i % 500);
    const real = performance.now();
    const now = vi.spyOn(performance, "now").mockImplementation(() => real + 7_200_000);
    expect(cache.get(1)).toBe(undefined);
    now.mockRestore();
  });
});

describe("A burst of hits", () => {
  it("does not begin with a clock of the program", () => {
    const cache = new LRUCache<number, number>({ max: 500, ttl: 3_600_000 });
    for (let i = 0; i < 500; i++) cache.set(i, i);
    const now = vi.spyOn(performance, "now");
    for (let i = 0; i < 10_000; i++) cache.get(i % 500);
    const duringSpy = now.mock.calls.length;
    now.mockRestore();
    expect(duringSpy).toBe(10_000);
    cache.clear();
  });

  it("is exact for entries that are near their deadline, in one synchronous run", () => {
    const cache = new LRUCache<number, number>({ max: 500, ttl: 30 });
    const start = performance.now();
    for (let i = 0; i < 500; i++) cache.set(i, i);
    const written = performance.now();
    for (let i = 0; ; i++) {
      const before = performance.now();
      const value = cache.get(i % 500);
      const after = performance.now();
      if (value !== undefined) expect(before).toBeLessThan(written + 30);
      if (value === undefined) expect(after).toBeGreaterThanOrEqual(start + 30);
      if (before > written + 40) break;
    }
    expect(cache.size).toBe(0);
  });
});
