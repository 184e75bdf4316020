import { visible } from "../paths/visible.ts";

/** A column of a table: numbers stand at the right, names at the left. */
export interface Column {
  readonly title: string;
  /** Whether the column holds names: these are cut if the table is too wide. */
  readonly isName?: boolean;
}

const GAP = "  ";
const LEAST_NAME = 16;

/**
 * The lines of a table, the first of which has the titles. The last column may hold names, which
 * are cut in the middle if a line would be longer than `width`.
 */
export function tableOf(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = columns.map(({ isName }, at) =>
    isName === true
      ? 0
      : rows.reduce((widest, row) => Math.max(widest, row[at]!.length), titles[at]!.length),
  );
  const taken = widths.reduce((sum, each) => sum + each + (each > 0 ? GAP.length : 0), 0);
  const left = Math.max(LEAST_NAME, width - taken);
  return [titles, ...rows].map((row) =>
    row
      .map((cell, at) =>
        columns[at]!.isName === true ? cutMiddle(visible(cell), left) : cell.padStart(widths[at]!),
      )
      .join(GAP),
  );
}

/** A count with commas, such as 12,345. */
export function printCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** A count and its noun: 1 node, 2 nodes. */
export function countOf(count: number, noun: string): string {
  return `${printCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A change of a count, with its sign: +12, -3, 0. */
export function printChange(change: number): string {
  const digits = printCount(Math.abs(change));
  return change > 0 ? `+${digits}` : change < 0 ? `-${digits}` : "0";
}

/** Bytes in a unit that keeps the number short, such as 12.3 MB, which is 12.3 million bytes. */
export function printBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = Math.abs(bytes);
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const number = unit === 0 ? String(size) : size.toFixed(1);
  return `${bytes < 0 ? "-" : ""}${number} ${units[unit]}`;
}

/** A change of bytes, with its sign. */
export function printByteChange(bytes: number): string {
  return bytes > 0 ? `+${printBytes(bytes)}` : printBytes(bytes);
}

/** The text with an ellipsis in the middle if it is longer than `width`. */
export function cutMiddle(text: string, width: number): string {
  const letters = [...text];
  if (letters.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  const start = width - 1 - end;
  return `${letters.slice(0, start).join("")}…${letters.slice(letters.length - end).join("")}`;
}
