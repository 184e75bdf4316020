import { expect, test } from "vitest";
import { calibrate, detach, sizeOf } from "../src/index.ts";

test("the measured slope of a type is its size", async () => {
  class Point {
    x: number;
    y: number;
    constructor(i: number) {
      this.x = i;
      this.y = i + 0.5;
    }
  }
  const { bytes, spread } = await calibrate((i) => new Point(i));
  expect(Math.abs(bytes - sizeOf(new Point(1)))).toBeLessThan(4);
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
