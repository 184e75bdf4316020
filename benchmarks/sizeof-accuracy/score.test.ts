import { expect, test } from "vitest";
import type { AccuracyRow } from "./measure-sizeof-accuracy.ts";
import { errorOf, isWithinBounds, scoreOf } from "./score.ts";

const row = (truth: number, bytes: number, hidden?: string): AccuracyRow => ({
  name: "",
  hidden,
  truth,
  noise: 0,
  bytes,
  min: 0,
  max: bytes,
  opaque: 0,
  others: {},
});

test("an error is relative to the true size", () => {
  expect(errorOf(110, 100)).toBeCloseTo(0.1);
  expect(errorOf(0, 0.3)).toBe(0);
  expect(errorOf(8, 0.3)).toBe(1);
  expect(errorOf(NaN, 100)).toBe(Infinity);
});

test("rows that are hidden do not count", () => {
  const rows = [row(100, 100), row(100, 105), row(100, 150), row(100, 1000, "why")];
  const { within10, within2x, medianError } = scoreOf(rows, ({ bytes }) => bytes);
  expect(within10).toBeCloseTo(2 / 3);
  expect(within2x).toBe(1);
  expect(medianError).toBeCloseTo(0.05);
  expect(scoreOf([row(100, 40)], ({ bytes }) => bytes).within2x).toBe(0);
});

test("bounds contain the true size, or not", () => {
  expect(isWithinBounds({ ...row(100, 100), min: 90, max: 120 })).toBe(true);
  expect(isWithinBounds({ ...row(100, 100), min: 110, max: 120 })).toBe(false);
  expect(isWithinBounds({ ...row(100, 100), min: 10, max: 90 })).toBe(false);
});
