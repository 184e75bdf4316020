import type { AdviceParagraph, Table } from "../suite.ts";
import { numericColumns } from "./numeric-columns.ts";
import { describeRun } from "./page.ts";
import type { Report } from "./page.ts";

/** Escapes a text, so that a page shows it as it is: names of files may contain anything. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, "\\$&");
}

function renderParagraph({ title, headline, reasons, code }: AdviceParagraph): string {
  const block = code === undefined ? [] : ["```ts fragment\n" + code + "\n```"];
  return [
    `### ${escapeMarkdown(title)}`,
    `**${escapeMarkdown(headline)}**`,
    ...reasons.map(escapeMarkdown),
    ...block,
  ].join("\n\n");
}

function renderAdvice({ suites, notes = [] }: Report): string[] {
  const paragraphs = suites.flatMap(({ advice = [] }) => advice);
  if (paragraphs.length === 0) return [];
  const lines = notes.map((note) => `- ${escapeMarkdown(note)}`).join("\n");
  return ["## Advice", ...(lines === "" ? [] : [lines]), ...paragraphs.map(renderParagraph)];
}

function renderTable({ title, note, columns, rows }: Table): string {
  const escape = (text: string): string => text.replace(/[|<`]/g, "\\$&");
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(" | ")} |`;
  const rule = numericColumns({ columns, rows }).map((isNumber) => (isNumber ? "--:" : ":--"));
  return [`### ${escape(title)}`, "", note, "", line(columns), line(rule), ...rows.map(line)].join(
    "\n",
  );
}

/** Renders the tables of a run as a page for the documentation. */
export function renderMarkdown(report: Report): string {
  const facts = describeRun(report).map(([name, value]) => `- ${name}: ${value}`);
  const suites = report.suites.map(({ title, tables }) =>
    [`## ${title}`, ...tables.map(renderTable)].join("\n\n"),
  );
  const intro =
    "Ratios are relative to lru-cache, measured in the same rounds of the same process: below 1 is better. " +
    "How they are measured, and why: [the benchmark harness](decisions/benchmark-harness.md).";
  return `${["# Benchmarks", intro, facts.join("\n"), ...renderAdvice(report), ...suites].join("\n\n")}\n`;
}
