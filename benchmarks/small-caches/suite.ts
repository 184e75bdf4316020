import { BASELINE, OURS, TIMED_BASELINE, TIMED_OURS } from "../adapters/catalogue.ts";
import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { nameKeys, type KeyShape } from "../workloads/keys.ts";
import type { SmallAnswer, SmallTask } from "./measure-small-caches.ts";
import { tabulateSmall } from "./tabulate-small-caches.ts";

export type SmallCell = Cell<SmallTask, SmallAnswer[]>;

const ENTRIES = 10;
const MOST = [10, 100];
/** Without a time to live, and with one; the baseline first. */
const PAIRS = [
  [BASELINE, OURS],
  [TIMED_BASELINE, TIMED_OURS[0]!],
] as const;
const STRING: KeyShape = { kind: "string", length: 17 };
/** Strings of one kind, of kinds that alternate from cache to cache, and integers. */
const SHAPES: readonly (readonly KeyShape[])[] = [
  [STRING],
  [STRING, { ...STRING, set: "times, ISO" }, { ...STRING, set: "locks" }],
  [{ ...STRING, kind: "integer" }],
];

function plan({ full }: RunOptions): Step<SmallTask>[] {
  return PAIRS.flatMap(([baseline, ours]) =>
    (full ? SHAPES : SHAPES.slice(0, 2)).flatMap((shapes) =>
      MOST.flatMap((max) => {
        const task = { max, entries: ENTRIES, shapes, seconds: full ? 4 : 0.3 };
        const what = `${shapes.map(nameKeys).join(", ")} keys, max ${max}`;
        return [
          {
            label: `time of ${ours}, ${what}`,
            task: { ...task, measured: "time" as const, arms: [baseline, baseline, ours] },
          },
          ...[baseline, ours].map((arm) => ({
            label: `bytes of ${arm}, ${what}`,
            task: { ...task, measured: "bytes" as const, arms: [arm] },
            isShared: true,
          })),
        ];
      }),
    ),
  );
}

/** The cost of thousands of small caches: one for each user, request or component. */
export const smallCaches: Suite<SmallTask, SmallAnswer[]> = {
  name: "small-caches",
  title: "Small caches",
  module: new URL("./measure-small-caches.js", import.meta.url),
  plan,
  tabulate: tabulateSmall,
  draw: async (cells) => (await import("./draw-small-caches.ts")).drawSmall(cells),
};
