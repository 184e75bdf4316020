import { expect, test } from "vitest";
import { heapSlope } from "./heap-slope.ts";

test("the slope is the growth of a reload, and one mark that is off does not change it", () => {
  const marks = [0, 100, 200, 300, 400].map((reloads) => ({ reloads, bytes: 50 + 3 * reloads }));
  expect(heapSlope(marks)).toBe(3);
  marks[2] = { reloads: 200, bytes: 1e6 };
  expect(heapSlope(marks)).toBe(3);
  expect(() => heapSlope(marks.slice(1, 2))).toThrow(RangeError);
});
