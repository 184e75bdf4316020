import { runProgram } from "@heapwise/testkit";
import { expect, test } from "vitest";
import { calibrate, detach, sizeOf } from "../src/index.ts";

// A few small values are among them: together they take far less than the page that V8 reserves at
// a time. It runs in a new process, because more can go wrong there: in a process that has run for
// a while, as the process of this suite, hardly any older objects are left that move.
test("the slope of a type is its size, in a process that has just started", async () => {
  const { stdout, stderr } = await runProgram(new URL("programs/slopes.ts", import.meta.url));
  expect(stderr).toBe("");
  const errors = JSON.parse(stdout) as number[];
  expect(errors.map((error) => Math.abs(error) < 0.5)).toEqual([true, true, true]);
});

test("bytes outside the heap are measured too", async () => {
  const { bytes, spread } = await calibrate(() => new Uint8Array(10_000), { count: 200 });
  expect(spread).toBeGreaterThanOrEqual(0);
  expect(Math.abs(bytes - sizeOf(new Uint8Array(10_000)))).toBeLessThan(500);
});

test("a slice keeps its parent, and a detached slice does not", async () => {
  const parent = (i: number): string => `${"x".repeat(10_000)}${i}`.toUpperCase();
  const kept = await calibrate((i) => parent(i).slice(10, 60), { count: 200 });
  const detached = await calibrate((i) => detach(parent(i).slice(10, 60)), { count: 200 });
  expect(kept.bytes).toBeGreaterThan(10_000);
  expect(detached.bytes).toBeLessThan(500);
});

test.each([{ count: 0 }, { count: 1.5 }, { samples: -1 }])(
  "%j is a RangeError",
  async (options) => {
    await expect(calibrate(() => ({}), options)).rejects.toThrow(RangeError);
    await expect(calibrate(1 as never)).rejects.toThrow(TypeError);
  },
);
