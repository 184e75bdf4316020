import { mean } from "d3-array";
import { BASELINE, OURS } from "../adapters/catalogue.ts";
import { formatPercent } from "../rendering/format.ts";
import type { Cell, RunOptions, Table } from "../suite.ts";
import { tabulateAdvice } from "./advice/paragraphs.ts";
import type { HitsAnswer, HitsTask } from "./measure-hit-ratio.ts";
import { OPT } from "./opt.ts";

type Cells = readonly Cell<HitsTask, HitsAnswer>[];

/** Sorts the sizes of several measurements of one arm. */
function merge(answers: readonly HitsAnswer[]): HitsAnswer {
  const points = answers
    .flatMap(({ capacities, hitRatios, hitsByTenth }) =>
      capacities.map((size, i) => ({ size, ratio: hitRatios[i]!, tenths: hitsByTenth?.[i] })),
    )
    .sort((a, b) => a.size - b.size);
  const hitsByTenth = points.flatMap(({ tenths }) => (tenths ? [tenths] : []));
  return {
    ...answers[0]!,
    capacities: points.map(({ size }) => size),
    hitRatios: points.map(({ ratio }) => ratio),
    ...(hitsByTenth.length > 0 && { hitsByTenth }),
  };
}

/** Answers by trace, then by arm. */
export function byTrace(cells: Cells): Map<string, Map<string, HitsAnswer>> {
  const parts = new Map<string, Map<string, HitsAnswer[]>>();
  for (const { task, answer } of cells) {
    const arms = parts.get(task.trace) ?? new Map<string, HitsAnswer[]>();
    parts.set(task.trace, arms.set(task.arm, [...(arms.get(task.arm) ?? []), answer]));
  }
  const mergeArms = (arms: ReadonlyMap<string, HitsAnswer[]>): Map<string, HitsAnswer> =>
    new Map([...arms].map(([arm, answers]) => [arm, merge(answers)]));
  return new Map([...parts].map(([trace, arms]) => [trace, mergeArms(arms)]));
}

/** Names of the arms in the order in which they were measured. */
export function armsOf(cells: Cells): string[] {
  return [...new Set(cells.map(({ task }) => task.arm))];
}

function tabulateTraces(cells: Cells): Table {
  const arms = armsOf(cells);
  return {
    title: "Hit ratio of every trace and size",
    note: "In percent of all requests, from an empty cache. OPT knows the future: no cache can pass it. quick-lru may hold twice its capacity.",
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

/** The mean over traces of the mean over sizes. */
export function meanHitRatio(
  traces: readonly ReadonlyMap<string, HitsAnswer>[],
  arm: string,
): number {
  return mean(traces, (answers) => mean(answers.get(arm)!.hitRatios)!)!;
}

function tabulateMeans(cells: Cells, base: string): Table {
  const traces = [...byTrace(cells).values()];
  const meanOf = (arm: string): number => meanHitRatio(traces, arm);
  const [ceiling, baseline] = [meanOf(OPT), meanOf(base)];
  const worst = (arm: string): number =>
    Math.min(
      ...traces.flatMap((answers) =>
        answers.get(arm)!.hitRatios.map((ratio, i) => ratio - answers.get(base)!.hitRatios[i]!),
      ),
    );
  return {
    title: "Mean hit ratio",
    note: "In percent, over the sizes and traces of this run. The last column is the worst single size of any trace, in points.",
    columns: ["cache", "mean", `over ${base}`, "gap to OPT", `worst against ${base}`],
    rows: armsOf(cells).map((arm) => [
      arm,
      formatPercent(meanOf(arm)),
      formatPercent(meanOf(arm) - baseline),
      formatPercent(ceiling - meanOf(arm)),
      formatPercent(worst(arm)),
    ]),
  };
}

/** A table for a trace of the user: there may be many sizes, and long names. */
function tabulateOwn(
  trace: string,
  answers: ReadonlyMap<string, HitsAnswer>,
  arms: readonly string[],
): Table {
  const [{ requests, keys, capacities }] = answers.values() as unknown as [HitsAnswer];
  const policy = /^heapwise (.*)$/;
  return {
    title: `Hit ratio of ${trace}`,
    note: `In percent of its ${requests.toLocaleString("en")} requests, from an empty cache. OPT knows the future: no cache can pass it. Columns with brackets are our policies; lru() is exact, like lru-cache.`,
    columns: ["entries", "of the keys", ...arms.map((arm) => arm.replace(policy, "$1()"))],
    rows: capacities.map((capacity, i) => [
      capacity.toLocaleString("en"),
      `${formatPercent(capacity / keys)}%`,
      ...arms.map((arm) => formatPercent(answers.get(arm)!.hitRatios[i]!)),
    ]),
  };
}

/** The tables of the hit-ratio suite. */
export function tabulateHits(cells: Cells, options?: Pick<RunOptions, "own">): Table[] {
  if (!options?.own) return [tabulateMeans(cells, BASELINE), tabulateTraces(cells)];
  const [arms, traces] = [armsOf(cells), byTrace(cells)];
  const tables = [...traces].map(([trace, answers]) => tabulateOwn(trace, answers, arms));
  if (traces.size === 1) return tables;
  return [tabulateAdvice(traces, options.own), tabulateMeans(cells, OURS), ...tables];
}
