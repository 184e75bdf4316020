import { afterEach, describe, expect, it, vi } from "vitest";
import { SYSTEM_CLOCK } from "../../src/time/clock.ts";
import { SleepWatch } from "../../src/time/sleep-watch.ts";

const HOUR = 3_600_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The advance of the clock since the start. It includes real time. */
function startClock(): () => number {
  const start = SYSTEM_CLOCK.now();
  return () => SYSTEM_CLOCK.now() - start;
}

describe("The machine's clock", () => {
  it.each([
    ["from the present", { now: Date.now() }],
    ["from long ago", { now: 0 }],
    ["from far ahead", { now: Date.now() + 1000 * HOUR }],
  ])("goes on if fake timers are installed and removed, %s", (_, options) => {
    const elapsed = startClock();
    vi.useFakeTimers(options);
    const before = elapsed();
    expect(before).toBeLessThan(HOUR);
    vi.advanceTimersByTime(2 * HOUR);
    expect(elapsed()).toBeCloseTo(before + 2 * HOUR, 3);
    // A deadline in whole ms is due exactly at that ms.
    for (let i = 0; i < 100; i++) {
      const due = SYSTEM_CLOCK.now() + 7;
      vi.advanceTimersByTime(7);
      expect(SYSTEM_CLOCK.now()).toBe(due);
    }
    vi.useRealTimers();
    expect(elapsed()).toBeGreaterThan(before + 2 * HOUR);
    expect(elapsed()).toBeLessThan(before + 3 * HOUR);
    // Again, without a reading in between.
    vi.useFakeTimers(options);
    vi.advanceTimersByTime(HOUR);
    vi.useRealTimers();
    expect(elapsed()).toBeLessThan(before + 4 * HOUR);
  });

  it("takes the readings of a spy as they are, and goes on with the real clock after it", () => {
    const elapsed = startClock();
    const { now } = performance;
    const spy = vi.spyOn(performance, "now").mockImplementation(() => now.call(performance) + HOUR);
    expect(elapsed()).toBeGreaterThanOrEqual(HOUR);
    expect(elapsed()).toBeLessThan(2 * HOUR);
    spy.mockReturnValue(Number.MAX_SAFE_INTEGER);
    expect(elapsed()).toBeGreaterThan(1000 * HOUR);
  });

  it("does not jump if a spy was behind the real clock", () => {
    const elapsed = startClock();
    const spy = vi.spyOn(performance, "now").mockReturnValue(-1000 * HOUR);
    const before = elapsed();
    expect(before).toBeLessThan(HOUR);
    spy.mockReturnValue(-999 * HOUR);
    expect(elapsed()).toBeCloseTo(before + HOUR, 3);
    spy.mockReturnValue(-1000 * HOUR);
    expect(elapsed()).toBeCloseTo(before + HOUR, 3);
    vi.restoreAllMocks();
    expect(elapsed()).toBeLessThan(2 * HOUR);
  });

  it("is the time of day if the host has no other clock, and does not go back with it", () => {
    vi.stubGlobal("performance", undefined);
    const elapsed = startClock();
    const { now } = Date;
    vi.spyOn(Date, "now").mockImplementation(() => now() - HOUR);
    expect(elapsed()).toBeGreaterThanOrEqual(0);
    vi.unstubAllGlobals();
    expect(elapsed()).toBeGreaterThanOrEqual(0);
    expect(elapsed()).toBeLessThan(HOUR);
  });
});

describe("A watch for sleep", () => {
  it.each([
    [HOUR, HOUR],
    [1001, 1001],
    [999, 0],
    [0, 0],
    [-HOUR, 0],
  ])("of %i ms returns %i, once", (ms, expected) => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1e12 });
    const watch = new SleepWatch();
    const start = SYSTEM_CLOCK.now();
    expect(watch.slept(start)).toBe(0);
    vi.setSystemTime(1e12 + ms + 50);
    expect(watch.slept(start + 50)).toBe(expected);
    vi.setSystemTime(1e12 + ms + 50 + 700);
    expect(watch.slept(start + 750)).toBe(0);
  });

  it("returns the sleep before its first call", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1e12 });
    const watch = new SleepWatch();
    vi.setSystemTime(1e12 + HOUR);
    expect(watch.slept(SYSTEM_CLOCK.now())).toBeGreaterThan(HOUR - 1000);
  });

  it("counts the readings of a replaced Date.now, and not its removal", () => {
    const watch = new SleepWatch();
    const { now } = Date;
    const spy = vi.spyOn(Date, "now").mockImplementation(() => now() + HOUR);
    expect(watch.slept(SYSTEM_CLOCK.now())).toBeGreaterThan(HOUR - 1000);
    vi.restoreAllMocks();
    expect(watch.slept(SYSTEM_CLOCK.now())).toBe(0);
    spy.mockReturnValue(5);
    expect(watch.slept(SYSTEM_CLOCK.now())).toBe(0);
    vi.restoreAllMocks();
    expect(watch.slept(SYSTEM_CLOCK.now())).toBe(0);
  });

  it("counts nothing if fake timers are installed or removed, but sleep while they are in place", () => {
    const watch = new SleepWatch();
    for (const now of [0, Date.now() + 1000 * HOUR]) {
      vi.useFakeTimers({ now });
      expect(watch.slept(SYSTEM_CLOCK.now())).toBe(0);
      vi.advanceTimersByTime(5000);
      expect(watch.slept(SYSTEM_CLOCK.now())).toBe(0);
      vi.setSystemTime(Date.now() + HOUR);
      expect(watch.slept(SYSTEM_CLOCK.now())).toBe(HOUR);
      vi.useRealTimers();
      expect(watch.slept(SYSTEM_CLOCK.now())).toBe(0);
    }
  });
});
