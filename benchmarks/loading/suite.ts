import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import type { LoadingResult, LoadingTask } from "./measure-loading.ts";
import { nameWorkload, tabulateLoading } from "./tabulate-loading.ts";

export type LoadingCell = Cell<LoadingTask, LoadingResult[]>;

const WORKLOADS = ["coalesced", "missed", "hit", "batched"] as const;

function plan({ full }: RunOptions): Step<LoadingTask>[] {
  return WORKLOADS.map((workload) => {
    const task = { workload, seconds: full ? 30 : 4 };
    return { label: nameWorkload(task), task };
  });
}

/** Time of a call that may load. The suite has rivals of its own, which are always measured. */
export const loading: Suite<LoadingTask, LoadingResult[]> = {
  name: "loading",
  title: "Loading",
  module: new URL("./measure-loading.js", import.meta.url),
  plan,
  tabulate: tabulateLoading,
  draw: async (cells) => (await import("./draw-loading.ts")).drawLoading(cells),
};
