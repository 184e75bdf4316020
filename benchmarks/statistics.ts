import { quantileSorted } from "d3-array";

/** The median, and the quartiles on each side of it. */
export interface Spread {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/** Median and quartiles of some numbers. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new RangeError(
      `Cannot summarize values: [${values.join(", ")}], expected finite numbers`,
    );
  }
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number): number => quantileSorted(sorted, p)!;
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) };
}

/**
 * The ratio of two series that were measured in pairs, one pair per round. Each round gives one
 * ratio, so that a disturbance that lasts longer than a round affects both sides of it.
 */
export function ratioOf(values: readonly number[], baseline: readonly number[]): Spread {
  if (values.length !== baseline.length) {
    throw new RangeError(
      `Cannot pair rounds: ${values.length} and ${baseline.length}, expected equal numbers`,
    );
  }
  return spreadOf(values.map((value, round) => value / baseline[round]!));
}
