import { renderBars } from "../rendering/bars.ts";
import { formatBytes, formatMs } from "../rendering/format.ts";
import type { Cell, Chart } from "../suite.ts";
import type { ModulesAnswer, ModulesTask } from "./measure-modules.ts";
import { sentenceOf, summarizeReloaders } from "./tabulate-modules.ts";

/** The charts of the modules suite: time and memory of a reload. */
export function drawModules(cells: readonly Cell<ModulesTask, ModulesAnswer>[]): Chart[] {
  const summaries = summarizeReloaders(cells);
  if (summaries.length === 0) return [];
  const chart = (title: string, unit: string, value: "ms" | "kept"): Chart => ({
    title,
    note: `${sentenceOf(summaries)} Lower is better.`,
    html: renderBars(
      title,
      unit,
      summaries.map(({ reloader, ms, keptBytes }) => ({
        arm: reloader,
        group: "",
        value: value === "ms" ? ms.median : Math.max(0, keptBytes),
        label: value === "ms" ? formatMs(ms.median) : formatBytes(Math.max(0, keptBytes)),
      })),
    ),
  });
  return [
    chart("Memory that each reload leaves behind", "bytes", "kept"),
    chart("Time of a reload", "ms", "ms"),
  ];
}
