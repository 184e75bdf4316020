import type { Table } from "../suite.ts";

const NUMBER = /^([-+]?\d|–$)/;

/**
 * Returns for each column of a table whether it holds numbers only. Such a column is aligned to the
 * right.
 */
export function numericColumns({ columns, rows }: Pick<Table, "columns" | "rows">): boolean[] {
  return columns.map((_, i) => rows.every((row) => NUMBER.test(row[i]!)));
}
