import { BASELINE, FLOOR, OURS } from "../adapters/catalogue.ts";
import type { Cell, PictureGroup, PictureSource, RunOptions, Step } from "../suite.ts";
import type { WorkloadName } from "../workloads/workload.ts";
import type { ArmResult, RoundsResult, RoundsTask } from "./measure-rounds.ts";

const CAPACITY = 100_000;
/** Besides the default policy, the picture shows the policy for expensive misses. */
const ADAPTIVE = "heapwise adaptive";

const GROUPS = [
  ["hit-zipf", "Hit, popular keys more often"],
  ["insert", "Insert that evicts an entry"],
  ["read-through", "Read-through: 65% hits, else insert"],
] as const satisfies readonly (readonly [WorkloadName, string])[];

function plan({ full, ours, rivals }: RunOptions): Step<RoundsTask>[] {
  const task = {
    shape: { kind: "string", length: 17 } as const,
    capacity: CAPACITY,
    workloads: GROUPS.map(([workload]) => workload),
    alive: [],
    seconds: full ? 8 : 3,
    seed: 1,
  };
  const strict: RoundsTask = { ...task, section: "strict", arms: [BASELINE, OURS, ...rivals] };
  const adaptive: RoundsTask = { ...task, section: "policies", arms: [BASELINE, ADAPTIVE] };
  return [
    { label: "strict LRU and its rivals, for the picture", task: strict },
    ...(ours.includes(ADAPTIVE) ? [{ label: `${ADAPTIVE}, for the picture`, task: adaptive }] : []),
  ];
}

/** The bars of one workload. The baseline is in each task; its first result is shown. */
function groupOf(
  results: readonly RoundsResult[],
  workload: WorkloadName,
  title: string,
): PictureGroup {
  const measured = results.filter((result) => result.workload === workload);
  const shown = new Map<string, ArmResult>();
  for (const arm of measured.flatMap(({ arms }) => arms))
    if (!shown.has(arm.arm)) shown.set(arm.arm, arm);
  const { nanosecondsPerOperation } = shown.get(BASELINE)!;
  return {
    title: `${title} (${BASELINE}: ${nanosecondsPerOperation.toFixed(0)} ns)`,
    bars: [...shown.values()].map(({ arm, ratio: { median } }) => {
      return { arm, value: median, label: median.toFixed(2) };
    }),
  };
}

/** Time per operation of our default policies and the rivals. */
export const pictureOfThroughput: PictureSource<RoundsTask, RoundsResult[]> = {
  plan,
  draw: (cells: readonly Cell<RoundsTask, RoundsResult[]>[]) => {
    const results = cells.flatMap(({ answer }) => answer);
    return {
      name: "time-per-operation",
      title: "Time per operation",
      better: "lower",
      note: `Multiples of the time of ${BASELINE}, which is 1. Caches of 100k entries with string keys; medians of rounds. ${FLOOR} never evicts, so it has hits only.`,
      groups: GROUPS.map(([workload, title]) => groupOf(results, workload, title)),
    };
  },
};
