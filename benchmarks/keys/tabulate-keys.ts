import { median } from "d3-array";
import { BASELINE, FLOOR, OURS } from "../adapters/catalogue.ts";
import { formatEntries } from "../rendering/format.ts";
import type { Cell, Table } from "../suite.ts";
import type { ArmResult, RoundsResult, RoundsTask } from "../throughput/measure-rounds.ts";
import { perNode } from "../throughput/per-node.ts";
import { NOISE } from "../throughput/tabulate-throughput.ts";

/** The columns of a set of keys, by the kind of the keys and the workload. */
export const USES: Readonly<Record<string, string>> = {
  "string hit-uniform": "hit, reused",
  "fresh hit-uniform": "hit, new",
  "joined hit-uniform": "hit, put together",
  "slice hit-uniform": "hit, slices",
  "fresh insert": "insert, new",
};

/** A set of keys in caches of one size. */
export interface KeysRow {
  readonly set: string;
  readonly entries: number;
  /** All arms, by use. */
  readonly uses: Map<string, Map<string, ArmResult>>;
}

/** One row for each set and size. */
export function keysRows(cells: readonly Cell<RoundsTask, RoundsResult[]>[]): KeysRow[] {
  const rows = new Map<string, KeysRow>();
  for (const { task, answer } of cells) {
    for (const { workload, arms } of answer) {
      const set = task.shape.set!;
      const id = `${set}, ${task.capacity}`;
      const row = rows.get(id) ?? { set, entries: task.capacity, uses: new Map() };
      rows.set(id, row);
      const use = USES[`${task.shape.kind} ${workload}`]!;
      row.uses.set(use, new Map(arms.map((arm) => [arm.arm, arm])));
    }
  }
  return [...rows.values()];
}

const ratioOf = (row: KeysRow, use: string, arm: string): number | undefined =>
  row.uses.get(use)?.get(arm)?.ratio.median;

function tableOf(rows: readonly KeysRow[]): Table {
  const uses = Object.values(USES);
  const reused = uses[0]!;
  const columns: [string, (row: KeysRow) => number | undefined][] = [
    ...uses.map((use): [string, (row: KeysRow) => number | undefined] => [
      use,
      (row) => ratioOf(row, use, OURS),
    ]),
    [`${FLOOR}, reused`, (row) => ratioOf(row, reused, FLOOR)],
    [`${NOISE}, reused`, (row) => ratioOf(row, reused, NOISE)],
    [
      `${BASELINE}, reused, ns`,
      (row) => row.uses.get(reused)?.get(BASELINE)?.nanosecondsPerOperation,
    ],
  ];
  const format = (value: number | undefined, isTime: boolean): string =>
    value === undefined ? "–" : value.toFixed(isTime ? 0 : 2);
  const lines = rows.map((row) => [
    row.set,
    formatEntries(row.entries),
    ...columns.map(([name, of]) => format(of(row), name.endsWith("ns"))),
  ]);
  const sizes = [...new Set(rows.map(({ entries }) => entries))];
  const summaries = sizes.flatMap((entries) => {
    const own = rows.filter((row) => row.entries === entries);
    const of = (label: string, summarize: (values: number[]) => number | undefined): string[] => [
      label,
      formatEntries(entries),
      ...columns.map(([name, column]) => {
        const values = own.map(column).filter((value) => value !== undefined);
        return format(summarize(values), name.endsWith("ns"));
      }),
    ];
    return [
      of(`median of ${own.length}`, (values) => median(values)),
      of(`worst of ${own.length}`, (values) =>
        values.length > 0 ? Math.max(...values) : undefined,
      ),
    ];
  });
  return {
    title: "String keys of many shapes",
    note: `Time per operation of ${OURS} divided by the time of ${BASELINE} in the same rounds: below 1 is faster; medians. "Reused" keys are the same objects in every call, "new" keys are other objects, and keys that are "put together" are two strings joined in the call; "slices" are reused keys that are cut out of one long text. Package names, URLs and paths are real (benchmarks/workloads/key-sets); ${FLOOR} evicts nothing.`,
    columns: ["keys", "entries", ...columns.map(([name]) => name)],
    rows: [...summaries, ...lines],
  };
}

/** The tables of the keys suite. */
export function tabulateKeys(cells: readonly Cell<RoundsTask, RoundsResult[]>[]): Table[] {
  return perNode(cells, (own) => [tableOf(keysRows(own))]);
}
