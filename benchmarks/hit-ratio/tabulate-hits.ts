import { mean } from "d3-array";
import { BASELINE } from "../adapters/catalogue.ts";
import { formatPercent } from "../rendering/format.ts";
import type { Cell, Table } from "../suite.ts";
import type { HitsAnswer, HitsTask } from "./measure-hits.ts";
import { OPT } from "./opt.ts";

type Cells = readonly Cell<HitsTask, HitsAnswer>[];

/** Answers by trace, then by arm. */
export function byTrace(cells: Cells): Map<string, Map<string, HitsAnswer>> {
  const traces = new Map<string, Map<string, HitsAnswer>>();
  for (const { task, answer } of cells) {
    const arms = traces.get(task.trace) ?? new Map<string, HitsAnswer>();
    traces.set(task.trace, arms.set(task.arm, answer));
  }
  return traces;
}

/** Names of the arms in the order in which they were measured. */
export function armsOf(cells: Cells): string[] {
  return [...new Set(cells.map(({ task }) => task.arm))];
}

function tabulateTraces(cells: Cells): Table {
  const arms = armsOf(cells);
  return {
    title: "Hit ratio of every trace and size",
    note: "In percent of all requests, from an empty cache. OPT knows the future: no cache can pass it. quick-lru may hold twice as many entries as it was asked for.",
    columns: ["trace", "entries", ...arms],
    rows: [...byTrace(cells)].flatMap(([trace, answers]) => {
      const [first] = answers.values();
      return first!.capacities.map((capacity, i) => [
        trace,
        capacity.toLocaleString("en"),
        ...arms.map((arm) => formatPercent(answers.get(arm)!.hitRatios[i]!)),
      ]);
    }),
  };
}

function tabulateMeans(cells: Cells): Table {
  const traces = [...byTrace(cells).values()];
  const meanOf = (arm: string): number =>
    mean(traces, (answers) => mean(answers.get(arm)!.hitRatios)!)!;
  const [ceiling, baseline] = [meanOf(OPT), meanOf(BASELINE)];
  const worst = (arm: string): number =>
    Math.min(
      ...traces.flatMap((answers) =>
        answers.get(arm)!.hitRatios.map((ratio, i) => ratio - answers.get(BASELINE)!.hitRatios[i]!),
      ),
    );
  return {
    title: "Mean hit ratio",
    note: "In percent, over the sizes and traces of this run. The last column is the worst single size of any trace, in points.",
    columns: ["cache", "mean", `over ${BASELINE}`, "gap to OPT", `worst against ${BASELINE}`],
    rows: armsOf(cells).map((arm) => [
      arm,
      formatPercent(meanOf(arm)),
      formatPercent(meanOf(arm) - baseline),
      formatPercent(ceiling - meanOf(arm)),
      formatPercent(worst(arm)),
    ]),
  };
}

/** The tables of the hit-ratio suite. */
export function tabulateHits(cells: Cells): Table[] {
  return [tabulateMeans(cells), tabulateTraces(cells)];
}
