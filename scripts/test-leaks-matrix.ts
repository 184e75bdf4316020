import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readOutcome, type Outcome, type VitestReport } from "./leaks-matrix/read-outcome.ts";
import { isDone, isWrong, withRow, type Cell, type Row } from "./leaks-matrix/stored-rows.ts";
import { fetchRuntime, NODES } from "./runtimes/fetch-runtime.ts";

// Runs each planted leak and each clean program of `@heapwise/leaks` many times, in threads and in
// forks, with and without coverage, on several versions of Node: `npm run test:leaks-matrix`.
// `-- --repeats 2 --node current` is a short run. `--write` stores each row as soon as it is there,
// in place of the former one of its Node, pool and coverage, and keeps all others; `--resume` skips
// the rows that are stored already, of this commit, with as many repeats and without a failure.

const root = resolve(import.meta.dirname, "..");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const resultPath = join(root, "packages/leaks/test/programs/matrix.json");
const POOLS = { threads: "unit", forks: "gc" } as const;
const FILES = "packages/leaks/test/programs/";

const { values } = parseArgs({
  options: {
    repeats: { type: "string", default: "20" },
    node: { type: "string", default: "20,22,24,26" },
    pool: { type: "string", default: Object.keys(POOLS).join(",") },
    coverage: { type: "string", default: "without,with" },
    write: { type: "boolean", default: false },
    resume: { type: "boolean", default: false },
  },
});
const repeats = Number(values.repeats);
const nodes = values.node.split(",");
const pools = values.pool.split(",") as (keyof typeof POOLS)[];
const coverages = values.coverage.split(",");
if (
  !(Number.isSafeInteger(repeats) && repeats > 0) ||
  !nodes.every((name) => name === "current" || NODES.some((each) => each === `node${name}`)) ||
  !pools.every((name) => name in POOLS) ||
  !coverages.every((name) => name === "with" || name === "without")
) {
  throw new RangeError(
    `Cannot run the matrix: expected --repeats N, --node with some of ${NODES.map((name) => name.slice(4)).join(",")},current, --pool with some of ${Object.keys(POOLS).join(",")}, --coverage with some of without,with`,
  );
}

const commit = outputOf("git", ["rev-parse", "--short=10", "HEAD"]);
const rows: Row[] = [];
for (const name of nodes) {
  const program = name === "current" ? process.execPath : fetchRuntime(nameOf(name));
  const node = outputOf(program, ["--version"]).slice(1);
  for (const pool of pools) {
    for (const coverage of coverages) {
      const cell = { node, pool, coverage: coverage === "with" };
      if (values.resume && isDone(readStored(), cell, repeats, commit)) continue;
      const row = run(program, cell);
      rows.push(row);
      printRow(row);
      // After each row, so that a run that is ended leaves its result.
      if (values.write) writeStored(withRow(readStored(), row));
    }
  }
}
const wrong = rows.filter(isWrong);
console.log(`test:leaks-matrix: ${wrong.length > 0 ? `${wrong.length} rows failed` : "all right"}`);
if (wrong.length > 0) process.exitCode = 1;

function nameOf(node: string): (typeof NODES)[number] {
  return NODES.find((name) => name === `node${node}`)!;
}

function outputOf(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { cwd: root, encoding: "utf8" }).stdout.trim();
}

function run(program: string, cell: Cell): Row {
  const folder = mkdtempSync(join(tmpdir(), "leaks-matrix-"));
  const report = join(folder, "report.json");
  const args = [vitest, "run", "--project", POOLS[cell.pool], FILES];
  args.push("--reporter", "json", "--outputFile", report);
  // A repeated test takes longer than the limits for single tests.
  args.push("--testTimeout", "0", "--hookTimeout", "0");
  if (cell.coverage) {
    args.push("--coverage.enabled", "--coverage.provider", "v8");
    args.push("--coverage.include", "packages/leaks/src/**", "--coverage.reporter", "json-summary");
    args.push("--coverage.reportsDirectory", join(folder, "coverage"));
  }
  const env = { ...process.env, HEAPWISE_REPEATS: String(repeats) };
  const start = performance.now();
  const { stdout, stderr } = spawnSync(program, args, { cwd: root, env, encoding: "utf8" });
  const seconds = Math.round((performance.now() - start) / 1000);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${platform()} ${arch()}, ${availableParallelism()} x ${cpus()[0]?.model.trim() ?? ""}`;
  const outcome = outcomeOf(report, `${stdout}${stderr}`);
  rmSync(folder, { recursive: true, force: true });
  return { ...cell, repeats, commit, date, machine, seconds, ...outcome };
}

/** What a report says. If Vitest has written none, that is the failure, and the run goes on. */
function outcomeOf(report: string, output: string): Outcome {
  if (existsSync(report))
    return readOutcome(JSON.parse(readFileSync(report, "utf8")) as VitestReport);
  console.error(output);
  return { programs: 0, runs: 0, wrong: 0, failures: ["Vitest wrote no report"] };
}

function printRow(row: Row): void {
  const { node, pool, coverage, programs, runs, seconds, failures } = row;
  const cells = [
    `Node ${node}`.padEnd(14),
    pool.padEnd(8),
    (coverage ? "coverage" : "").padEnd(9),
    `${programs} tests of programs, ${runs} runs, ${row.wrong} wrong`,
    `${seconds} s`,
  ];
  console.log(cells.join("  ") + failures.map((text) => `\n  ${text}`).join(""));
}

function readStored(): Row[] {
  if (!existsSync(resultPath)) return [];
  return (JSON.parse(readFileSync(resultPath, "utf8")) as { rows: Row[] }).rows;
}

function writeStored(stored: readonly Row[]): void {
  const result = { command: "npm run test:leaks-matrix -- --write", rows: stored };
  writeFileSync(resultPath, `${JSON.stringify(result, undefined, 2)}\n`);
}
