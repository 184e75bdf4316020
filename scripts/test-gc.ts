import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { fetchRuntime } from "./runtimes/fetch-runtime.ts";

// Runs the garbage-collector suites on this Node, on newer versions and on Bun: `npm run test:gc`,
// with names to run only some of them.

const root = resolve(import.meta.dirname, "..");
const vitest = resolve(root, "node_modules/vitest/vitest.mjs");

/**
 * Suites that also hold on an engine that scans its stack conservatively, and has no limit of the
 * heap.
 */
const portable = ["weak-cache", "weak-keys", "cpython", "exit"].map(
  (name) => `packages/weak/test/${name}.gc.test.ts`,
);

interface Run {
  readonly program: () => string;
  readonly flags?: readonly string[];
  readonly tests?: readonly string[];
}

const RUNS: Readonly<Record<string, Run>> = {
  current: { program: () => process.execPath },
  node24: { program: () => fetchRuntime("node24") },
  node26: { program: () => fetchRuntime("node26") },
  bun: { program: () => fetchRuntime("bun"), flags: ["--bun"], tests: portable },
};

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (name in RUNS) continue;
  throw new RangeError(`Cannot test on ${name}: expected ${Object.keys(RUNS).join(", ")}`);
}
const failed: string[] = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(RUNS)) {
  const { program, flags = [], tests = [] } = RUNS[name]!;
  console.log(`\n== ${name}`);
  const args = [...flags, vitest, "run", "--project", "gc", ...tests];
  const { status } = spawnSync(program(), args, { cwd: root, stdio: "inherit" });
  if (status !== 0) failed.push(name);
}
console.log(`\ntest:gc: ${failed.length === 0 ? "all passed" : `failed on ${failed.join(", ")}`}`);
if (failed.length > 0) process.exitCode = 1;
