import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

// Runs the suites of the garbage collector on this Node, on Node 24 and on Bun: `npm run test:gc`, or with the
// names of some of them. The other runtimes come from npm when they are first wanted, into a folder
// of their own, so that nobody else installs them.

const root = resolve(import.meta.dirname, "..");
const folder = join(root, ".runtimes");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const system = process.platform === "win32" ? "win" : process.platform;
const bunSystem = process.platform === "win32" ? "windows" : process.platform;
const suffix = process.platform === "win32" ? ".exe" : "";

/** Suites that hold on an engine which takes what looks like a pointer on its stack for one, and has no limit of the heap. */
const portable = ["weak-cache", "weak-keys", "cpython", "exit"].map(
  (name) => `packages/weak/test/${name}.gc.test.ts`,
);

interface Runtime {
  /** Package with version, and the path of the program in it. */
  readonly from?: readonly [spec: string, path: string];
  readonly flags: readonly string[];
  readonly tests: readonly string[];
}

const runtimes: Readonly<Record<string, Runtime>> = {
  current: { flags: [], tests: [] },
  node24: {
    from: [`node-${system}-${process.arch}@24.21.0`, `bin/node${suffix}`],
    flags: [],
    tests: [],
  },
  bun: {
    from: [
      `@oven/bun-${bunSystem}-${process.arch === "arm64" ? "aarch64" : process.arch}@1.4.5`,
      `bin/bun${suffix}`,
    ],
    flags: ["--bun"],
    tests: portable,
  },
};

/** The program of a runtime, installed if it is not there yet. */
function programOf({ from }: Runtime): string {
  if (from === undefined) return process.execPath;
  const [spec, path] = from;
  const program = join(folder, "node_modules", spec.slice(0, spec.lastIndexOf("@")), path);
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", spec];
  run(process.platform === "win32" ? "npm.cmd" : "npm", args, folder);
  if (!existsSync(program)) throw new Error(`Cannot run ${spec}: no ${path} in it`);
  return program;
}

function run(command: string, args: readonly string[], cwd: string): boolean {
  const shell = process.platform === "win32";
  return spawnSync(command, args, { cwd, stdio: "inherit", shell }).status === 0;
}

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (name in runtimes) continue;
  throw new RangeError(`Cannot test on ${name}: expected ${Object.keys(runtimes).join(", ")}`);
}
const failed: string[] = [];
for (const name of wanted.length > 0 ? wanted : Object.keys(runtimes)) {
  const runtime = runtimes[name]!;
  console.log(`\n== ${name}`);
  const args = [...runtime.flags, vitest, "run", "--project", "gc", ...runtime.tests];
  if (!run(programOf(runtime), args, root)) failed.push(name);
}
console.log(`\ntest:gc: ${failed.length === 0 ? "all passed" : `failed on ${failed.join(", ")}`}`);
if (failed.length > 0) process.exitCode = 1;
