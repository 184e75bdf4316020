/** Finds the table in a text: its start and the separator of its columns. */
import type { ReadOptions } from "../trace-file.ts";
import { hasHeader } from "./choose-key.ts";
import { readRows } from "./csv-reader.ts";

/** The start of a table. */
export interface TableStart {
  /**
   * Lines before the table: comments, a title, the separator as Excel writes it, and empty lines.
   */
  readonly linesBefore: number;
  /** The text from the first row on. */
  readonly text: string;
  /** Undefined if the text has one column. */
  readonly separator?: string;
}

const SEPARATORS = [",", "\t", ";", "|"];
const COMMENT = /^\s*"?(#|\/\/|--|%)/;
const SEPARATOR = /^\s*"?sep=(.)"?\s*$/i;
const SAMPLE_ROWS = 500;
/** The longest text before a table. */
const MOST_LINES = 100;

interface Line {
  readonly text: string;
  /** Position of the next line. */
  readonly end: number;
}

function firstLines(text: string): Line[] {
  const lines: Line[] = [];
  for (const { 0: line, index } of text.matchAll(/[^\r\n]*(\r\n|\n|\r|$)/g)) {
    if (lines.length === MOST_LINES || line === "") break;
    lines.push({ text: line.trim(), end: index + line.length });
  }
  return lines;
}

/** The most frequent number; the greater one if two are equally frequent. */
function usual(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || b - a)[0]?.[0] ?? 0;
}

const filled = (row: readonly string[]): number =>
  row.filter((field) => field.trim() !== "").length;

/**
 * The separator that gives nearly all rows after a title the same number of columns. If there are
 * several, the one with most columns.
 */
function findSeparator(text: string): string | undefined {
  let [found, most] = [undefined as string | undefined, 1];
  for (const separator of SEPARATORS) {
    if (!text.includes(separator)) continue;
    const all = readRows(text, separator, SAMPLE_ROWS);
    const first = all.slice(0, MOST_LINES / 10).findIndex((row) => filled(row) > 1);
    const widths = all.slice(Math.max(0, first)).map((row) => row.length);
    const width = usual(widths);
    const count = widths.filter((one) => one === width).length;
    if (width > most && count >= 0.9 * widths.length) [found, most] = [separator, width];
  }
  return found;
}

/**
 * Finds the first row of a table, which is the header if there is one. A comment as wide as the
 * table may be the header itself, as in `#time,url`. The comment is not the header if the next row
 * is one.
 */
export function findTableStart(
  text: string,
  { separator: given, column }: Pick<ReadOptions, "separator" | "column">,
): TableStart {
  const lines = firstLines(text);
  const isBefore = (line: string): boolean =>
    line === "" || COMMENT.test(line) || SEPARATOR.test(line);
  const afterComments = lines.findIndex((line) => !isBefore(line.text));
  const body = text.slice(lines[afterComments - 1]?.end ?? 0);
  const hint = lines.map((line) => SEPARATOR.exec(line.text)?.[1]).find((sign) => sign);
  const separator = given ?? hint ?? findSeparator(body);
  const found = separator === undefined ? {} : { separator };
  const rowOf = (line: string): string[] => readRows(line, separator ?? ",", 1)[0] ?? [];
  const rows = readRows(body, separator ?? ",", SAMPLE_ROWS);
  const isTable = usual(rows.map(filled)) > 1;
  const isTitle = (line: string): boolean => {
    const row = rowOf(line);
    // A row without fields has a quote that ends on a later line.
    return isTable && row.length > 0 && filled(row) <= 1;
  };
  const afterTitle = lines.findIndex(({ text: line }) => !isBefore(line) && !isTitle(line));
  const width = usual(rows.map((row) => row.length));
  const rest = readRows(text.slice(lines[afterTitle - 1]?.end ?? 0), separator ?? ",", SAMPLE_ROWS);
  const hasNames = afterTitle !== -1 && hasHeader(rest, column);
  const isRow = ({ text: line }: Line, at: number): boolean => {
    if (at === afterTitle) return true;
    if (line === "" || SEPARATOR.test(line)) return false;
    return !hasNames && rowOf(line).length === width;
  };
  const linesBefore = Math.max(0, lines.findIndex(isRow));
  return { linesBefore, text: text.slice(lines[linesBefore - 1]?.end ?? 0), ...found };
}
