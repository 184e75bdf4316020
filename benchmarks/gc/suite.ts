import { BASELINE, FLOOR } from "../adapters/catalogue.ts";
import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { createRandom, shuffle } from "../workloads/random.ts";
import type { CollectionsAnswer, CollectionsTask } from "./measure-gc.ts";
import { NOTHING } from "./nothing.ts";
import { tabulateCollections } from "./tabulate-gc.ts";

export type CollectionsCell = Cell<CollectionsTask, CollectionsAnswer>;

const ENTRIES = 1_000_000;

/** All arms once, then all of them again: a disturbance of the machine affects all arms. */
function plan({ full, ours, rivals }: RunOptions): Step<CollectionsTask>[] {
  const random = createRandom(1);
  const bounded = rivals.filter((name) => full && name !== FLOOR);
  const arms = [NOTHING, BASELINE, ...(full ? ours : ours.slice(0, 1)), ...bounded];
  const kinds = full ? (["integer", "fresh"] as const) : (["integer"] as const);
  return Array.from({ length: full ? 9 : 3 }, (_, repeat) => repeat).flatMap((repeat) =>
    kinds.flatMap((kind) =>
      shuffle([...arms], random).map((arm) => ({
        label: `${arm}, ${kind} keys, run ${repeat + 1}`,
        task: { arm, shape: { kind, length: 17 }, entries: ENTRIES, repeat },
      })),
    ),
  );
}

/** Time in the garbage collector with a full cache under churn. */
export const gc: Suite<CollectionsTask, CollectionsAnswer> = {
  name: "gc",
  title: "Garbage collection",
  module: new URL("./measure-gc.js", import.meta.url),
  plan,
  tabulate: tabulateCollections,
  draw: async (cells) => (await import("./draw-gc.ts")).drawCollections(cells),
};
