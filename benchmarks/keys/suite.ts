import { BASELINE, FLOOR, OURS } from "../adapters/catalogue.ts";
import { onEachNode, type Cell, type RunOptions, type Step, type Suite } from "../suite.ts";
import type { RoundsResult, RoundsTask } from "../throughput/measure-rounds.ts";
import { KEY_SETS } from "../workloads/key-sets.ts";
import type { KeyKind } from "../workloads/keys.ts";
import type { WorkloadName } from "../workloads/workload.ts";
import { tabulateKeys } from "./tabulate-keys.ts";

export type KeysCell = Cell<RoundsTask, RoundsResult[]>;

/** How programs get their keys, and the workloads that are measured with such keys. */
const USES: readonly { readonly kind: KeyKind; readonly workloads: readonly WorkloadName[] }[] = [
  { kind: "string", workloads: ["hit-uniform"] },
  { kind: "fresh", workloads: ["hit-uniform", "insert"] },
  { kind: "joined", workloads: ["hit-uniform"] },
  { kind: "slice", workloads: ["hit-uniform"] },
];
const SIZES = [1_000, 10_000];
const FULL_SIZES = [100, ...SIZES, 100_000];
/** Lists that are read from files have no more keys. */
const MOST_LISTED = 10_000;

/** Slices are measured only at the largest quick size, unless everything is measured. */
function usesOf(capacity: number, full: boolean): typeof USES {
  return USES.filter(({ kind }) => full || kind !== "slice" || capacity === SIZES.at(-1));
}

function plan({ full, nodes, rivals }: RunOptions): Step<RoundsTask>[] {
  const floor = rivals.filter((name) => name === FLOOR);
  const steps: Step<RoundsTask>[] = [];
  for (const { name, isListed } of KEY_SETS.filter(({ isQuick }) => full || isQuick)) {
    for (const capacity of full ? FULL_SIZES : SIZES) {
      if (isListed && capacity > MOST_LISTED) continue;
      for (const { kind, workloads } of usesOf(capacity, full)) {
        const label = `${name}, ${kind}, ${capacity.toLocaleString("en")} entries`;
        const task = {
          section: "sets" as const,
          arms: [BASELINE, BASELINE, OURS, ...floor],
          shape: { kind, length: 17, set: name },
          capacity,
          workloads,
          alive: [],
          operations: 16_000,
          seconds: full ? 2 : 0.15,
          seed: 1,
        };
        steps.push({ label, task });
      }
    }
  }
  return onEachNode(steps, nodes);
}

/**
 * Time with string keys of real programs: they differ in different places, and are made in
 * different ways.
 */
export const keys: Suite<RoundsTask, RoundsResult[]> = {
  name: "keys",
  title: "String keys",
  takesNodes: true,
  module: new URL("../throughput/measure-rounds.js", import.meta.url),
  plan,
  tabulate: tabulateKeys,
  draw: async (cells) => (await import("./draw-keys.ts")).drawKeys(cells),
};
