import { expect, test } from "vitest";
import { runProgram } from "./run-program.ts";

/** Namespaces, values and functions of 50 unloaded versions that plain collections have left. */
async function live(...args: readonly string[]): Promise<Record<string, number>> {
  return (await runProgram<Record<string, number>>("payloads-program.ts", ["50", ...args])).result;
}

test("of modules of V8, plain collections leave nothing", async () => {
  expect(await live()).toEqual({
    "a module": 0,
    "top-level await": 0,
    "import()": 0,
    "a cycle": 0,
    "a mix": 0,
    "import.meta": 0,
  });
});

test("with V8's compilation cache they leave all", async () => {
  const { "a module": left } = await live("keep");
  expect(left).toBeGreaterThan(100);
});
