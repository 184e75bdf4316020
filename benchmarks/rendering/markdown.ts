import type { Table } from "../suite.ts";
import { numericColumns } from "./numeric-columns.ts";
import { describeRun, TITLES } from "./page.ts";
import type { Report } from "./page.ts";

function renderTable({ title, note, columns, rows }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const rule = numericColumns({ columns, rows }).map((isNumber) => (isNumber ? "--:" : ":--"));
  return [`### ${title}`, "", note, "", line(columns), line(rule), ...rows.map(line)].join("\n");
}

/** Renders the tables of a run as a page for the documentation. */
export function renderMarkdown(report: Report): string {
  const facts = describeRun(report).map(([name, value]) => `- ${name}: ${value}`);
  const suites = report.suites.map(({ name, tables }) =>
    [`## ${TITLES[name] ?? name}`, ...tables.map(renderTable)].join("\n\n"),
  );
  const intro =
    "Ratios are against lru-cache, measured in the same rounds of the same process: below 1 is better. " +
    "How they are measured, and why so: [the benchmark harness](decisions/benchmark-harness.md).";
  return `${["# Benchmarks", intro, facts.join("\n"), ...suites].join("\n\n")}\n`;
}
