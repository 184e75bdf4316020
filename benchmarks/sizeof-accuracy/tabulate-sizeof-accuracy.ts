import type { Cell, Table } from "../suite.ts";
import type { AccuracyAnswer, AccuracyRow, AccuracyTask } from "./measure-sizeof-accuracy.ts";
import { errorOf, isWithinBounds, scoreOf } from "./score.ts";

/** Rows of each runtime. */
export function rowsByRuntime(
  cells: readonly Cell<AccuracyTask, AccuracyAnswer>[],
): Map<string, AccuracyRow[]> {
  const byRuntime = new Map<string, AccuracyRow[]>();
  for (const { answer } of cells) {
    byRuntime.set(answer.runtime, [...(byRuntime.get(answer.runtime) ?? []), ...answer.rows]);
  }
  return byRuntime;
}

/** Names of the arms with their estimate of a row. */
export function armsOf(rows: readonly AccuracyRow[]): [string, (row: AccuracyRow) => number][] {
  const others = Object.keys(rows[0]?.others ?? {});
  return [
    ["heapwise sizeof", ({ bytes }) => bytes],
    ...others.map((name): [string, (row: AccuracyRow) => number] => [
      name,
      (row) => row.others[name]!,
    ]),
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** The scores, and the measured size of each value. */
export function tabulateAccuracy(cells: readonly Cell<AccuracyTask, AccuracyAnswer>[]): Table[] {
  return [...rowsByRuntime(cells)].flatMap(([runtime, rows]) => [
    scores(runtime, rows),
    values(runtime, rows),
  ]);
}

function scores(runtime: string, rows: readonly AccuracyRow[]): Table {
  const knowable = rows.filter(({ hidden }) => hidden === undefined).length;
  const bounded = rows.filter(({ opaque }) => opaque === 0);
  const outside = bounded.filter((row) => !isWithinBounds(row)).map(({ name }) => name);
  return {
    title: `Accuracy on ${runtime}`,
    note:
      `For ${knowable} kinds of values whose size can be known, measured by the growth of the heap in fresh processes. ` +
      `Bounds of measure(): ${bounded.length - outside.length} of ${bounded.length} values that are not opaque lie within them` +
      `${outside.length > 0 ? `, not ${outside.join(", ")}` : ""}.`,
    columns: ["", "within 10%", "within a factor of 2", "median error"],
    rows: armsOf(rows).map(([name, estimateOf]) => {
      const { within10, within2x, medianError } = scoreOf(rows, estimateOf);
      return [name, percent(within10), percent(within2x), percent(medianError)];
    }),
  };
}

function values(runtime: string, rows: readonly AccuracyRow[]): Table {
  const arms = armsOf(rows);
  return {
    title: `Bytes of values on ${runtime}`,
    note: 'One value, without the parts that it shares with others of its kind. The last column says why a size cannot be known; such rows count in no score. "–" means that the result is not a number.',
    columns: ["value", "true", ...arms.map(([name]) => name), "error", "min", "max", "hidden"],
    rows: rows.map((row) => [
      row.name,
      formatCount(row.truth),
      ...arms.map(([, estimateOf]) => formatCount(estimateOf(row))),
      percent(errorOf(row.bytes, row.truth)),
      formatCount(row.min),
      row.max === Infinity ? "∞" : formatCount(row.max),
      row.hidden ?? "",
    ]),
  };
}

function formatCount(count: number): string {
  return Number.isNaN(count) ? "–" : Math.round(count).toLocaleString("en-US");
}
