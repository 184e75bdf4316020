import { onEachNode, type RunOptions, type Step, type Suite } from "../suite.ts";
import { ARMS, OURS } from "./adapters/catalogue.ts";
import { KINDS } from "./kinds/catalogue.ts";
import { tabulateBound } from "./tabulate-byte-bound.ts";
import type { BoundAnswer, BoundTask } from "./task.ts";

/** So large that the memory which the process itself takes and frees is about 1% of it. */
const BUDGET = 32e6;
/** The kinds for rivals if time is short. */
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

/** The growth of the process by a cache with a bound in bytes. */
export const byteBound: Suite<BoundTask, BoundAnswer> = {
  name: "byte-bound",
  title: "Bounds in bytes",
  takesNodes: true,
  module: new URL("./measure-byte-bound.js", import.meta.url),
  plan,
  tabulate: tabulateBound,
  draw: async (cells) => (await import("./draw-byte-bound.ts")).drawBound(cells),
};
