import { median } from "d3-array";
import type { AccuracyRow } from "./measure-sizeof-accuracy.ts";

/** How good one arm is on the rows whose size can be known. */
export interface Score {
  /** Share of rows with an error of at most a tenth. */
  readonly within10: number;
  /** Share of rows with an error of at most a factor of two. */
  readonly within2x: number;
  /** The median error. */
  readonly medianError: number;
}

/** Error of an estimate as a part of the true size. Sizes below a byte count as 0. */
export function errorOf(estimate: number, truth: number): number {
  if (Math.abs(truth) < 1) return Math.abs(estimate) < 1 ? 0 : 1;
  return Number.isNaN(estimate) ? Infinity : Math.abs(estimate - truth) / truth;
}

/** Scores an arm. Rows whose size is hidden do not count. */
export function scoreOf(
  rows: readonly AccuracyRow[],
  estimateOf: (row: AccuracyRow) => number,
): Score {
  const pairs = rows
    .filter(({ hidden }) => hidden === undefined)
    .map((row) => [estimateOf(row), row.truth] as const);
  const share = (holds: (estimate: number, truth: number) => boolean): number =>
    pairs.filter(([estimate, truth]) => holds(estimate, truth)).length / pairs.length;
  return {
    within10: share((estimate, truth) => errorOf(estimate, truth) <= 0.1),
    within2x: share(
      (estimate, truth) => errorOf(estimate, truth) <= 1 && errorOf(truth, estimate) <= 1,
    ),
    medianError: median(pairs.map(([estimate, truth]) => errorOf(estimate, truth)))!,
  };
}

/** Whether the true size is within the bounds, apart from the noise of its measurement. */
export function isWithinBounds({ min, max, truth, noise }: AccuracyRow): boolean {
  const slack = Math.max(1, 0.01 * truth, noise);
  return min <= truth + slack && truth <= max + slack;
}
