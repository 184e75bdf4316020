import type { Machine } from "../machine.ts";
import type { SuiteReport } from "../run-suite.ts";
import type { AdviceParagraph, Chart, Table } from "../suite.ts";
import { OURS } from "../adapters/catalogue.ts";
import { escapeHtml } from "./escape-html.ts";
import { numericColumns } from "./numeric-columns.ts";
import { STYLE } from "./style.ts";

/** The content of the page. */
export interface Report {
  readonly command: string;
  readonly machine: Machine;
  readonly suites: readonly SuiteOfReport[];
  /** How the user's own data was read. */
  readonly notes?: readonly string[];
}

type SuiteOfReport = Pick<SuiteReport, "name" | "title" | "seconds" | "tables" | "charts"> &
  Partial<Pick<SuiteReport, "cells" | "advice">>;

function renderChart({ title, note, html }: Chart): string {
  return `<section class="chart"><h3>${escapeHtml(title)}</h3><p>${escapeHtml(note)}</p><div class="scroll">${html}</div></section>`;
}

function renderTable({ title, note, columns, rows }: Table): string {
  const isNumber = numericColumns({ columns, rows });
  const classesOf = (column: string, i: number): string => {
    const classes = [column === OURS ? "ours" : "", isNumber[i] ? "number" : ""].filter(Boolean);
    return classes.length > 0 ? ` class="${classes.join(" ")}"` : "";
  };
  const head = columns.map(
    (column, i) => `<th scope="col"${classesOf(column, i)}>${escapeHtml(column)}</th>`,
  );
  const body = rows.map((row) => {
    const isOurs = row.some((text) => text.startsWith("heapwise "));
    const cells = row.map((text, i) => {
      const spread = text.match(/^(.+) (\(.+–.+\))$/);
      const content = spread
        ? `${escapeHtml(spread[1]!)} <small>${escapeHtml(spread[2]!)}</small>`
        : escapeHtml(text);
      return `<td${classesOf(columns[i]!, i)}>${content}</td>`;
    });
    return `<tr${isOurs ? ' class="ours"' : ""}>${cells.join("")}</tr>`;
  });
  return `<details open><summary>${escapeHtml(title)}</summary><p>${escapeHtml(note)}</p>
<div class="scroll"><table><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("\n")}</tbody></table></div></details>`;
}

/** Facts that a reader needs to judge the numbers or to measure them again. */
export function describeRun({ command, machine }: Report): [string, string][] {
  const rivals = Object.entries(machine.rivals).map(([name, version]) => `${name} ${version}`);
  return [
    ["Command", command],
    ["Commit", machine.commit],
    ["Date", `${machine.date.slice(0, 16).replace("T", " ")} UTC`],
    [
      "Machine",
      `${machine.processor}, ${machine.cores} cores, ${machine.memory}, ${machine.system}`,
    ],
    ["Runtime", `Node ${machine.node}, V8 ${machine.v8}`],
    ["Rivals", rivals.join(", ")],
  ];
}

function renderRun(report: Report): string {
  const facts = describeRun(report).map(
    ([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  return `<dl>${facts.join("")}</dl>`;
}

function renderParagraph({ title, headline, reasons, code }: AdviceParagraph): string {
  const lines = reasons.map((reason) => `<p>${escapeHtml(reason)}</p>`);
  const block = code === undefined ? "" : `<pre><code>${escapeHtml(code)}</code></pre>`;
  return `<section class="advice"><h3>${escapeHtml(title)}</h3>
<p><strong>${escapeHtml(headline)}</strong></p>
${lines.join("\n")}
${block}</section>`;
}

/** The advice, and how the data was read. It is the first part of the page. */
function renderAdvice({ suites, notes = [] }: Report): string {
  const paragraphs = suites.flatMap(({ advice = [] }) => advice);
  if (paragraphs.length === 0) return "";
  const lines = notes.map((note) => `<li>${escapeHtml(note)}</li>`);
  return `<section id="advice">
<h2>Advice</h2>
${notes.length > 0 ? `<ul>${lines.join("")}</ul>` : ""}
${paragraphs.map(renderParagraph).join("\n")}
</section>`;
}

/** Renders the report: one page without any other files. */
export function renderPage(report: Report): string {
  const links = report.suites.map(({ name, title }) => `<a href="#${name}">${title}</a>`);
  const suites = report.suites.map(
    ({ name, title, seconds, charts, tables }) => `<section id="${name}">
<h2>${title} <small>measured in ${seconds.toFixed(0)} s</small></h2>
${charts.map(renderChart).join("\n")}
${tables.map(renderTable).join("\n")}
</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Heapwise benchmarks</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Heapwise benchmarks</h1>
<p>Ratios are relative to lru-cache, and for designs to the chosen design, measured in the same rounds of the same process: below 1 is better. Times vary from machine to machine, ratios much less.</p>
${renderRun(report)}
<nav aria-label="Suites">${links.join("")}</nav>
</header>
<main>
${renderAdvice(report)}
${suites.join("\n")}
</main>
</body>
</html>
`;
}
