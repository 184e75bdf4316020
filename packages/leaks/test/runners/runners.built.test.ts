import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const modules = resolve(import.meta.dirname, "../../../../node_modules");

interface Outcome {
  readonly status: number | null;
  /** What it printed, without colours. */
  readonly output: string;
}

/** Runs a runner in one of the folders, with the built package. */
function run(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: join(import.meta.dirname, folder),
    encoding: "utf8",
    env: { PATH: process.env["PATH"], NO_COLOR: "1", ...env },
  });
  return { status, output: stdout + stderr };
}

const vitest = (specs: string, pool: string): Outcome => {
  const program = join(modules, "vitest/vitest.mjs");
  const args = ["run", "--root", ".", "--config", "vitest.config.mjs"];
  return run("vitest", [program, ...args], { SPECS: specs, POOL: pool });
};
const jest = (specs: string, folder = "jest", env = {}): Outcome =>
  run(folder, [join(modules, "jest/bin/jest.js"), specs], env);
const nodeTest = (specs: string): Outcome => run("node-test", ["--test", specs]);

/** The failures of `fails.spec`, in their order: each names the holder, or the place. */
const FAILURES = [
  /Cannot collect Session "session"[^]*Session "session": live[^]*globalThis\.heldSessions/,
  /each iteration leaves 1 Session behind[^]*globalThis\.heldSessions/,
  /1 handle is left behind, expected none\s+Interval 5000 ms: live\s+made at .*fails\.spec\.[mc]js:\d+:\d+/,
  /Cannot find a leak: all objects are collected, expected one that is held/,
  /Cannot look for handles: run is 5, expected a function/,
];

function expectFailures({ status, output }: Outcome, summary: RegExp): void {
  for (const failure of FAILURES) expect(output).toMatch(failure);
  expect(output).toMatch(summary);
  // Nothing of this package is in the stack of a handle.
  expect(output).not.toMatch(/by .*dist/);
  expect(status).toBe(1);
}

function expectPasses({ status, output }: Outcome, summary: RegExp): void {
  expect(output).toMatch(summary);
  expect(status).toBe(0);
}

describe("vitest", () => {
  test.each(["threads", "forks"])("passes what holds, in %s", (pool) => {
    expectPasses(vitest("passes.spec.mjs", pool), /Tests {2}8 passed \(8\)/);
  });

  test("shows what holds the objects, and what was left where", () => {
    expectFailures(vitest("fails.spec.mjs", "forks"), /Tests {2}5 failed \(5\)/);
  });
});

describe("jest", () => {
  test("passes what holds, and prints no warning", () => {
    const outcome = jest("passes");
    expectPasses(outcome, /Tests: +8 passed, 8 total/);
    expect(outcome.output).not.toContain("ExperimentalWarning");
  });

  test("shows what holds the objects, and what was left where", () => {
    expectFailures(jest("fails"), /Tests: +5 failed, 5 total/);
  });

  test("names the variable of the file, of the test or of the global object, and no part of Jest", () => {
    const { output, status } = jest("holders");
    const paths = output.match(/^ +[\w-]+: .* → Session .*$/gm)?.map((line) => line.trim());
    const place = "Session (holders.spec.cjs:3:1)";
    expect(paths?.slice(0, 4)).toEqual([
      `module: holders.spec.cjs, variable \`k\` → ${place}`,
      `module: keeps.cjs, variable \`kept\` → ${place}`,
      `global: globalThis.leaked → ${place}`,
      `stack: variable of the running test → ${place}`,
    ]);
    expect(paths).toHaveLength(4);
    expect(output.match(/: live\n/g)).toHaveLength(4);
    expect(output.match(/→/g)).toHaveLength(4);
    expect(status).toBe(1);
  });

  test("takes the matchers for an expect of its own", () => {
    expectPasses(jest("other-expect"), /Tests: +1 passed, 1 total/);
  });

  test("runs with ES modules", () => {
    const outcome = jest("passes", "jest-esm", { NODE_OPTIONS: "--experimental-vm-modules" });
    expectPasses(outcome, /Tests: +2 passed, 2 total/);
  });
});

describe("node:test", () => {
  test("passes what holds", () => {
    const outcome = nodeTest("passes.spec.mjs");
    expectPasses(outcome, /pass 6\b/);
    const isRegistered = outcome.output.includes("registered");
    const { assert } = process.getBuiltinModule("node:test") as { assert?: object };
    expect(isRegistered).toBe(assert !== undefined && "register" in assert);
  });

  test("shows what holds the objects, and what was left where", () => {
    expectFailures(nodeTest("fails.spec.mjs"), /fail 5\b/);
  });
});
