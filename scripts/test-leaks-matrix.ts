import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { arch, availableParallelism, cpus, platform, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readOutcome, type Outcome, type VitestReport } from "./leaks-matrix/read-outcome.ts";
import { fetchRuntime, NODES } from "./runtimes/fetch-runtime.ts";

// Runs each planted leak and each clean program of `@heapwise/leaks` many times, in threads and in
// forks, with and without coverage, on several versions of Node: `npm run test:leaks-matrix`.
// `-- --repeats 2 --node current` is a short run; `--write` stores the result.

const root = resolve(import.meta.dirname, "..");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const resultPath = join(root, "packages/leaks/test/programs/matrix.json");
const POOLS = { threads: "unit", forks: "gc" } as const;
const FILES = "packages/leaks/test/programs/";

/** One row of the table. */
interface Row extends Outcome {
  readonly node: string;
  readonly pool: keyof typeof POOLS;
  readonly coverage: boolean;
  readonly seconds: number;
}

const { values } = parseArgs({
  options: {
    repeats: { type: "string", default: "20" },
    node: { type: "string", default: "20,22,24,26" },
    pool: { type: "string", default: Object.keys(POOLS).join(",") },
    coverage: { type: "string", default: "without,with" },
    write: { type: "boolean", default: false },
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

const rows: Row[] = [];
for (const node of nodes) {
  const program = node === "current" ? process.execPath : fetchRuntime(nameOf(node));
  for (const pool of pools) {
    for (const coverage of coverages) {
      const row = run(program, pool, coverage === "with");
      rows.push(row);
      printRow(row);
      // After each row, so that a run that is ended leaves its result.
      if (values.write) writeResult();
    }
  }
}
const wrong = rows.filter((row) => row.failures.length > 0 || row.programs === 0);
console.log(`test:leaks-matrix: ${wrong.length > 0 ? `${wrong.length} rows failed` : "all right"}`);
if (wrong.length > 0) process.exitCode = 1;

function nameOf(node: string): (typeof NODES)[number] {
  return NODES.find((name) => name === `node${node}`)!;
}

function run(program: string, pool: keyof typeof POOLS, coverage: boolean): Row {
  const folder = mkdtempSync(join(tmpdir(), "leaks-matrix-"));
  const report = join(folder, "report.json");
  const args = [vitest, "run", "--project", POOLS[pool], FILES];
  args.push("--reporter", "json", "--outputFile", report);
  // A repeated test takes longer than the limits for single tests.
  args.push("--testTimeout", "0", "--hookTimeout", "0");
  if (coverage) {
    args.push("--coverage.enabled", "--coverage.provider", "v8");
    args.push("--coverage.include", "packages/leaks/src/**", "--coverage.reporter", "json-summary");
    args.push("--coverage.reportsDirectory", join(folder, "coverage"));
  }
  const env = { ...process.env, HEAPWISE_REPEATS: String(repeats) };
  const start = performance.now();
  const { stdout, stderr } = spawnSync(program, args, { cwd: root, env, encoding: "utf8" });
  const seconds = Math.round((performance.now() - start) / 1000);
  const { stdout: version } = spawnSync(program, ["--version"], { encoding: "utf8" });
  try {
    const outcome = readOutcome(JSON.parse(readFileSync(report, "utf8")) as VitestReport);
    return { node: version.trim().slice(1), pool, coverage, seconds, ...outcome };
  } catch (error) {
    throw new Error(`Cannot read what Vitest reports\n${stdout}${stderr}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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

/** Stores the rows with the command, the commit and the machine that they come from. */
function writeResult(): void {
  const { stdout } = spawnSync("git", ["rev-parse", "--short=10", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  });
  const result = {
    command: `npm run test:leaks-matrix -- ${process.argv.slice(2).join(" ")}`,
    commit: stdout.trim(),
    date: new Date().toISOString().slice(0, 10),
    machine: `${platform()} ${arch()}, ${availableParallelism()} x ${cpus()[0]?.model.trim() ?? ""}`,
    repeats,
    rows,
  };
  writeFileSync(resultPath, `${JSON.stringify(result, undefined, 2)}\n`);
}
