import type { ReadOptions } from "../trace-file.ts";
import { BadTrace } from "./bad-trace.ts";
import type { KeyColumn } from "./choose-key.ts";
import { chooseColumn, hasHeader, listNames } from "./choose-key.ts";
import { CsvReader, readRows } from "./csv-reader.ts";
import type { RequestSink } from "./request-sink.ts";
import type { TraceReader } from "./trace-reader.ts";

/** How a table is read. */
export interface TablePlan {
  /** The column of the key, for the user. */
  readonly key: string;
  readonly used: readonly (keyof ReadOptions)[];
  open(sink: RequestSink): TraceReader;
}

const SEPARATORS = [",", "\t", ";", "|"];
const SAMPLE_ROWS = 500;

/** The separator that gives nearly all rows the same number of columns, and most of them. */
export function findSeparator(text: string): string | undefined {
  let [found, most] = [undefined as string | undefined, 1];
  for (const separator of SEPARATORS) {
    if (!text.includes(separator)) continue;
    const counts = new Map<number, number>();
    const rows = readRows(text, separator, SAMPLE_ROWS);
    for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
    const [[width, count] = [0, 0]] = [...counts].sort(([, a], [, b]) => b - a);
    if (width > most && count >= 0.9 * rows.length) [found, most] = [separator, width];
  }
  return found;
}

/**
 * Whether a line is the header of a libCacheSim table: of its tracePrint, or of the sample
 * data/cloudPhysicsIO.csv (https://github.com/1a1a11a/libCacheSim). Without a header it looks like
 * any other table, and `--format` must say it.
 */
export function isLibCacheSim(line: string): boolean {
  return /^#?\s*time\s*,\s*object\s*,\s*size\b/.test(line) || line === "version,time,op,size,lbn";
}

/**
 * Plans how a table is read by its first rows.
 * @throws BadTrace if the column of the key does not show, or is not there.
 */
export function planTable(
  text: string,
  format: "csv" | "tsv" | "libcachesim-csv",
  options: ReadOptions,
): TablePlan {
  const usual = format === "tsv" ? "\t" : format === "csv" ? findSeparator(text) : ",";
  const separator = options.separator ?? usual ?? ",";
  const rows = readRows(text, separator, SAMPLE_ROWS);
  const isNamed = isLibCacheSim(text.slice(0, 100).split(/[\r\n]/)[0]!) || isHeader(rows, options);
  const column =
    format === "libcachesim-csv" && options.column === undefined
      ? libCacheSimColumn(rows, isNamed)
      : chooseColumn(rows, isNamed, options.column);
  if (column === undefined) return failToChoose(rows, isNamed);
  const name = column.name === undefined ? "" : ` "${column.name}"`;
  const used: (keyof ReadOptions)[] = [];
  if (options.column !== undefined) used.push("column");
  if (options.separator !== undefined) used.push("separator");
  return {
    key: `column ${column.index + 1}${name}${column.isGuessed ? " (guessed)" : ""}`,
    used,
    open: (sink) => new CsvReader(sink, separator, column.index, isNamed),
  };
}

/** A column that is asked for by a name in the first row makes that row a header. */
function isHeader(rows: readonly (readonly string[])[], { column = "" }: ReadOptions): boolean {
  const isNumber = /^\s*\d*\s*$/.test(column);
  const isThere = (rows[0] ?? []).some((name) => name.trim() === column.trim());
  return hasHeader(rows) || (isThere && !isNumber);
}

function libCacheSimColumn(rows: readonly (readonly string[])[], isNamed: boolean): KeyColumn {
  const index = isNamed && rows[0]!.at(-1) === "lbn" ? rows[0]!.length - 1 : 1;
  const name = isNamed ? rows[0]![index]?.trim() : undefined;
  return { index, isGuessed: false, ...(name !== undefined && { name }) };
}

function failToChoose(rows: readonly (readonly string[])[], isNamed: boolean): never {
  const names = listNames(rows[0] ?? []);
  if (isNamed)
    throw new BadTrace("no column that is surely the key", `--column with one of ${names}`);
  const width = rows[0]?.length ?? 0;
  throw new BadTrace(
    `a table without names of columns (first row: ${names})`,
    `--column with a number from 1 to ${width}, or --format lines`,
  );
}
