/**
 * The slope of a series, by Theil and Sen: the median of the slopes between all pairs of points. Up
 * to 29 % of the points can be wrong without moving it far. 0 for fewer than two points.
 *
 * Source: P. K. Sen, "Estimates of the Regression Coefficient Based on Kendall's Tau", 1968.
 */
export function theilSen(values: ArrayLike<number>): number {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) slopes.push((values[j]! - values[i]!) / (j - i));
  }
  return median(slopes);
}

/** The median of the differences between neighbours; 0 for fewer than two points. */
export function medianDelta(values: ArrayLike<number>): number {
  const deltas: number[] = [];
  for (let i = 1; i < values.length; i++) deltas.push(values[i]! - values[i - 1]!);
  return median(deltas);
}

/** The middle of the numbers, or the mean of the two in the middle; 0 if there are none. */
export function median(numbers: readonly number[]): number {
  if (numbers.length === 0) return 0;
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * The least rise from point to point that counts as growth by `step` objects. Other parts of a
 * program, such as a test runner, add or free an object now and then: up to one in seven may lack.
 */
export function leastRise(step: number): number {
  return step - Math.min(1, step / 7);
}

/**
 * Whether a series rises by `step` or hardly less from point to point: its slope and the median of
 * its differences both do, and at least twice as many pairs of points rise as fall. A single jump
 * moves neither of the first two, a series that swings between two numbers has the one without the
 * other, and so has one that rises at first and then stops. The third keeps out a series that goes
 * up and down by more than it rises, such as the entries of a cache that the collector clears.
 */
export function grows(values: ArrayLike<number>, step: number): boolean {
  const least = leastRise(step);
  if (values.length < 2 || theilSen(values) < least || medianDelta(values) < least) return false;
  return isMostlyRising(values);
}

/** Whether Kendall's tau is at least a third, or one point alone explains all that fall. */
function isMostlyRising(values: ArrayLike<number>): boolean {
  let rising = 0;
  let falling = 0;
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) {
      if (values[j]! > values[i]!) rising++;
      else if (values[j]! < values[i]!) falling++;
    }
  }
  return falling <= Math.max(rising / 2, values.length - 1);
}

/**
 * Whether most differences of a series rise, and its slope does not: a single fall may hide growth
 * from the slope, as when a test runner frees what an earlier test left.
 */
export function mayHideGrowth(values: ArrayLike<number>, step: number): boolean {
  return medianDelta(values) >= leastRise(step) && !grows(values, step);
}

/**
 * Whether a series that is not complete can still grow: more than half of all its differences are
 * too small already, so that their median is, whatever comes.
 */
export function canStillGrow(values: ArrayLike<number>, step: number, length: number): boolean {
  const least = leastRise(step);
  let small = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! - values[i - 1]! < least) small++;
  return small * 2 <= length - 1;
}
