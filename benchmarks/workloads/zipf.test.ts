import { describe, expect, test } from "vitest";
import { createRandom } from "./random.ts";
import { createZipf } from "./zipf.ts";

describe("zipf", () => {
  test.each([
    { n: 1, exponent: 0.9 },
    { n: 2, exponent: 0.99 },
    { n: 10, exponent: 0.9 },
    { n: 50, exponent: 0.5 },
    { n: 50, exponent: 2 },
  ])("draws each of $n ranks as often as it should with exponent $exponent", ({ n, exponent }) => {
    const draws = 200_000;
    const rank = createZipf(n, exponent, createRandom(7));
    const counts = new Uint32Array(n);

    for (let i = 0; i < draws; i += 1) counts[rank()]! += 1;

    const weights = Array.from({ length: n }, (_, r) => (r + 1) ** -exponent);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const chiSquare = weights.reduce((sum, weight, r) => {
      const expected = (draws * weight) / total;
      return sum + (counts[r]! - expected) ** 2 / expected;
    }, 0);
    // Mean n - 1 and variance 2 (n - 1), so that this is five deviations out.
    expect(chiSquare).toBeLessThanOrEqual(n - 1 + 5 * Math.sqrt(2 * (n - 1)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(draws);
  });

  test("is the same for the same seed, and differs for another seed", () => {
    const draw = (seed: number): number[] => {
      const rank = createZipf(1_000_000, 0.9, createRandom(seed));
      return Array.from({ length: 100 }, rank);
    };

    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test.each([0, 1.5, Number.NaN])("n = %s is an error", (n) => {
    expect(() => createZipf(n, 0.9, createRandom(1))).toThrow(
      `Cannot create Zipf ranks: n = ${n}, expected a positive integer`,
    );
  });

  test.each([0, 1, -1, Number.NaN])("exponent = %s is an error", (exponent) => {
    expect(() => createZipf(10, exponent, createRandom(1))).toThrow(
      `Cannot create Zipf ranks: exponent = ${exponent}, expected a positive number other than 1`,
    );
  });
});
