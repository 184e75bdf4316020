import type { ReadOptions } from "../trace-file.ts";
import { chooseColumn, hasClock, hasHeader, isKeyName } from "./choose-key.ts";
import type { FormatName } from "./format-names.ts";
import { parseRecord } from "./json-lines.ts";
import { readRows } from "./csv-reader.ts";
import { isLibCacheSim } from "./table-plan.ts";
import type { TableStart } from "./table-start.ts";
import { findTableStart } from "./table-start.ts";

const MOST_LINES = 500;
// The pattern is slow on a line without end.
const LONGEST = 2 ** 14;

const REQUEST = /"[A-Z-]{3,} \S.*? HTTP\/\d(\.\d)?"/;
const COMMON = /^\S+ \S+ .*\[\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\] "/;
const TWITTER =
  /^\d+(\.\d+)?,.+,\d+,\d+,\d+,(gets?|set|add|replace|cas|append|prepend|delete|incr|decr),\d+$/;
const ARC = /^\d+ \d+ \d+ \d+$/;
const BLOCK = /^(\d+|\*)$/;

/**
 * The format of a text by its first lines. If they leave it open, the ending of the name decides.
 */
export function recognizeText(text: string, ending: string, options: ReadOptions): FormatName {
  if (options.format !== undefined) return options.format;
  const table = findTableStart(text, options);
  const found = guess(text, ending, table);
  // If the user names a column or a field, the lines are tables or records if they can be: other
  // files of the run may be lists of keys.
  const hasColumn = options.column !== undefined || options.separator !== undefined;
  const canBeTable = table.separator !== undefined;
  if (hasColumn && (found === "twitter" || found === "arc")) return "csv";
  if (hasColumn && found === "access-log" && canBeTable) return "csv";
  if (found !== "lines") return found;
  if (hasColumn && (canBeTable || isFirstRow(table.text, options))) return "csv";
  return options.field !== undefined && /^\s*[{[]/m.test(text) ? "jsonl" : found;
}

/** Whether the first line has more than one column, or is the name in the option. */
function isFirstRow(text: string, { column = "" }: ReadOptions): boolean {
  const [line = ""] = text.trimStart().split(/[\r\n]/, 1);
  return /[,;|\t]/.test(line) || line.trim() === column.trim();
}

function guess(text: string, ending: string, table: TableStart): FormatName {
  const lines = text
    .split(/\r\n|\n|\r/, MOST_LINES)
    .map((line) => line.trim().slice(0, LONGEST))
    .filter((line) => line !== "");
  const share = (test: (line: string) => boolean): number =>
    lines.filter(test).length / Math.max(1, lines.length);
  if (isJsonLines(text)) return "jsonl";
  if (isCutRecord(text) && (ending === ".jsonl" || ending === ".ndjson")) return "jsonl";
  if (share((line) => REQUEST.test(line) || COMMON.test(line)) >= 0.5) return "access-log";
  if (share((line) => TWITTER.test(line)) >= 0.9) return "twitter";
  if (isLibCacheSim(table.text.slice(0, 100).split(/[\r\n]/, 1)[0]!)) return "libcachesim-csv";
  if (share((line) => ARC.test(line)) >= 0.9) return "arc";
  // The first line is a number, but a table of one column would have a name there.
  if (BLOCK.test(lines[0] ?? "") && share((line) => BLOCK.test(line)) >= 0.9) {
    const isLirs = lines.includes("*") || ending === ".trc" || ending === ".lirs";
    return isLirs ? "lirs" : "lines";
  }
  return guessTable(table, ending) ?? "lines";
}

function isJsonLines(text: string): boolean {
  const lines = text.split(/\r\n|\n|\r/, MOST_LINES).filter((line) => line.trim() !== "");
  return (
    lines.length > 0 &&
    lines.filter((line) => line.trimStart().startsWith("{") && parseRecord(line)).length >=
      0.5 * lines.length
  );
}

/** Whether a text is the start of a JSON object whose line is longer than the sample. */
export function isCutRecord(text: string): boolean {
  return text.length > LONGEST && /^\s*\{[^\r\n]*$/.test(text);
}

/**
 * Recognizes a table by its separators. Keys may have commas too. So if the name does not end like
 * a table, there must be a header with the name of a key, or a column of times next to the key.
 */
function guessTable({ text, separator }: TableStart, ending: string): "csv" | "tsv" | undefined {
  const isNamed = ending === ".csv" || ending === ".tsv" || ending === ".tab";
  if (separator === undefined) return isNamed ? "csv" : undefined;
  const format = separator === "\t" ? "tsv" : "csv";
  if (isNamed) return format;
  const rows = readRows(text, separator, MOST_LINES);
  const isTable = hasHeader(rows)
    ? rows[0]!.some(isKeyName)
    : hasClock(rows) && chooseColumn(rows, false, undefined) !== undefined;
  return isTable ? format : undefined;
}
