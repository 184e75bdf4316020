import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ourNames } from "./adapters/catalogue.ts";
import { describeMachine } from "./machine.ts";
import { findNode } from "./find-node.ts";
import type { OwnTraces } from "./hit-ratio/own-traces.ts";
import { openOwnTraces, visible } from "./hit-ratio/own-traces.ts";
import type { Options } from "./options.ts";
import { readOptions } from "./options.ts";
import { PACKAGE_FOLDER } from "./package-folder.ts";
import { renderMarkdown } from "./rendering/markdown.ts";
import type { Report } from "./rendering/page.ts";
import { renderPage } from "./rendering/page.ts";
import { printAdvice } from "./rendering/print-advice.ts";
import { printTable } from "./rendering/print-table.ts";
import type { SuiteReport } from "./run-suite.ts";
import { runSuite } from "./run-suite.ts";
import type { Picture, RunOptions, Step } from "./suite.ts";
import type { AnySuite } from "./suites.ts";
import { SUITES } from "./suites.ts";
import { writePictures } from "./write-pictures.ts";

const REPORT = fileURLToPath(new URL("report", PACKAGE_FOLDER));

interface Planned {
  readonly suite: AnySuite;
  readonly steps: Step<unknown>[];
}

/** Runs the suites one after the other. If a suite fails, the results of the others are kept. */
async function runSuites(
  planned: readonly Planned[],
  options: RunOptions,
  show: (report: SuiteReport) => void,
): Promise<{ suites: SuiteReport[]; failures: string[] }> {
  const suites: SuiteReport[] = [];
  const failures: string[] = [];
  for (const { suite, steps } of planned) {
    try {
      const report = await runSuite(suite, steps, options);
      suites.push(report);
      show(report);
    } catch (error) {
      failures.push(planned.length === 1 ? messageOf(error) : `${suite.name}: ${messageOf(error)}`);
      if (planned.length > 1) process.stderr.write(`${failures.at(-1)}\n`);
      // The stack is for people who work on the benchmarks, not for people who run them on their
      // data.
      if (!options.own && error instanceof Error && error.cause !== undefined)
        process.stderr.write(`${String(error.cause)}\n`);
    }
  }
  return { suites, failures };
}

/** The numbers of a run as JSON. */
function writeJson(report: Report, options: object): string {
  const suites = report.suites.map(({ name, seconds, cells, tables, advice = [] }) => {
    return { name, seconds, ...(advice.length > 0 && { advice }), cells, tables };
  });
  const results = { command: report.command, machine: report.machine, options, suites };
  return `${JSON.stringify(results, null, 2)}\n`;
}

/** The pictures of the suites that have been measured for a picture. */
function picturesOf(reports: readonly SuiteReport[]): Picture[] {
  return SUITES.flatMap(({ name, picture }) => {
    const report = reports.find((one) => one.name === name);
    return picture && report ? [picture.draw(report.cells)] : [];
  });
}

async function run(options: Options, command: string, own?: OwnTraces): Promise<void> {
  const { only, json, markdown, report: folder = REPORT, images, ...rest } = options;
  const nodes = options.nodes.map(findNode);
  const about = { ...rest, nodes, ours: await ourNames() };
  const runOptions: RunOptions = { ...about, ...(own && { own }) };
  // All suites are planned before the first measurement, so that bad input is reported at once.
  const planned = SUITES.filter(({ name }) => only.includes(name)).map((suite): Planned => {
    const source = images === undefined ? suite : (suite.picture ?? suite);
    return { suite, steps: source.plan(runOptions) };
  });
  const machine = describeMachine();
  const { suites, failures } = await runSuites(planned, runOptions, (report) => {
    if (json === true) return;
    report.tables.forEach(printTable);
    report.advice.forEach(printAdvice);
  });
  if (suites.length > 0) {
    const report: Report = { command, machine, suites, notes: own?.notes ?? [] };
    const text = writeJson(report, about);
    const page = join(folder, "index.html");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "results.json"), text);
    writeFileSync(page, renderPage(report));
    if (markdown !== undefined) writeFileSync(markdown, renderMarkdown(report));
    if (typeof json === "string") writeFileSync(json, text);
    if (json === true) process.stdout.write(text);
    process.stderr.write(`\nReport: ${page}\n`);
    if (images !== undefined) {
      const pictures = picturesOf(suites);
      const paths = writePictures(images, pictures, { command, machine });
      process.stderr.write(`${paths.map((path) => `Picture: ${path}\n`).join("")}`);
    }
  }
  if (failures.length === 0) return;
  if (planned.length === 1) throw new Error(failures[0]);
  throw new Error(
    `Cannot measure ${failures.length} of ${planned.length} suites:\n${failures.join("\n")}`,
  );
}

/** Reads the user's own traces before the run, and removes the copies after it. */
async function runOnData(options: Options, command: string): Promise<void> {
  let own: OwnTraces | undefined;
  try {
    own = await openOwnTraces(options, (line) => void process.stderr.write(`${line}\n`));
    await run(options, command, own);
  } catch (error) {
    throw new Error(visible(messageOf(error)), { cause: error });
  } finally {
    await own?.dispose();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const args = process.argv.slice(2);
try {
  // npm runs the script in this package. INIT_CWD is the folder in which the command was typed.
  const options = readOptions(args, process.env["INIT_CWD"] ?? process.cwd());
  if (options) {
    const command = ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
    const hasData = options.traces !== undefined || options.traceFiles !== undefined;
    await (hasData ? runOnData(options, command) : run(options, command));
  }
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
