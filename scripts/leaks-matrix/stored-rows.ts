import type { Outcome } from "./read-outcome.ts";

/** Where programs run. */
export interface Cell {
  /** The version of Node. */
  readonly node: string;
  readonly pool: "threads" | "forks";
  readonly coverage: boolean;
}

/** One row of the table: the last result of a cell, and where it comes from. */
export interface Row extends Cell, Outcome {
  /** How often each program ran. */
  readonly repeats: number;
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
}

/** Whether a row holds what is asked of a cell, so that it need not run again. */
export function isDone(rows: readonly Row[], cell: Cell, repeats: number, commit: string): boolean {
  const row = rows.find((each) => isSameCell(each, cell));
  if (row === undefined || row.repeats < repeats || row.commit !== commit) return false;
  return !isWrong(row);
}

/** The rows with a new one in place of that of its cell, in the order of the table. */
export function withRow(rows: readonly Row[], row: Row): Row[] {
  return [...rows.filter((each) => !isSameCell(each, row)), row].sort(byCell);
}

/** Whether a program failed, or none ran. */
export function isWrong({ failures, programs, wrong }: Row): boolean {
  return failures.length > 0 || programs === 0 || wrong > 0;
}

/** Two patches of one version of Node are the same cell: the newer result counts. */
function isSameCell(one: Cell, other: Cell): boolean {
  return byCell(one, other) === 0;
}

function byCell(one: Cell, other: Cell): number {
  return (
    majorOf(one) - majorOf(other) ||
    -one.pool.localeCompare(other.pool) ||
    Number(one.coverage) - Number(other.coverage)
  );
}

function majorOf({ node }: Cell): number {
  return Number.parseInt(node, 10);
}
