import { BASELINE } from "../adapters/catalogue.ts";
import { formatEntries, formatMs, formatSpread } from "../rendering/format.ts";
import { ratioOf, spreadOf } from "../statistics.ts";
import type { Spread } from "../statistics.ts";
import type { Cell, Table } from "../suite.ts";
import type { CollectionsAnswer, CollectionsTask } from "./measure-gc.ts";

type Cells = readonly Cell<CollectionsTask, CollectionsAnswer>[];

/** One arm on one kind of keys, over all its runs. */
export interface CollectionsRow {
  readonly arm: string;
  readonly keys: string;
  readonly entries: number;
  /**
   * Time in full collections divided by the time of the baseline in the same round of processes.
   */
  readonly ratio: Spread;
  readonly fullMs: number;
  readonly scavengeMs: number;
  readonly runs: number;
}

/** Joins the runs of each arm. */
export function joinRuns(cells: Cells): CollectionsRow[] {
  const runsOf = (arm: string, kind: string): CollectionsAnswer[] =>
    cells
      .filter(({ task }) => task.arm === arm && task.shape.kind === kind)
      .sort((a, b) => a.task.repeat - b.task.repeat)
      .map(({ answer }) => answer);
  const kinds = [...new Set(cells.map(({ task }) => task.shape.kind))];
  const arms = [...new Set(cells.map(({ task }) => task.arm))];
  return kinds.flatMap((kind) => {
    const baseline = runsOf(BASELINE, kind).map(({ fullMs }) => fullMs);
    const rows = arms.map((arm) => {
      const runs = runsOf(arm, kind);
      const full = runs.map(({ fullMs }) => fullMs);
      return {
        arm,
        keys: kind,
        entries: cells[0]!.task.entries,
        ratio: ratioOf(full, baseline),
        fullMs: spreadOf(full).median,
        scavengeMs: spreadOf(runs.map(({ scavengeMs }) => scavengeMs)).median,
        runs: runs.length,
      };
    });
    return rows.sort((a, b) => a.ratio.median - b.ratio.median);
  });
}

/** The table of the gc suite. */
export function tabulateCollections(cells: Cells): Table[] {
  const rows = joinRuns(cells);
  const [first] = cells;
  return [
    {
      title: `Garbage collection with ${formatEntries(first?.task.entries ?? 0)} live entries under churn`,
      note: `Time in ${first?.answer.fullCount ?? 0} full collections, and in the scavenges between them, during ${(first?.answer.inserts ?? 0).toLocaleString("en")} inserts. The ratio is to ${BASELINE} in the same run, median and quartiles. "nothing" makes the same keys and has no cache.`,
      columns: ["cache", "keys", "full, ratio", "full, ms", "scavenges, ms", "runs"],
      rows: rows.map((row) => [
        row.arm,
        row.keys,
        formatSpread(row.ratio),
        formatMs(row.fullMs),
        formatMs(row.scavengeMs),
        String(row.runs),
      ]),
    },
  ];
}
