import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canStillGrow,
  grows,
  leastRise,
  median,
  medianDelta,
  theilSen,
} from "../../src/growth/theil-sen.ts";

const ROUNDS = 6;

function check<Drawn>(drawn: fc.Arbitrary<Drawn>, holds: (value: Drawn) => void): void {
  checkProperty(fc.property(drawn, holds));
}

const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 12 });
const rate = fc.integer({ min: 1, max: 40 });

/** The counts of a program in which each round adds so many objects. */
function seriesOf(deltas: readonly number[]): number[] {
  let count = 5000;
  return [count, ...deltas.map((delta) => (count += delta))];
}

/** The median by counting: as many numbers below it as above. */
function middleOf(values: readonly number[]): number {
  const candidates = values.flatMap((a) => values.map((b) => (a + b) / 2));
  const below = (x: number): number => values.filter((value) => value < x).length;
  const above = (x: number): number => values.filter((value) => value > x).length;
  const half = values.length / 2;
  const fitting = candidates.filter((x) => below(x) <= half && above(x) <= half);
  return (Math.min(...fitting) + Math.max(...fitting)) / 2;
}

describe("The slope of a series", () => {
  it("is the median over all pairs of points", () => {
    expect(theilSen([0, 1, 2, 3])).toBe(1);
    expect(theilSen([0, 10, 2, 3])).toBe(1);
    expect(theilSen([5])).toBe(0);
    expect(theilSen([])).toBe(0);
    check(numbers, (values) => {
      const slopes = values.flatMap((a, i) =>
        values.flatMap((b, j) => (i < j ? [(b - a) / (j - i)] : [])),
      );
      expect(theilSen(values)).toBeCloseTo(middleOf(slopes), 9);
    });
  });

  it("is the rate of a line, wherever it starts and whatever one point in five is", () => {
    check(
      fc.record({
        start: fc.integer({ min: -1000, max: 1000 }),
        step: fc.integer({ min: -50, max: 50 }),
        at: fc.nat({ max: 5 }),
        outlier: fc.integer({ min: -100_000, max: 100_000 }),
      }),
      ({ start, step, at, outlier }) => {
        const line = Array.from({ length: ROUNDS }, (_, i) => start + step * i);
        expect(theilSen(line)).toBe(step);
        line[at] = outlier;
        expect(theilSen(line)).toBe(step);
      },
    );
  });

  it("has a median of neighbours that agrees with counting", () => {
    check(numbers, (values) => {
      const deltas = values.slice(1).map((value, i) => value - values[i]!);
      expect(medianDelta(values)).toBeCloseTo(middleOf(deltas), 9);
      expect(median(values)).toBeCloseTo(middleOf(values), 9);
    });
    expect([medianDelta([]), medianDelta([3]), median([])]).toEqual([0, 0, 0]);
  });
});

describe("A series of counts", () => {
  it("is steady if it goes up and down by more than it rises", () => {
    // Entries of a cache that the collector clears: a slope of 19, and 20 in the middle.
    const cleared = [144, 102, 295, 238, 839, 668, 688, 1000, 394, 517, 687, 784, 283, 117];
    expect(theilSen(cleared)).toBeGreaterThan(19);
    expect(medianDelta(cleared)).toBe(20);
    expect(grows(cleared, 1)).toBe(false);
    // The same over a leak that is larger than the swing.
    expect(
      grows(
        cleared.map((count, i) => count + 200 * i),
        1,
      ),
    ).toBe(true);
  });

  it("grows if each round adds as many objects as it has iterations, or more", () => {
    check(fc.record({ rate, extra: fc.nat({ max: 9 }) }), ({ rate: step, extra }) => {
      expect(grows(seriesOf(Array(ROUNDS).fill(step + extra) as number[]), step)).toBe(true);
      expect(
        grows(seriesOf(Array(ROUNDS).fill(Math.ceil(leastRise(step)) - 1) as number[]), step),
      ).toBe(false);
    });
  });

  it("grows even if an object in seven is missing, but not if it is one in five", () => {
    expect(grows([100, 92, 99, 105, 112, 119], 7)).toBe(true);
    expect(grows(seriesOf([5, 5, 5, 5, 5]), 7)).toBe(false);
    expect([1, 2, 7, 100].map(leastRise)).toEqual([1 - 1 / 7, 2 - 2 / 7, 6, 99]);
  });

  it("grows even if one round frees or adds anything", () => {
    check(
      fc.record({ rate, at: fc.nat({ max: 4 }), odd: fc.integer({ min: -999, max: 999 }) }),
      ({ rate: step, at, odd }) => {
        const deltas = Array(5).fill(step) as number[];
        deltas[at] = odd;
        // One jump down moves every pair across it, which are 9 of 15 in the middle.
        const isMasked = odd < step && at > 0 && at < 4;
        if (!isMasked) expect(grows(seriesOf(deltas), step)).toBe(true);
      },
    );
  });

  it("does not grow by one step, by alternation, by warm-up, or as a cache reaches its bound", () => {
    check(fc.record({ rate, at: fc.nat({ max: 4 }) }), ({ rate: step, at }) => {
      const jump = (_: unknown, i: number): number => (i === at ? step * 100 : 0);
      expect(grows(seriesOf(Array.from({ length: 5 }, jump)), step)).toBe(false);
      const swing = (_: unknown, i: number): number => (i % 2 === at % 2 ? step * 9 : step * -9);
      expect(grows(seriesOf(Array.from({ length: 5 }, swing)), step)).toBe(false);
      const twoRounds = (_: unknown, i: number): number => (i < 2 ? step * 9 : 0);
      expect(grows(seriesOf(Array.from({ length: 5 }, twoRounds)), step)).toBe(false);
      const settling = (_: unknown, i: number): number => Math.floor((step * 9) / 20 ** i);
      expect(grows(seriesOf(Array.from({ length: 5 }, settling)), step)).toBe(false);
    });
    expect(grows([5], 1)).toBe(false);
    expect(grows([], 1)).toBe(false);
  });

  it("is given up as soon as nothing that follows could make it grow, and not before", () => {
    const deltas = fc.array(fc.integer({ min: -3, max: 12 }), { minLength: 5, maxLength: 5 });
    check(fc.record({ deltas, step: fc.integer({ min: 1, max: 8 }) }), (drawn) => {
      const { step } = drawn;
      const series = seriesOf(drawn.deltas);
      for (let known = 1; known <= series.length; known++) {
        const part = series.slice(0, known);
        const best = [...drawn.deltas.slice(0, known - 1), ...Array(6 - known).fill(step * 99)];
        expect(canStillGrow(part, step, 6)).toBe(medianDelta(seriesOf(best)) >= leastRise(step));
        if (!canStillGrow(part, step, 6)) expect(grows(series, step)).toBe(false);
      }
    });
  });
});
