import type { LRUCache } from "@heapwise/lru";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const HOUR = 3_600_000;

/** A host whose time moves unseen, like the time of a machine: installed before the package. */
const host = { now: 0, readings: 0 };

class HostPerformance {
  now(): number {
    host.readings++;
    return host.now;
  }
}

let Cache: typeof LRUCache;
let cache: LRUCache<number, number>;

beforeEach(async () => {
  vi.resetModules();
  vi.stubGlobal("performance", new HostPerformance());
  ({ LRUCache: Cache } = await import("@heapwise/lru"));
  cache = new Cache<number, number>({ max: 500, ttl: HOUR });
  for (let i = 0; i < 500; i++) cache.set(i, i);
});

afterEach(() => {
  cache.clear();
  vi.unstubAllGlobals();
});

/** Starts a burst. The next reading is 127 hits away. */
function burst(): void {
  for (let readings = 0; readings <= 64; readings++) {
    host.readings = 0;
    while (host.readings === 0) cache.get(1);
  }
}

/** How many entries are still shown an hour after they have expired. */
function shownTooLate(): number {
  host.now += 2 * HOUR;
  let shown = 0;
  for (let i = 0; i < 500; i++) if (cache.get(i) !== undefined) shown++;
  return shown;
}

describe("A burst of hits", () => {
  it("reads the clock for one hit in 128", () => {
    burst();
    host.readings = 0;
    for (let i = 0; i < 128_000; i++) cache.get(i % 500);
    expect(host.readings).toBe(1000);
  });

  it("shows at most 127 expired entries if the program stands still in a synchronous run", () => {
    burst();
    expect(shownTooLate()).toBe(127);
  });

  it("reads the clock for entries with less than ten seconds left", () => {
    cache.set(1, 1, { ttl: 10_000 });
    burst();
    host.now += 10_000;
    expect(cache.get(1)).toBe(undefined);
  });

  it("goes on among the promises of a task", async () => {
    burst();
    host.readings = 0;
    for (let i = 0; i < 1280; i++) {
      for (let tick = 0; tick < 4; tick++) await Promise.resolve();
      cache.get(i % 500);
    }
    expect(host.readings).toBe(10);
  });

  it("ends among promises without hits", async () => {
    burst();
    for (let tick = 0; tick < 20; tick++) await Promise.resolve();
    expect(shownTooLate()).toBe(0);
  });

  it("ends before the next task, and goes on in it after some readings", async () => {
    burst();
    // Runs before timers.
    await new Promise((resolve) => void setImmediate(resolve));
    host.readings = 0;
    for (let i = 0; i < 100; i++) cache.get(i);
    expect(host.readings).toBeLessThan(10);
    await new Promise((resolve) => void setImmediate(resolve));
    expect(shownTooLate()).toBe(0);
  });
});

describe("Loads in a burst", () => {
  it("refresh an entry as soon as it is due", () => {
    const loads: number[] = [];
    const refreshed = new Cache<number, number>({
      max: 10,
      refreshAfter: 30_000,
      load: (key) => loads.push(key),
    });
    refreshed.set(1, 1);
    const writtenAt = host.now;
    for (const age of [0, 19_000, 21_000, 29_999]) {
      host.now = writtenAt + age;
      for (let i = 0; i < 1000; i++) void refreshed.getOrLoad(1);
      expect(loads).toEqual([]);
    }
    host.now = writtenAt + 30_000;
    void refreshed.getOrLoad(1);
    expect(loads).toEqual([1]);
  });

  it("share its reading", () => {
    burst();
    host.readings = 0;
    for (let i = 0; i < 1280; i++) void cache.getOrLoad(i % 500);
    expect(host.readings).toBe(10);
  });
});
