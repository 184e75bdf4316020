import type { ReadOptions } from "../trace-file.ts";
import { BadTrace } from "./bad-trace.ts";
import type { KeyColumn } from "./choose-key.ts";
import { chooseColumn, hasHeader, listNames } from "./choose-key.ts";
import { CsvReader, readRows } from "./csv-reader.ts";
import type { RequestSink } from "./request-sink.ts";
import { findTableStart } from "./table-start.ts";
import type { TraceReader } from "./trace-reader.ts";

/** How a table is read. */
export interface TablePlan {
  /** The column of the key, in words for the user. */
  readonly key: string;
  readonly used: readonly (keyof ReadOptions)[];
  open(sink: RequestSink): TraceReader;
}

const SAMPLE_ROWS = 500;

/**
 * Whether a line is the header of a libCacheSim table: of its tracePrint, or of the sample
 * data/cloudPhysicsIO.csv (https://github.com/1a1a11a/libCacheSim). Without a header it looks like
 * any other table, and the user must set `--format`.
 */
export function isLibCacheSim(line: string): boolean {
  return /^#?\s*time\s*,\s*object\s*,\s*size\b/.test(line) || line === "version,time,op,size,lbn";
}

/**
 * Plans how a table is read by its first rows.
 * @throws {BadTrace} if the column of the key cannot be found or does not exist.
 */
export function planTable(
  text: string,
  format: "csv" | "tsv" | "libcachesim-csv",
  options: ReadOptions,
): TablePlan {
  const usual = format === "csv" ? {} : { separator: format === "tsv" ? "\t" : "," };
  const start = findTableStart(text, { ...usual, ...options });
  const { separator = "," } = start;
  const rows = readRows(start.text, separator, SAMPLE_ROWS);
  const isNamed =
    isLibCacheSim(start.text.slice(0, 100).split(/[\r\n]/)[0]!) || hasHeader(rows, options.column);
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
    open: (sink) =>
      new CsvReader(sink, {
        separator,
        column: column.index,
        isNamed,
        linesBefore: start.linesBefore,
      }),
  };
}

function libCacheSimColumn(rows: readonly (readonly string[])[], isNamed: boolean): KeyColumn {
  const index = isNamed && rows[0]!.at(-1) === "lbn" ? rows[0]!.length - 1 : 1;
  const name = isNamed ? rows[0]![index]?.trim() : undefined;
  return { index, isGuessed: false, ...(name !== undefined && { name }) };
}

function failToChoose(rows: readonly (readonly string[])[], isNamed: boolean): never {
  const names = listNames(rows[0] ?? []);
  if (isNamed)
    throw new BadTrace("no column that is certainly the key", `--column with one of ${names}`);
  const width = rows[0]?.length ?? 0;
  if (width > 1 && rows[0]!.every((name) => /\p{L}/u.test(name)))
    throw new BadTrace(
      `a table whose key cannot be found (first row: ${names})`,
      `--column with a name in the first row or a number from 1 to ${width}, or --format lines`,
    );
  throw new BadTrace(
    `a table without names of columns (first row: ${names})`,
    `--column with a number from 1 to ${width}, or --format lines`,
  );
}
