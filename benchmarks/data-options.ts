import { resolve } from "node:path";
import type { Command } from "commander";
import type { FormatName, ReadOptions } from "./hit-ratio/trace-source.ts";
import { checkCapacities } from "./hit-ratio/own-sizes.ts";
import { findFormat, FORMATS } from "./hit-ratio/trace-source.ts";

/** The options about the user's own traces. The object is empty if there are no such options. */
export interface DataOptions {
  /** Folder of traces that are replayed instead of the traces of the repository. */
  readonly traces?: string;
  /** Files that are replayed instead of the traces of the repository. */
  readonly traceFiles?: readonly string[];
  /** How to read the files. An option that is not set is found by the content of the file. */
  readonly reading?: ReadOptions;
  /** Cache sizes in entries, in ascending order. */
  readonly capacities?: readonly number[];
  /** How long a miss takes, in ms. */
  readonly missCostMs?: number;
}

/** The same options as commander returns them. */
export interface GivenData {
  readonly trace?: readonly string[];
  readonly traces?: string;
  readonly format?: string;
  readonly column?: string;
  readonly separator?: string;
  readonly field?: string;
  readonly encoding?: string;
  readonly capacities?: readonly string[];
  readonly missCost?: string;
}

const ENCODINGS: Readonly<Record<string, NonNullable<ReadOptions["encoding"]>>> = {
  utf8: "utf8",
  "utf-8": "utf8",
  utf16: "utf16le",
  "utf-16": "utf16le",
  utf16le: "utf16le",
  "utf-16le": "utf16le",
  latin1: "latin1",
  "latin-1": "latin1",
  "iso-8859-1": "latin1",
};

/** Examples of the command line, and the formats, for the help. */
export function describeDataOptions(): string {
  const widest = Math.max(...FORMATS.map(({ name }) => name.length));
  const formats = FORMATS.map(({ name, title, example }) =>
    `  ${name.padEnd(widest)}  ${title}${example === "" ? "" : `: ${example}`}`.trimEnd(),
  );
  return `
Examples with your own data:
  npm run bench -- --trace access.log               the best policy and size for an access log
  npm run bench -- --trace today.csv --column user_id
  npm run bench -- --trace today.csv --trace yesterday.csv
  npm run bench -- --traces ~/traces                all files of a folder
  npm run bench -- --trace events.jsonl --field request.url
  npm run bench -- --trace export.txt --format csv --separator ";" --encoding latin1
  npm run bench -- --trace access.log --miss-cost 25               a miss takes 25 ms
  npm run bench -- --trace access.log --capacities 1000,5000,20000 only these sizes

Formats, recognized by the content of the file (gzip too) unless --format names one:
${formats.join("\n")}`;
}

function once(option: string): (value: string, before?: string) => string {
  return (value, before) => {
    if (before !== undefined)
      throw new RangeError(`Cannot read ${option}: "${before}" and "${value}", expected one`);
    return value;
  };
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Adds the options about the user's own traces. */
export function addDataOptions(command: Command): Command {
  const one = (flags: string, description: string): Command =>
    command.option(flags, description, once(/^--\S+/.exec(flags)![0]));
  command.optionsGroup("Your own data (implies --only hit-ratio):");
  command.option(
    "--trace <files...>",
    "replay these files, as in --trace access.log (repeat for more)",
    collect,
  );
  one("--traces <folder>", "replay the files of this folder, as in --traces ~/traces");
  one("--format <name>", `read them as ${FORMATS.map(({ name }) => name).join(", ")}`);
  one("--column <name>", "column of a table that holds the key: its name, or its number from 1");
  one("--separator <char>", 'separator of columns: one character, or "tab"');
  one("--field <name>", "field of a JSON line that holds the key, as in --field request.url");
  one("--encoding <name>", "encoding of the text: utf8, utf16le or latin1");
  command.option(
    "--capacities <entries>",
    "cache sizes, as in --capacities 1000,5000 (default: 10 entries up to all keys)",
    (value, before: readonly string[] = []) => [
      ...before,
      ...value.split(",").map((size) => size.trim()),
    ],
  );
  one("--miss-cost <ms>", "time of a miss in ms, as in --miss-cost 25");
  return command;
}

function fail(option: string, found: string, expected: string): never {
  throw new RangeError(`Cannot read ${option}: ${found}, expected ${expected}`);
}

function refuseEmpty(option: string, value: string, expected: string): void {
  if (value.trim() === "") fail(option, "an empty argument", expected);
}

function readFormat(name: string): FormatName {
  const names = FORMATS.map((format) => format.name).join(", ");
  return findFormat(name) ?? fail("--format", `"${name}"`, names);
}

function readSeparator(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if ([...text].length === 1 && !/[\r\n"]/.test(text)) return text;
  return fail("--separator", `"${text}"`, 'one character such as ";", or "tab"');
}

function readReading(given: GivenData): ReadOptions {
  const { format, column, separator, field, encoding } = given;
  if (column !== undefined) refuseEmpty("--column", column, "a name, or a number from 1");
  if (field !== undefined) refuseEmpty("--field", field, "a name");
  return {
    ...(format !== undefined && { format: readFormat(format) }),
    ...(column !== undefined && { column }),
    ...(separator !== undefined && { separator: readSeparator(separator) }),
    ...(field !== undefined && { field }),
    ...(encoding !== undefined && {
      encoding:
        ENCODINGS[encoding.toLowerCase()] ??
        fail("--encoding", `"${encoding}"`, "utf8, utf16le or latin1"),
    }),
  };
}

function readCapacities(given: readonly string[]): number[] {
  // A text that is not a plain number stays a text. The check then shows it as it was typed.
  const sizes = given.map((text) => (/^\d+$/.test(text) ? Number(text) : text));
  checkCapacities("--capacities", sizes);
  return sizes as number[];
}

function readMissCost(text: string): number {
  const ms = /^(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (ms > 0 && Number.isFinite(ms)) return ms;
  return fail("--miss-cost", `"${text}"`, "ms above 0, such as 25 or 0.5");
}

/** Names of the options that are set and that say how to read or judge the user's own traces. */
function namesOf({ trace: _files, traces: _folder, ...rest }: GivenData): string[] {
  return Object.keys(rest)
    .filter((name) => rest[name as keyof typeof rest] !== undefined)
    .map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

/**
 * Reads the options about the user's own traces. Relative paths start at `folder`.
 * @throws {RangeError} if a value is invalid, or if an option has no traces to apply to.
 */
export function readDataOptions(given: GivenData, folder: string): DataOptions {
  const { trace, traces, capacities, missCost } = given;
  for (const file of trace ?? []) refuseEmpty("--trace", file, "the path of a file");
  if (traces !== undefined) refuseEmpty("--traces", traces, "the path of a folder");
  const [unused] = namesOf(given);
  if (trace === undefined && traces === undefined) {
    if (unused === undefined) return {};
    throw new RangeError(
      `Cannot use ${unused}: no data of your own, expected --trace FILE or --traces FOLDER too`,
    );
  }
  const reading = readReading(given);
  return {
    ...(traces !== undefined && { traces: resolve(folder, traces) }),
    ...(trace !== undefined && { traceFiles: trace.map((file) => resolve(folder, file)) }),
    ...(Object.keys(reading).length > 0 && { reading }),
    ...(capacities !== undefined && { capacities: readCapacities(capacities) }),
    ...(missCost !== undefined && { missCostMs: readMissCost(missCost) }),
  };
}
