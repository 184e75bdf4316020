import { formatBytes, formatSpread } from "../rendering/format.ts";
import type { Cell, Table } from "../suite.ts";
import { nameKeys } from "../workloads/keys.ts";
import type { SmallAnswer, SmallTask } from "./measure-small-caches.ts";

type Cells = readonly Cell<SmallTask, SmallAnswer[]>[];

/** An arm with one kind of keys and one bound: the cost of one cache. */
export interface SmallRow extends SmallAnswer {
  readonly keys: string;
  readonly max: number;
}

/** Joins time and bytes. */
export function smallRows(cells: Cells): SmallRow[] {
  const rows = new Map<string, SmallRow>();
  for (const { task, answer } of cells) {
    const keys = task.shapes.map(nameKeys).join("; ");
    for (const one of answer) {
      const id = `${keys}, ${task.max}, ${one.arm}`;
      rows.set(id, { ...rows.get(id), ...one, keys, max: task.max });
    }
  }
  return [...rows.values()];
}

/** The table of the suite. */
export function tabulateSmall(cells: Cells): Table[] {
  const entries = cells[0]?.task.entries ?? 0;
  return [
    {
      title: `Thousands of small caches, each with ${entries} entries`,
      note: 'Time to make and fill a cache divided by the time of lru-cache in the same rounds (with a ttl: of lru-cache with a ttl): below 1 is faster. Several kinds of keys alternate from cache to cache. "Again" is the same cache measured twice. Bytes are heap and external memory, in fresh processes, without keys and values.',
      columns: ["cache", "keys", "max", "time", "µs", "bytes"],
      rows: smallRows(cells).map(({ arm, keys, max, ratio, microseconds, bytes }) => [
        arm,
        keys,
        String(max),
        ratio === undefined ? "–" : formatSpread(ratio),
        microseconds?.toFixed(1) ?? "–",
        bytes === undefined ? "–" : formatBytes(bytes),
      ]),
    },
  ];
}
