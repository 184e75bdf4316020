import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { drawBound } from "./draw-bound.ts";
import { ENTRY_KINDS } from "./entries.ts";
import { ARMS, OURS, type BoundAnswer, type BoundTask } from "./arms.ts";
import { tabulateBound } from "./tabulate-bound.ts";

export type BoundCell = Cell<BoundTask, BoundAnswer>;

const BUDGET = 64e6;
/** Large enough for what the process itself takes and frees to be a hundredth. */
const QUICK_BUDGET = 32e6;
/** What rivals are shown with where time is short. */
const FEW = ["API record"];

function plan({ full }: RunOptions): Step<BoundTask>[] {
  return ENTRY_KINDS.flatMap((kind) =>
    ARMS.filter((arm) => full || arm === OURS || FEW.includes(kind)).map((arm) => ({
      label: `${arm}, ${kind}`,
      task: { arm, kind, budget: full ? BUDGET : QUICK_BUDGET },
      isShared: true,
    })),
  );
}

/** What a cache that is told to hold so many bytes makes the process grow by. */
export const byteBound: Suite<BoundTask, BoundAnswer> = {
  name: "byte-bound",
  module: new URL("./measure-bound.js", import.meta.url),
  plan,
  tabulate: tabulateBound,
  draw: drawBound,
};
