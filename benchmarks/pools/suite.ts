import type { Cell, RunOptions, Step, Suite } from "../suite.ts";
import { BASELINE_POOL, NULL_POOL, POOLS } from "./adapters/catalogue.ts";
import type { LoanScenario } from "./loans/measure-loans.ts";
import type { PoolAnswer, PoolTask } from "./measure-pools.ts";
import { tabulatePools } from "./tabulate-pools.ts";

export type PoolCell = Cell<PoolTask, PoolAnswer>;

const SIZES = [64, 1_024, 4_096, 16_384, 65_536, 1_048_576];
const SIMULATIONS = ["spike", "outage", "lifetime herd", "slow destroy", "overload"] as const;

function planLoans(seconds: number): Step<PoolTask>[] {
  const rivals = POOLS.filter((name) => name !== NULL_POOL);
  const task = (scenario: LoanScenario, arms: readonly string[]): PoolTask => ({
    kind: "loans",
    task: {
      scenario,
      arms,
      baseline: arms.includes(NULL_POOL) ? NULL_POOL : BASELINE_POOL,
      seconds,
    },
  });
  return [
    { label: "loans of a ready pool", task: task("ready", POOLS) },
    { label: "loans without promises", task: task("try", [NULL_POOL]) },
    { label: "loans without promises, again", task: task("try again", [NULL_POOL]) },
    { label: "100 tasks, 10 resources", task: task("shared", rivals) },
    { label: "waits under saturation", task: task("waits", rivals) },
  ];
}

function planMemory(repeats: number): Step<PoolTask>[] {
  return Array.from({ length: repeats }, (_, repeat) => repeat).flatMap((repeat) => [
    ...["new", "heapwise pool"].map((arm): Step<PoolTask> => ({
      label: `survivors, ${arm}`,
      task: { kind: "memory", task: { scenario: "survivors", arm, repeat } },
    })),
    ...["new", "allocUnsafe", "heapwise pool"].map((arm): Step<PoolTask> => ({
      label: `requests, ${arm}`,
      task: { kind: "memory", task: { scenario: "requests", arm, repeat } },
    })),
  ]);
}

function plan({ full }: RunOptions): Step<PoolTask>[] {
  const seconds = full ? 8 : 1;
  return [
    ...planLoans(seconds),
    ...(["temporary", "small", "large"] as const).map((shape): Step<PoolTask> => ({
      label: `${shape} objects`,
      task: { kind: "objects", task: { shape, seconds: seconds / 2 } },
    })),
    ...SIZES.map((byteLength): Step<PoolTask> => ({
      label: `buffers of ${byteLength} bytes`,
      task: { kind: "buffers", task: { byteLength, seconds: seconds / 3 } },
    })),
    ...planMemory(full ? 7 : 2),
    ...SIMULATIONS.map((name): Step<PoolTask> => ({
      label: `simulation: ${name}`,
      task: { kind: "simulation", task: { name } },
      isShared: true,
    })),
  ];
}

/** Pools of resources, objects and buffers, compared with rivals and with no pool. */
export const pools: Suite<PoolTask, PoolAnswer> = {
  name: "pools",
  title: "Pools",
  module: new URL("./measure-pools.js", import.meta.url),
  plan,
  tabulate: tabulatePools,
  draw: async (cells) => (await import("./draw-pools.ts")).drawPools(cells),
};
