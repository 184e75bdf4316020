import { BASELINE, OURS } from "../adapters/catalogue.ts";
import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { nameKeys, type KeyShape } from "../workloads/keys.ts";
import type { GrowthAnswer, GrowthTask } from "./measure-growth.ts";
import { tabulateGrowth } from "./tabulate-growth.ts";

export type GrowthCell = Cell<GrowthTask, GrowthAnswer>;

const ENTRIES = 1_000_000;
/** Usual keys, and keys from which an index that reads parts of them learns the most. */
const SHAPES: readonly KeyShape[] = [
  { kind: "string", length: 17 },
  { kind: "string", length: 17, set: "four kinds mixed" },
  { kind: "integer", length: 17 },
];
/** A table that is doubled bucket by bucket, as ours is, and one that is rehashed at once. */
const GROWING = ["doubled by bucket", "doubled at once"];

function plan({ full, ours, rivals }: RunOptions): Step<GrowthTask>[] {
  const arms = full ? [...ours, BASELINE, ...rivals] : [OURS, BASELINE];
  return Array.from({ length: full ? 5 : 1 }, () => SHAPES).flatMap((shapes) =>
    shapes.flatMap((shape) =>
      // The designs hash tails only, and most of these keys share their tails.
      (full && shape.kind === "integer" ? [...arms, ...GROWING] : arms).map((arm) => ({
        label: `${arm}, ${nameKeys(shape)} keys`,
        task: { arm, shape, entries: ENTRIES },
      })),
    ),
  );
}

/** The longest single insert while a cache grows: the cost of a rehash for one call. */
export const growth: Suite<GrowthTask, GrowthAnswer> = {
  name: "growth",
  title: "Growth",
  module: new URL("./measure-growth.js", import.meta.url),
  plan,
  tabulate: tabulateGrowth,
  draw: async (cells) => (await import("./draw-growth.ts")).drawGrowth(cells),
};
