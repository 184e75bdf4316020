import type { Random } from "./random.ts";

/**
 * Draws ranks 0 to n - 1, rank r with a probability in proportion to 1 / (r + 1) ** exponent.
 *
 * Rejection-inversion: the integral of the density is inverted, and a draw in the sliver between
 * the curve and its step is refused. It is exact, needs no table and takes the same time for every
 * n. Source: W. Hörmann and G. Derflinger, "Rejection-inversion to generate variates from monotone
 * discrete distributions", ACM TOMACS 6(3), 1996.
 */
export function createZipf(n: number, exponent: number, random: Random): () => number {
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`Cannot create Zipf ranks: n = ${n}, expected a positive integer`);
  }
  if (!(exponent > 0) || exponent === 1) {
    throw new RangeError(
      `Cannot create Zipf ranks: exponent = ${exponent}, expected a positive number other than 1`,
    );
  }
  const power = 1 - exponent;
  const integral = (x: number): number => (Math.pow(x, power) - 1) / power;
  const inverse = (y: number): number => Math.pow(1 + y * power, 1 / power);
  const density = (x: number): number => Math.pow(x, -exponent);

  const lowest = integral(1.5) - 1;
  const span = integral(n + 0.5) - lowest;
  const shortcut = 2 - inverse(integral(2.5) - density(2));
  return () => {
    for (;;) {
      const y = lowest + random() * span;
      const x = inverse(y);
      const rank = Math.min(n, Math.max(1, Math.round(x)));
      if (rank - x <= shortcut || y >= integral(rank + 0.5) - density(rank)) return rank - 1;
    }
  };
}
