import { runProgram } from "@heapwise/testkit";
import { expect, test } from "vitest";
import { calibrate, detach, sizeOf } from "../src/index.ts";

// Few small values too: together they are far less than the page that V8 reserves at a time. A process that has run
// for a while, as that of the suite, has hardly anything left to move, and shows less of what can go wrong.
test("the measured slope of a type is its size, in a process that has just begun", async () => {
  const { stdout, stderr } = await runProgram(new URL("programs/slopes.ts", import.meta.url));
  expect(stderr).toBe("");
  const errors = JSON.parse(stdout) as number[];
  expect(errors.map((error) => Math.abs(error) < 0.5)).toEqual([true, true, true]);
});

test("bytes outside of the heap are measured too", async () => {
  const { bytes, spread } = await calibrate(() => new Uint8Array(10_000), { count: 200 });
  expect(spread).toBeGreaterThanOrEqual(0);
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
