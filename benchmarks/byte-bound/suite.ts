import { onEachNode, type RunOptions, type Step, type Suite } from "../suite.ts";
import { ARMS, OURS } from "./adapters/catalogue.ts";
import { KINDS } from "./kinds/catalogue.ts";
import { tabulateBound } from "./tabulate-byte-bound.ts";
import type { BoundAnswer, BoundTask } from "./task.ts";

/** Large enough for what the process itself takes and frees to be a hundredth. */
const BUDGET = 32e6;
/** What rivals are shown with if time is short. */
const FEW = ["API record"];

function plan({ full, nodes }: RunOptions): Step<BoundTask>[] {
  const kinds = KINDS.filter(({ isCompared }) => full || isCompared === true);
  const stepOf = (arm: BoundTask["arm"], kind: string): Step<BoundTask> => ({
    label: `${arm}, ${kind}`,
    task: { arm, kind, budget: BUDGET },
    isShared: true,
  });
  const ours = kinds.map(({ name }) => stepOf(OURS, name));
  const theirs = kinds
    .filter(({ name, isCompared }) => isCompared === true && (full || FEW.includes(name)))
    .flatMap(({ name }) => ARMS.filter((arm) => arm !== OURS).map((arm) => stepOf(arm, name)));
  return [...onEachNode(ours, nodes), ...theirs];
}

/** What a cache that is told to hold so many bytes makes the process grow by. */
export const byteBound: Suite<BoundTask, BoundAnswer> = {
  name: "byte-bound",
  title: "Bounds in bytes",
  takesNodes: true,
  module: new URL("./measure-byte-bound.js", import.meta.url),
  plan,
  tabulate: tabulateBound,
  draw: async (cells) => (await import("./draw-byte-bound.ts")).drawBound(cells),
};
