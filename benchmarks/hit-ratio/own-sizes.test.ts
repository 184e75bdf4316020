import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sizesAround, sizesUpTo, thinOut } from "./own-sizes.ts";

const isAscending = (sizes: readonly number[]): boolean =>
  sizes.every((size, i) => Number.isInteger(size) && size > (sizes[i - 1] ?? 0));

describe("sizes for a trace of the user", () => {
  test.each([
    [1, [1]],
    [8, [1, 2, 5, 8]],
    [30, [1, 2, 5, 10, 20, 30]],
    [999, [1, 2, 5, 10, 20, 50, 100, 200, 500, 999]],
    [1_000, [10, 20, 50, 100, 200, 500, 1_000]],
    [52_000, [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 52_000]],
  ])("%i keys", (keys, sizes) => {
    expect(sizesUpTo(keys)).toEqual(sizes);
  });

  test("end at the limit of a Map", () => {
    expect(sizesUpTo(100_000_000).at(-1)).toBe(2 ** 24);
  });

  test("go from few entries up to all keys, at most 20 of them", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 }), (keys) => {
        const sizes = sizesUpTo(keys);

        expect(isAscending(sizes)).toBe(true);
        expect(sizes.at(-1)).toBe(keys);
        expect(sizes.length).toBeLessThanOrEqual(20);
      }),
    );
  });

  test("keep the last one if they are thinned out", () => {
    expect(thinOut([10, 20, 50, 100, 200, 250], 3)).toEqual([20, 100, 250]);
    expect(thinOut([10, 20, 50], 5)).toEqual([10, 20, 50]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 24 }),
        fc.integer({ min: 1, max: 20 }),
        (keys, count) => {
          const sizes = sizesUpTo(keys);
          const thin = thinOut(sizes, count);

          expect(isAscending(thin)).toBe(true);
          expect(thin.length).toBe(Math.min(count, sizes.length));
          expect(thin.at(-1)).toBe(keys);
        },
      ),
    );
  });
});

describe("sizes around one", () => {
  test("lie between its neighbours", () => {
    expect(sizesAround(1_000, [200, 500, 1_000, 2_000, 5_000], 3)).toEqual([
      590, 710, 840, 1_200, 1_400, 1_700,
    ]);
    expect(sizesAround(10, [10, 20], 3)).toEqual([12, 14, 17]);
    expect(sizesAround(2, [1, 2, 5], 3)).toEqual([3, 4]);
    expect(sizesAround(3, [1, 2, 3], 3)).toEqual([]);
    expect(sizesAround(100, [10, 100, 1_000], 1)).toEqual([32, 320]);
  });

  test("are new, and between measured sizes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 24 }), fc.nat(), (keys, at) => {
        const sizes = sizesUpTo(keys);
        const around = sizesAround(sizes[at % sizes.length]!, sizes, 3);

        expect(isAscending(around)).toBe(true);
        expect(around.every((size) => size < keys && !sizes.includes(size))).toBe(true);
      }),
    );
  });
});
