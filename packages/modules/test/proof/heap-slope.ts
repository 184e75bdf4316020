/** A size of the heap after a number of reloads. */
export interface Mark {
  readonly reloads: number;
  readonly bytes: number;
}

/** Bytes by which each reload makes the heap larger: the median of all slopes (Theil-Sen). */
export function heapSlope(marks: readonly Mark[]): number {
  const slopes = marks.flatMap((a, i) =>
    marks.slice(i + 1).map((b) => (b.bytes - a.bytes) / (b.reloads - a.reloads)),
  );
  slopes.sort((a, b) => a - b);
  const middle = slopes.length >> 1;
  if (slopes.length === 0) throw new RangeError("Cannot find slope: expected two marks");
  return slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
}
