import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ourNames } from "./adapters/catalogue.ts";
import { byteBound } from "./byte-bound/suite.ts";
import { designs } from "./designs/suite.ts";
import { expiry } from "./expiry/suite.ts";
import { gc } from "./gc/suite.ts";
import { growth } from "./growth/suite.ts";
import { hitRatio } from "./hit-ratio/suite.ts";
import { listTraces, readTrace } from "./hit-ratio/trace-source.ts";
import type { TraceFile } from "./hit-ratio/trace-source.ts";
import { keys } from "./keys/suite.ts";
import { loading } from "./loading/suite.ts";
import { describeMachine } from "./machine.ts";
import { memory } from "./memory/suite.ts";
import { findNode } from "./find-node.ts";
import type { Options, SuiteName } from "./options.ts";
import { readOptions } from "./options.ts";
import { PACKAGE_FOLDER } from "./package-folder.ts";
import { pools } from "./pool/suite.ts";
import { renderMarkdown } from "./rendering/markdown.ts";
import { renderPage } from "./rendering/page.ts";
import { printTable } from "./rendering/print-table.ts";
import type { SuiteReport } from "./run-suite.ts";
import { runSuite } from "./run-suite.ts";
import type { RunOptions, Suite } from "./suite.ts";
import { sizeofAccuracy } from "./sizeof-accuracy/suite.ts";
import { sizeofSpeed } from "./sizeof-speed/suite.ts";
import { smallCaches } from "./small-caches/suite.ts";
import { throughput } from "./throughput/suite.ts";
import { weak } from "./weak/suite.ts";

const SUITES_BY_NAME: Readonly<Record<SuiteName, Suite<never, never>>> = {
  throughput: throughput as Suite<never, never>,
  keys: keys as Suite<never, never>,
  growth: growth as Suite<never, never>,
  gc: gc as Suite<never, never>,
  memory: memory as Suite<never, never>,
  "small-caches": smallCaches as Suite<never, never>,
  "byte-bound": byteBound as Suite<never, never>,
  "hit-ratio": hitRatio as Suite<never, never>,
  loading: loading as Suite<never, never>,
  expiry: expiry as Suite<never, never>,
  pools: pools as Suite<never, never>,
  "sizeof-accuracy": sizeofAccuracy as Suite<never, never>,
  "sizeof-speed": sizeofSpeed as Suite<never, never>,
  weak: weak as Suite<never, never>,
  designs: designs as Suite<never, never>,
};

const REPORT = new URL("report/", PACKAGE_FOLDER);

async function run(options: Options, command: string): Promise<void> {
  const { only, json, markdown, traces, ...rest } = options;
  const nodes = options.nodes.map(findNode);
  const files = traces === undefined ? undefined : await listOwn(traces);
  const runOptions: RunOptions = {
    ...rest,
    nodes,
    ours: await ourNames(),
    ...(files && { files }),
  };
  // All of them before the first measurement, so that bad input is reported at once.
  const planned = only.map((name) => ({
    suite: SUITES_BY_NAME[name],
    steps: SUITES_BY_NAME[name].plan(runOptions),
  }));
  const machine = describeMachine();
  const suites: SuiteReport[] = [];
  const failures: string[] = [];
  for (const { suite, steps } of planned) {
    // One that fails does not take with it what the others have measured.
    try {
      const report = await runSuite(suite, steps);
      suites.push(report);
      if (json !== true) report.tables.forEach(printTable);
    } catch (error) {
      failures.push(`${suite.name}: ${messageOf(error)}`);
      process.stderr.write(`${failures.at(-1)}\n`);
    }
  }
  const results = {
    command,
    machine,
    options: runOptions,
    suites: suites.map(({ name, seconds, cells, tables }) => ({ name, seconds, cells, tables })),
  };
  const text = `${JSON.stringify(results, null, 2)}\n`;
  mkdirSync(REPORT, { recursive: true });
  writeFileSync(new URL("results.json", REPORT), text);
  writeFileSync(new URL("index.html", REPORT), renderPage({ command, machine, suites }));
  if (markdown !== undefined) writeFileSync(markdown, renderMarkdown({ command, machine, suites }));
  if (typeof json === "string") writeFileSync(json, text);
  if (json === true) process.stdout.write(text);
  process.stderr.write(`\nReport: ${fileURLToPath(new URL("index.html", REPORT))}\n`);
  if (failures.length > 0) {
    throw new Error(
      `Cannot measure ${failures.length} of ${planned.length} suites:\n${failures.join("\n")}`,
    );
  }
}

/** Traces of one's own. All are read, so that a bad one is reported before hours of work. */
async function listOwn(folder: string): Promise<readonly TraceFile[]> {
  const { traces, skipped } = await listTraces({ folder });
  for (const { path, reason } of skipped) process.stderr.write(`Skipped ${path}: ${reason}\n`);
  for (const trace of traces) {
    const { understood, warnings } = await readTrace(trace);
    process.stderr.write(`${[understood, ...warnings].join("\n")}\n`);
  }
  return traces;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const args = process.argv.slice(2);
try {
  // npm runs the script in this package; INIT_CWD is where the command was typed.
  const options = readOptions(args, process.env["INIT_CWD"] ?? process.cwd());
  if (options)
    await run(options, ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
