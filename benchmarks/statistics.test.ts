import { describe, expect, test } from "vitest";
import { ratioOf, spreadOf } from "./statistics.ts";

describe("statistics", () => {
  test("the spread is the median and the quartiles", () => {
    expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ lower: 2, median: 3, upper: 4 });
    expect(spreadOf([7])).toEqual({ lower: 7, median: 7, upper: 7 });
  });

  test("numbers are sorted as numbers, and the input is unchanged", () => {
    const values = [100, 9, 20];

    expect(spreadOf(values).median).toBe(20);
    expect(values).toEqual([100, 9, 20]);
  });

  test("a ratio is taken round by round", () => {
    const slow = [10, 100, 1_000];
    const twice = [5, 50, 500];

    expect(ratioOf(twice, slow)).toEqual({ lower: 0.5, median: 0.5, upper: 0.5 });
  });

  test("a round that was disturbed does not move the median", () => {
    expect(ratioOf([5, 5, 5_000, 5, 5], [10, 10, 10, 10, 10]).median).toBe(0.5);
  });

  test("no values, unpaired rounds and a baseline of zero time are errors", () => {
    expect(() => spreadOf([])).toThrow("Cannot summarize values: [], expected finite numbers");
    expect(() => ratioOf([1, 2], [1])).toThrow(
      "Cannot pair rounds: 2 and 1, expected equal numbers",
    );
    expect(() => ratioOf([1], [0])).toThrow(
      "Cannot summarize values: [Infinity], expected finite numbers",
    );
  });
});
