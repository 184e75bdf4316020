import { BASELINE, OURS } from "../adapters/catalogue.ts";
import { formatEntries, formatSpread } from "../rendering/format.ts";
import type { Cell, Table } from "../suite.ts";
import { nameKeys } from "../workloads/keys.ts";
import type { ArmResult, RoundsResult, RoundsTask, Section } from "./measure-rounds.ts";
import { perNode } from "./per-node.ts";

/** The second arm of the baseline: it shows how far apart two equal caches are in this run. */
export const NOISE = `${BASELINE} again`;

const RATIOS = `Time per operation divided by the time of ${BASELINE} in the same rounds: below 1 is faster. Median, with quartiles of the rounds in brackets.`;

const SECTIONS: Readonly<Record<Exclude<Section, "sets">, { title: string; note: string }>> = {
  strict: {
    title: "Strict LRU and its rivals",
    note: `${RATIOS} The column "${NOISE}" is the same cache measured twice and shows the noise. Map evicts nothing, so it is measured with hits only.`,
  },
  surroundings: {
    title: "Strict LRU among other things",
    note: `${RATIOS} Values are numbers, except in the first row of each kind of keys. "Keys of 50 caches in turn": each cache holds a fiftieth of the entries. "Call sites that see all classes": the calls of get and set see the rivals too, so that V8 compiles slow calls. "After churn": before, there are 20 inserts per entry, most of which evict an entry, and then the entries in random order.`,
  },
  keys: {
    title: "Other kinds of keys",
    note: `${RATIOS} "fresh" strings are new objects in every call, as in programs; "serial" integers count up from 0.`,
  },
  lengths: {
    title: "Lengths of string keys",
    note: `${RATIOS} "string" keys are the same objects in every call, "fresh" ones are new.`,
  },
  time: {
    title: "With a time to live",
    note: "Time per operation divided by the time of lru-cache with a ttl in the same rounds: below 1 is faster. Median, with quartiles of the rounds in brackets. The last column is lru-cache without a ttl; with `--full` there is also ours without a ttl. It shows the cost of a ttl, which only caches with a ttl pay.",
  },
  policies: {
    title: "Our policies, each in a process of its own",
    note: `${RATIOS} The policies differ in hit ratio on read-through, and so in the work that they do there.`,
  },
  together: {
    title: "Our policies, all alive in one process",
    note: `${RATIOS} Every policy runs before the first measurement, so that calls of a policy see all policies.`,
  },
  tiny: {
    title: "Hits in a cache of 100 entries",
    note: `${RATIOS} Each policy in a process of its own.`,
  },
};

interface Row {
  readonly workload: string;
  readonly keys: string;
  readonly entries: number;
  readonly arms: Map<string, ArmResult>;
}

/**
 * One row for each workload, kind of keys and number of entries; cells of several tasks are joined.
 */
export function rowsOf(
  cells: readonly Cell<RoundsTask, RoundsResult[]>[],
  section: Section,
): Row[] {
  const rows = new Map<string, Row>();
  for (const { task, answer } of cells) {
    if (task.section !== section) continue;
    for (const { workload, arms } of answer) {
      const { surroundings } = task;
      const keys = nameKeys(task.shape) + (surroundings === undefined ? "" : `, ${surroundings}`);
      const id = `${workload}, ${keys}, ${task.capacity}`;
      const row = rows.get(id) ?? { workload, keys, entries: task.capacity, arms: new Map() };
      for (const arm of arms)
        if (arm.arm !== BASELINE || !row.arms.has(BASELINE)) row.arms.set(arm.arm, arm);
      rows.set(id, row);
    }
  }
  return [...rows.values()];
}

function tabulateSection(
  cells: readonly Cell<RoundsTask, RoundsResult[]>[],
  section: keyof typeof SECTIONS,
): Table[] {
  const rows = rowsOf(cells, section);
  if (rows.length === 0) return [];
  const names = [...new Set(rows.flatMap(({ arms }) => [...arms.keys()]))];
  const arms = names.filter((name) => name !== BASELINE && name !== NOISE);
  if (names.includes(NOISE)) arms.push(NOISE);
  const format = (result: ArmResult | undefined, name: string): string => {
    if (!result) return "–";
    return name === OURS || name === NOISE
      ? formatSpread(result.ratio)
      : result.ratio.median.toFixed(2);
  };
  return [
    {
      ...SECTIONS[section],
      columns: ["workload", "keys", "entries", ...arms, `${BASELINE}, ns`],
      rows: rows.map((row) => [
        row.workload,
        row.keys,
        formatEntries(row.entries),
        ...arms.map((name) => format(row.arms.get(name), name)),
        row.arms.get(BASELINE)!.nanosecondsPerOperation.toFixed(0),
      ]),
    },
  ];
}

/** The hit ratio of each arm on read-through. The time of the arm depends on it. */
function tabulateReadThrough(cells: readonly Cell<RoundsTask, RoundsResult[]>[]): Table[] {
  const rows = [...rowsOf(cells, "strict"), ...rowsOf(cells, "policies")].filter(
    ({ workload }) => workload === "read-through",
  );
  const joined = new Map<string, Row>();
  for (const row of rows) {
    const id = `${row.keys}, ${row.entries}`;
    const known = joined.get(id);
    if (known) for (const [name, arm] of row.arms) known.arms.set(name, arm);
    else joined.set(id, { ...row, arms: new Map(row.arms) });
  }
  if (joined.size === 0) return [];
  const arms = [...new Set([...joined.values()].flatMap((row) => [...row.arms.keys()]))].filter(
    (name) => name !== NOISE,
  );
  return [
    {
      title: "Hit ratio of the read-through rounds",
      note: "In percent. Strict LRU caches are checked to have exactly the same hits in each round.",
      columns: ["keys", "entries", ...arms],
      rows: [...joined.values()].map((row) => [
        row.keys,
        formatEntries(row.entries),
        ...arms.map((name) =>
          row.arms.has(name) ? (100 * row.arms.get(name)!.hitRatio).toFixed(1) : "–",
        ),
      ]),
    },
  ];
}

/** The tables of the throughput suite. */
export function tabulateThroughput(cells: readonly Cell<RoundsTask, RoundsResult[]>[]): Table[] {
  const sections = Object.keys(SECTIONS) as (keyof typeof SECTIONS)[];
  return perNode(cells, (own) => [
    ...sections.flatMap((section) => tabulateSection(own, section)),
    ...tabulateReadThrough(own),
  ]);
}
