import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command, CommanderError } from "commander";
import { BASELINE, RIVALS } from "./adapters/catalogue.ts";
import type { DataOptions, GivenData } from "./data-options.ts";
import { addDataOptions, describeDataOptions, readDataOptions } from "./data-options.ts";
import type { AnySuite } from "./suites.ts";
import { SUITE_NAMES, SUITES } from "./suites.ts";

/** Names of the suites for which the condition holds. */
function namesOf(holds: (suite: AnySuite) => boolean): string[] {
  return SUITES.filter(holds).map(({ name }) => name);
}

const NODE_SUITES = namesOf(({ takesNodes = false }) => takesNodes);
const TRACE_SUITES = namesOf(({ takesTraces = false }) => takesTraces);
/** Suites that run if pictures are asked for. */
const PICTURE_SUITES = namesOf(({ picture }) => picture !== undefined);
/** Suites that run by default: those that compare with others. */
const QUICK_SUITES = namesOf(({ isOnlyFull = false }) => !isOnlyFull);

/** The options of the command line. */
export interface Options extends DataOptions {
  readonly full: boolean;
  readonly only: readonly string[];
  /** Rivals that are measured besides the baseline. */
  readonly rivals: readonly string[];
  /** Print JSON instead of tables (true), or also write it to a file. */
  readonly json?: true | string;
  /** File for the tables as Markdown. */
  readonly markdown?: string;
  /** Folder for the report; `benchmarks/report` by default. */
  readonly report?: string;
  /**
   * Folder for the pictures of the front page. Suites with a picture measure only what it shows.
   */
  readonly images?: string;
  /**
   * Other versions of Node that are measured: 24 or 26, which come from npm, or paths of
   * executables.
   */
  readonly nodes: readonly string[];
}

interface Given extends GivenData {
  readonly full?: true;
  readonly only?: readonly string[];
  readonly rivals?: readonly string[];
  readonly json?: true | string;
  readonly markdown?: string;
  readonly report?: string;
  readonly images?: string;
  readonly node?: readonly string[];
}

const EXAMPLES = `
Examples:
  npm run bench                                     all but designs, in about 6 minutes
  npm run bench -- --full                           all suites, sizes, keys and arms; takes as long as it needs
  npm run bench -- --only throughput --rivals mnemonist,quick-lru
  npm run bench -- --only keys --node 24,26         also on newer versions of Node
  npm run bench -- --only designs                   the designs of the index, also the designs that lost
  npm run bench -- --only memory --json out.json    also write the numbers to a file
  npm run bench -- --images docs/images             the pictures of the front page, in a few minutes

The report is written to benchmarks/report/index.html, its numbers to results.json in the same folder.`;

function splitList(value: string, before: readonly string[] = []): string[] {
  const names = value.split(",").map((name) => name.trim());
  return [...before, ...names.filter((name) => name !== "")];
}

