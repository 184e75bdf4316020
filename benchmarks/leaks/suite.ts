import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { createRandom, shuffle } from "../workloads/random.ts";
import type { LeaksAnswer, LeaksTask } from "./measure-leaks.ts";
import { tabulateLeaks } from "./tabulate-leaks.ts";

export type LeaksCell = Cell<LeaksTask, LeaksAnswer>;

/** Names of `READERS`, which is not imported here because it loads all of them. */
const READER_NAMES = [
  "heapwise HeapGraph",
  "JSON.parse",
  "heap-snapshot-toolkit",
  "heapsnapshot",
  "v8-heapsnapshot",
];

const SHORT: readonly Step<LeaksTask>[] = [
  { label: "reading, a short round", task: { kind: "reading", objects: 40_000, rounds: 3 } },
];

/** A reader of small files: some of the others take a minute for a large one. */
const READER_OBJECTS = 40_000;
/** They make 3 million nodes. */
const QUERY_OBJECTS = 500_000;

function plan({ full, isNamed = false }: RunOptions): Step<LeaksTask>[] {
  if (!full && !isNamed) return [...SHORT];
  const random = createRandom(1);
  const repeats = Array.from({ length: full ? 5 : 3 }, (_, repeat) => repeat);
  return [
    {
      label: "reading",
      task: { kind: "reading", objects: 150_000, rounds: full ? 15 : 7 },
    },
    ...repeats.flatMap((repeat) =>
      shuffle([...READER_NAMES], random).map((reader): Step<LeaksTask> => ({
        label: `${reader}, run ${repeat + 1}`,
        task: { kind: "reader", reader, objects: READER_OBJECTS },
      })),
    ),
    ...(full ? [0, 1, 2] : [0]).map((repeat): Step<LeaksTask> => ({
      label: `queries, run ${repeat + 1}`,
      task: { kind: "queries", objects: QUERY_OBJECTS },
    })),
    ...[0, 200_000].map((objects): Step<LeaksTask> => ({
      label: `assertions over ${objects} objects`,
      task: { kind: "assertions", objects, rounds: full ? 30 : 5 },
    })),
  ];
}

/** Reading heap snapshots, and what a passing assertion costs. */
export const leaks: Suite<LeaksTask, LeaksAnswer> = {
  name: "leaks",
  title: "Heap snapshots and leak assertions",
  module: new URL("./measure-leaks.js", import.meta.url),
  plan,
  tabulate: tabulateLeaks,
  draw: async (cells) => (await import("./draw-leaks.ts")).drawLeaks(cells),
};
