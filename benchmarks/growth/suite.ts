import { BASELINE, FLOOR, OURS } from "../adapters/catalogue.ts";
import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { drawGrowth } from "./draw-growth.ts";
import type { GrowthAnswer, GrowthTask } from "./measure-growth.ts";
import { tabulateGrowth } from "./tabulate-growth.ts";

export type GrowthCell = Cell<GrowthTask, GrowthAnswer>;

const ENTRIES = 1_000_000;
/** A table that is doubled by bucket, as ours is, and one that is rehashed at once. */
const GROWING = ["doubled by bucket", "doubled at once"];

function plan({ full, ours, rivals }: RunOptions): Step<GrowthTask>[] {
  const few = [OURS, BASELINE, ...rivals.filter((name) => name === FLOOR)];
  const arms = full ? [...ours, BASELINE, ...rivals, ...GROWING] : few;
  return Array.from({ length: full ? 5 : 1 }, () => ["string", "integer"] as const).flatMap(
    (kinds) =>
      kinds.flatMap((kind) =>
        arms.map((arm) => ({
          label: `${arm}, ${kind} keys`,
          task: { arm, shape: { kind, length: 17 }, entries: ENTRIES },
        })),
      ),
  );
}

/** The longest single insert while a cache grows: what a rehash costs the one call that runs into it. */
export const growth: Suite<GrowthTask, GrowthAnswer> = {
  name: "growth",
  module: new URL("./measure-growth.js", import.meta.url),
  plan,
  tabulate: tabulateGrowth,
  draw: drawGrowth,
};