function createCommand(): Command {
  const command = new Command("npm run bench --")
    .description(
      "Compares Heapwise with other packages in speed, hits, memory and garbage collection.",
    )
    .option("--full", "measure every size, kind of key and arm, without a limit of time")
    .option(
      "--only <suites>",
      `measure only these suites: ${SUITE_NAMES.join(", ")} (repeat or separate with commas)`,
      splitList,
    )
    .option(
      "--rivals <names>",
      `compare only with these: ${RIVALS.join(", ")} (${BASELINE} is always measured)`,
      splitList,
    )
    .option("--json [file]", "print JSON instead of tables, or also write it to the file")
    .option("--markdown <file>", "also write the tables to the file as Markdown")
    .option("--report <folder>", "write the report to this folder, not to benchmarks/report")
    .option(
      "--images <folder>",
      `measure only what the pictures of ${PICTURE_SUITES.join(", ")} show, and write them to the folder as SVG`,
    )
    .option(
      "--node <versions>",
      `measure ${NODE_SUITES.join(", ")} also on these: major versions (24,26), or paths of executables`,
      splitList,
    )
    .addHelpText("after", () => `${describeDataOptions()}\n${EXAMPLES}`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return addDataOptions(command);
}

/**
 * The path of a file that is written at the end. It is checked now, because at the end it would be
 * too late.
 */
function fileIn(folder: string, option: string, path: string): string {
  const file = resolve(folder, path);
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (existsSync(dirname(file)) && !isFolder) return file;
  throw new RangeError(`Cannot write ${option}: "${path}", expected a file in an existing folder`);
}

/** The path of a folder that is made at the end. */
function folderIn(folder: string, option: string, path: string): string {
  const full = resolve(folder, path);
  const stats = statSync(full, { throwIfNoEntry: false });
  if (path.trim() !== "" && (stats?.isDirectory() ?? existsSync(dirname(full)))) return full;
  throw new RangeError(
    `Cannot write ${option}: "${path}", expected a folder, or a new one in an existing folder`,
  );
}

function choose(
  option: string,
  given: readonly string[] | undefined,
  known: readonly string[],
): string[] {
  if (given === undefined) return [...known];
  if (given.length === 0)
    throw new RangeError(`Cannot read ${option}: no name, expected ${known.join(", ")}`);
  for (const name of given) {
    if (!known.includes(name)) {
      throw new RangeError(`Cannot read ${option}: "${name}", expected ${known.join(", ")}`);
    }
  }
  return known.filter((name) => given.includes(name));
}

/**
 * Throws if none of the suites that will run uses the option, because the option would have no
 * effect.
 */
function refuseUnused(option: string, suites: readonly string[], users: readonly string[]): void {
  if (users.some((user) => suites.includes(user))) return;
  throw new RangeError(
    `Cannot use ${option}: ${suites.join(", ")} alone, expected ${users.join(" or ")} too`,
  );
}

/** The suites that will run: the user's own traces are for hits only. */
function chooseSuites(
  only: readonly string[] | undefined,
  full: boolean,
  images: string | undefined,
  { traces, traceFiles }: DataOptions,
): readonly string[] {
  const option = traces === undefined ? "--trace" : "--traces";
  const hasData = traces !== undefined || traceFiles !== undefined;
  if (images !== undefined && hasData)
    throw new RangeError(`Cannot use --images: ${option} is set too, expected one of them`);
  if (only === undefined && hasData) return TRACE_SUITES;
  if (only === undefined && images !== undefined) return PICTURE_SUITES;
  const suites = only === undefined && !full ? QUICK_SUITES : choose("--only", only, SUITE_NAMES);
  if (images !== undefined) refuseUnused("--images", suites, PICTURE_SUITES);
  if (hasData) refuseUnused(option, suites, TRACE_SUITES);
  return suites;
}

/**
 * Reads the command line. Relative paths start at `folder`, in which the command was typed.
 * @returns undefined if it has printed the help.
 * @throws {RangeError} if an option or a value does not exist.
 */
export function readOptions(args: readonly string[], folder: string): Options | undefined {
  const command = createCommand();
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    if (error.code === "commander.excessArguments")
      throw new RangeError(
        `Cannot read the command line: "${command.args[0]}" without an option, expected --trace FILE for a trace, or an option that --help lists`,
      );
    const problem = error.message.replace(/^error: /, "").replace(/\n/g, " ");
    throw new RangeError(
      `Cannot read the command line: ${problem}, expected the options that --help lists`,
    );
  }
  const {
    full = false,
    only,
    rivals,
    json,
    markdown,
    report,
    images,
    node,
    ...given
  } = command.opts<Given>();
  const data = readDataOptions(given, folder);
  const suites = chooseSuites(only, full, images, data);
  if (node?.length === 0) throw new RangeError("Cannot read --node: no version, expected 24 or 26");
  if (images !== undefined && node !== undefined)
    throw new RangeError("Cannot use --images: --node is set too, expected one of them");
  if (node !== undefined) refuseUnused("--node", suites, NODE_SUITES);
  return {
    full,
    only: suites,
    ...(only !== undefined && { isNamed: true }),
    rivals: choose("--rivals", rivals, RIVALS).filter((name) => name !== BASELINE),
    nodes: (node ?? []).map((one) => (/^\d+$/.test(one) ? one : resolve(folder, one))),
    ...(json !== undefined && { json: json === true ? json : fileIn(folder, "--json", json) }),
    ...(markdown !== undefined && { markdown: fileIn(folder, "--markdown", markdown) }),
    ...(report !== undefined && { report: folderIn(folder, "--report", report) }),
    ...(images !== undefined && { images: folderIn(folder, "--images", images) }),
    ...data,
  };
}
