import { formatEntries, formatMs } from "../rendering/format.ts";
import { spreadOf } from "../statistics.ts";
import type { Cell, Table } from "../suite.ts";
import { nameKeys } from "../workloads/keys.ts";
import type { GrowthAnswer, GrowthTask } from "./measure-growth.ts";

type Cells = readonly Cell<GrowthTask, GrowthAnswer>[];

/** One arm on one kind of keys, over all its runs: medians of the runs. */
export interface GrowthRow {
  readonly arm: string;
  readonly keys: string;
  readonly longestMs: number;
  readonly longestOwnMs: number;
  readonly longestAt: number;
  readonly totalMs: number;
}

/** Joins the runs of each arm. */
export function joinGrowth(cells: Cells): GrowthRow[] {
  const groups = new Map<string, Cells>();
  for (const cell of cells) {
    const id = `${cell.task.arm}, ${nameKeys(cell.task.shape)}`;
    groups.set(id, [...(groups.get(id) ?? []), cell]);
  }
  return [...groups.values()].map((runs) => {
    const median = (pick: (answer: GrowthAnswer) => number): number =>
      spreadOf(runs.map(({ answer }) => pick(answer))).median;
    return {
      arm: runs[0]!.task.arm,
      keys: nameKeys(runs[0]!.task.shape),
      longestMs: median(({ longestMs }) => longestMs),
      longestOwnMs: median(({ longestOwnMs }) => longestOwnMs),
      longestAt: median(({ longestAt }) => longestAt),
      totalMs: median(({ totalMs }) => totalMs),
    };
  });
}

/** The table of the growth suite. */
export function tabulateGrowth(cells: Cells): Table[] {
  const entries = formatEntries(cells[0]?.task.entries ?? 0);
  return [
    {
      title: `The longest insert while growing to ${entries} entries`,
      note: "In milliseconds, each run in a fresh process. Own time is without garbage collections during the insert: growing and rehashing alone.",
      columns: [
        "cache",
        "keys",
        "longest, own time",
        "at entries",
        "longest with gc",
        "all inserts",
      ],
      rows: joinGrowth(cells).map((row) => [
        row.arm,
        row.keys,
        formatMs(row.longestOwnMs),
        row.longestAt.toLocaleString("en"),
        formatMs(row.longestMs),
        formatMs(row.totalMs),
      ]),
    },
  ];
}
