import { formatSpread } from "../rendering/format.ts";
import type { Cell, Table } from "../suite.ts";
import type { LoadingResult, LoadingTask } from "./measure-loading.ts";

const WORKLOADS: Readonly<Record<LoadingTask["workload"], string>> = {
  coalesced: "50 callers of one missing key",
  missed: "each caller its own missing key",
  hit: "every key is stored",
  batched: "each caller its own missing key, with a loader of many",
};

/** Describes the keys of the callers in a workload. */
export function nameWorkload({ workload }: LoadingTask): string {
  return WORKLOADS[workload];
}

/** The table of the loading suite. */
export function tabulateLoading(cells: readonly Cell<LoadingTask, LoadingResult[]>[]): Table[] {
  return [
    {
      title: "Loading",
      note: "Time per call, from the calls to the last value, divided by the time of `fetch` of lru-cache in the same rounds, or of dataloader if the loader takes many keys: below 1 is faster. Median, with quartiles. Calls per second follow from the time of the cache's own call, which includes the loader. The bare Map of promises has neither bound nor fence.",
      columns: ["callers find", "cache", "ratio", "calls per second", "loads per key"],
      rows: cells.flatMap(({ task, answer }) =>
        answer.map((result) => [
          nameWorkload(task),
          result.arm,
          formatSpread(result.ratio),
          `${(1e3 / result.nanosecondsPerCall).toFixed(2)}M`,
          result.loadsPerKey.toFixed(2),
        ]),
      ),
    },
  ];
}
