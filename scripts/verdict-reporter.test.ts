import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const vitest = resolve(import.meta.dirname, "../node_modules/vitest/vitest.mjs");
const reporter = resolve(import.meta.dirname, "verdict-reporter.ts");
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(files: Readonly<Record<string, string>>): { code: number | null; lastLine: string } {
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
  const args = ["run", "--globals", "--root", folder, "--reporter=default"];
  const { status, stdout } = spawnSync(
    process.execPath,
    [vitest, ...args, `--reporter=${reporter}`],
    { encoding: "utf8" },
  );
  return { code: status, lastLine: stdout.trimEnd().split("\n").at(-1) ?? "" };
}

const offTest = 'test["skip"]("is off", () => {});\n';
const passing = 'test("passes", () => {});\n';

test("passed tests are counted", () => {
  expect(run({ "a.test.js": passing, "b.test.js": passing })).toEqual({
    code: 0,
    lastLine: "2 passed, 0 failed",
  });
});

test("failed and skipped tests are counted", () => {
  const failing = 'test("fails", () => { throw new Error("x"); });\n';

  expect(run({ "a.test.js": passing + failing + offTest })).toEqual({
    code: 1,
    lastLine: "1 passed, 1 failed, 1 skipped",
  });
});

test("a file that does not load is a failure", () => {
  expect(run({ "a.test.js": passing, "b.test.js": 'import "./absent.js";\n' })).toEqual({
    code: 1,
    lastLine: "1 passed, 1 failed",
  });
});

test("an error outside of every test is a failure", () => {
  const stray = 'test("passes", () => { Promise.reject(new Error("stray")); });\n';

  expect(run({ "a.test.js": stray })).toEqual({ code: 1, lastLine: "1 passed, 1 failed" });
});

test("a run without tests fails", () => {
  expect(run({})).toEqual({ code: 1, lastLine: "0 passed, 0 failed" });
});

test("a run in which every test is skipped fails", () => {
  expect(run({ "a.test.js": offTest })).toEqual({
    code: 1,
    lastLine: "0 passed, 0 failed, 1 skipped",
  });
});
