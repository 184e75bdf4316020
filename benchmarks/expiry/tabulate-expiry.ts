import { formatEntries } from "../rendering/format.ts";
import { spreadOf } from "../statistics.ts";
import type { Cell, Table } from "../suite.ts";
import type { ExpiryAnswer, ExpiryTask } from "./measure-expiry.ts";

type Cells = readonly Cell<ExpiryTask, ExpiryAnswer>[];

/** One cache, over all its runs: medians, nanoseconds per entry. */
export interface ExpiryRow extends ExpiryAnswer {
  readonly name: string;
}

/** Joins the runs of each cache. */
export function joinExpiry(cells: Cells): ExpiryRow[] {
  const names = [...new Set(cells.map(({ task }) => task.arm))];
  return names.map((name) => {
    const answers = cells.filter(({ task }) => task.arm === name).map(({ answer }) => answer);
    const median = (step: keyof ExpiryAnswer): number =>
      spreadOf(answers.map((answer) => answer[step])).median;
    return {
      name,
      arm: median("arm"),
      move: median("move"),
      cancel: median("cancel"),
      expire: median("expire"),
    };
  });
}

/** The table of the expiry suite. */
export function tabulateExpiry(cells: Cells): Table[] {
  const entries = formatEntries(cells[0]?.task.entries ?? 0);
  return [
    {
      title: `${entries} entries with different deadlines`,
      note: "Nanoseconds per entry, each cache in a fresh process: to store it with a time to live, to store it again with another time to live, to delete it, and processor time until the cache has removed it by itself.",
      columns: ["cache", "arm", "move", "cancel", "expire"],
      rows: joinExpiry(cells).map((row) => [
        row.name,
        row.arm.toFixed(0),
        row.move.toFixed(0),
        row.cancel.toFixed(0),
        row.expire.toFixed(0),
      ]),
    },
  ];
}
