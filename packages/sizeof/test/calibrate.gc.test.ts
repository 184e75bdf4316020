import { expect, test } from "vitest";
import { calibrate, detach, sizeOf } from "../src/index.ts";

class Point {
  x: number;
  y: number;
  constructor(i: number) {
    this.x = i;
    this.y = i + 0.5;
  }
}

// Few small values too: together they are far less than the page that V8 reserves at a time.
test.each([
  { type: "a class", make: (i: number) => new Point(i), count: undefined },
  {
    type: "a text",
    make: (i: number) => `a text of one length, number ${1_000_000 + i}`,
    count: 1000,
  },
  { type: "an empty object", make: () => ({}), count: 500 },
])("the measured slope of $type is its size", async ({ make, count }) => {
  const { bytes, spread } = await calibrate<unknown>(make, { count });
  expect(Math.abs(bytes - sizeOf(make(1)))).toBeLessThan(2);
  expect(spread).toBeGreaterThanOrEqual(0);
});

test("bytes outside of the heap are measured too", async () => {
  const { bytes } = await calibrate(() => new Uint8Array(10_000), { count: 200 });
  expect(Math.abs(bytes - sizeOf(new Uint8Array(10_000)))).toBeLessThan(500);
});

test("a slice keeps its parent, and a detached one does not", async () => {
  const parent = (i: number): string => `${"x".repeat(10_000)}${i}`.toUpperCase();
  const kept = await calibrate((i) => parent(i).slice(10, 60), { count: 200 });
  const detached = await calibrate((i) => detach(parent(i).slice(10, 60)), { count: 200 });
  expect(kept.bytes).toBeGreaterThan(10_000);
  expect(detached.bytes).toBeLessThan(500);
});

test.each([{ count: 0 }, { count: 1.5 }, { samples: -1 }])("%j is refused", async (options) => {
  await expect(calibrate(() => ({}), options)).rejects.toThrow(RangeError);
  await expect(calibrate(1 as never)).rejects.toThrow(TypeError);
});
