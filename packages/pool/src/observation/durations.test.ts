import fc from "fast-check";
import { checkProperty } from "@heapwise/testkit/vitest";
import { describe, expect, it } from "vitest";
import { Durations, type DurationSummary } from "./durations.ts";

const NOTHING = { count: 0, sum: 0, p50: 0, p90: 0, p99: 0, max: 0 };
const LONGEST = 2 ** 35;

function durationsOf(all: readonly number[]): Durations {
  const durations = new Durations();
  for (const each of all) durations.record(each);
  return durations;
}

/** The duration of the nearest rank among sorted ones. */
function nearestRank(sorted: readonly number[], percent: number): number {
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? 0;
}

/** The number that `record` counts a duration as. */
const counted = (ms: number): number => (ms > 0 ? Math.min(ms, LONGEST) : 0);

/** Durations on a scale of powers, neighbours of powers of two, whole ms, and unusual values. */
const anyDuration = fc.oneof(
  fc.double({ min: -12, max: 36, noNaN: true }).map((exponent) => 2 ** exponent),
  fc
    .tuple(fc.integer({ min: -10, max: 36 }), fc.constantFrom(1 - 2 ** -50, 1, 1 + 2 ** -50))
    .map(([exponent, factor]) => 2 ** exponent * factor),
  fc.integer({ min: 0, max: 200 }),
  fc.constantFrom(0, -0, -1, -Infinity, NaN, Infinity, Number.MIN_VALUE, Number.MAX_VALUE),
);

/** Compares a summary with a sorted array. Throws if a number is off by more than allowed. */
function expectSummary(summary: DurationSummary, all: readonly number[]): void {
  const sorted = all.map(counted).sort((a, b) => a - b);
  const sum = sorted.reduce((total, each) => total + each, 0);
  expect(summary.count).toBe(all.length);
  expect(summary.max).toBe(sorted.at(-1) ?? 0);
  expect(Math.abs(summary.sum - sum)).toBeLessThanOrEqual(1e-9 * sum);
  for (const [name, percent] of [
    ["p50", 50] as const,
    ["p90", 90] as const,
    ["p99", 99] as const,
  ]) {
    const wanted = nearestRank(sorted, percent);
    const allowed = wanted >= 1 / 16 ? wanted / 32 : 1 / 256;
    expect(Math.abs(summary[name] - wanted), `${name} of ${wanted}`).toBeLessThanOrEqual(allowed);
    expect(summary[name]).toBeLessThanOrEqual(summary.max);
    if (wanted === 0) expect(summary[name]).toBe(0);
  }
  expect(summary.p50).toBeLessThanOrEqual(summary.p90);
  expect(summary.p90).toBeLessThanOrEqual(summary.p99);
}

describe("Durations", () => {
  it("agree with a sorted array, with any number of zeros", () => {
    const zeros = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }));
    checkProperty(
      fc.property(fc.array(anyDuration, { maxLength: 300 }), zeros, (all, more) => {
        expectSummary(durationsOf(all).summary(more), [
          ...all,
          ...Array.from({ length: more }, () => 0),
        ]);
      }),
      { runs: 2000 },
    );
  });

  it("are the same if two histograms are added or one has recorded all", () => {
    const some = fc.array(anyDuration, { maxLength: 60 });
    checkProperty(
      fc.property(some, some, some, (first, second, third) => {
        const sum = durationsOf(first);
        const other = durationsOf(second);
        sum.add(other);
        const whole = durationsOf([...first, ...second]);
        expect({ ...sum.summary(3), sum: 0 }).toEqual({ ...whole.summary(3), sum: 0 });
        expect(sum.counters).toBe(whole.counters);
        // The two histograms share no state.
        for (const each of third) sum.record(each);
        expectSummary(other.summary(0), second);
        expectSummary(sum.summary(0), [...first, ...second, ...third]);
      }),
      { runs: 1000 },
    );
  });

  it("are off by at most 1/32 from 1/16 ms to a year", () => {
    let worst = 0;
    for (let ms = 1 / 16; ms < LONGEST; ms *= 1.0007) {
      const { p50 } = durationsOf([ms, ms, 2 * LONGEST]).summary(0);
      worst = Math.max(worst, Math.abs(p50 - ms) / ms);
    }
    expect(worst).toBeLessThanOrEqual(1 / 32);
    expect(worst).toBeGreaterThan(1 / 40);
  });

  it("have the ranks of known cases", () => {
    expect(new Durations().summary(0)).toEqual(NOTHING);
    expect(new Durations().summary(7)).toEqual({ ...NOTHING, count: 7 });
    expect(durationsOf([12.3]).summary(0)).toEqual({
      count: 1,
      sum: 12.3,
      p50: 12.3,
      p90: 12.3,
      p99: 12.3,
      max: 12.3,
    });
    // 99 of 100 did not wait: the longest is the one that exceeds p99.
    expect(durationsOf([500]).summary(99)).toMatchObject({ p50: 0, p99: 0, max: 500 });
    expect(durationsOf([500]).summary(98)).toMatchObject({ p90: 0, p99: 500, max: 500 });
    expect(durationsOf([500]).summary(1)).toMatchObject({ p50: 0, p90: 500 });
    expect(durationsOf([NaN, -1, -Infinity, -0]).summary(0)).toEqual({ ...NOTHING, count: 4 });
    expect(durationsOf([Infinity]).summary(0)).toMatchObject({ sum: LONGEST, max: LONGEST });
    // A negative number of zeros counts as none.
    expect(new Durations().summary(-1)).toEqual(NOTHING);
  });

  it("count numbers that do not fit in 32 bits", () => {
    const all = durationsOf([1, 1, 1, 100]);
    for (let doubling = 0; doubling < 33; doubling++) {
      const copy = new Durations();
      copy.add(all);
      all.add(copy);
    }
    const { count, sum, p50, p90 } = all.summary(2 ** 33);
    expect([count, sum]).toEqual([5 * 2 ** 33, 103 * 2 ** 33]);
    expect(Math.abs(p50 - 1)).toBeLessThanOrEqual(1 / 32);
    expect(Math.abs(p90 - 100)).toBeLessThanOrEqual(100 / 32);
  });

  it("have no counter before the first record, and then one for each bucket from the lowest to the highest", () => {
    expect(new Durations().counters).toBe(0);
    expect(durationsOf([0, NaN, 1e-9]).counters).toBe(0);
    expect(durationsOf(Array.from({ length: 1000 }, () => 50)).counters).toBe(1);
    expect(durationsOf([50, 100, 64, 51]).counters).toBe(17);
    expect(durationsOf([60_000, 1]).counters).toBe(254);
    expect(durationsOf([1e-9, Infinity, 1 / 256]).counters).toBe(640);
    const both = durationsOf([1]);
    both.add(durationsOf([0]));
    expect(both.counters).toBe(1);
  });

  it("need no new counter for a duration in a bucket in between", () => {
    const durations = durationsOf([1, 1000]);
    const { counters } = durations;
    for (let ms = 1; ms <= 1000; ms += 0.37) durations.record(ms);
    expect(durations.counters).toBe(counters);
  });
});
