import { styleText } from "node:util";
import CliTable from "cli-table3";
import { OURS } from "../adapters/catalogue.ts";
import type { Table } from "../suite.ts";
import { numericColumns } from "./numeric-columns.ts";

/**
 * Prints a table to the standard output: names on the left, numbers on the right, our default in
 * bold.
 */
export function printTable({ title, note, columns, rows }: Table): void {
  const bold = (text: string): string => (process.stdout.isTTY ? styleText("bold", text) : text);
  const table = new CliTable({
    head: columns.map((column) => (column === OURS ? bold(column) : column)),
    colAligns: numericColumns({ columns, rows }).map((isNumber) => (isNumber ? "right" : "left")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push(row.map((text, i) => (columns[i] === OURS || text === OURS ? bold(text) : text)));
  }
  process.stdout.write(`\n${bold(title)}\n${note}\n${table.toString()}\n`);
}
