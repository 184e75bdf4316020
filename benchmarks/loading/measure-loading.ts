import { answerTask } from "../fresh-process.ts";
import type { Spread } from "../statistics.ts";
import { ratioOf, spreadOf } from "../statistics.ts";
import { createRandom, shuffle } from "../workloads/random.ts";
import type { LoadingAdapter, LoadingCache } from "./adapters/adapter.ts";
import { LOADING_CACHES } from "./adapters/catalogue.ts";
import type { LoadingWorkload } from "./adapters/catalogue.ts";

/** All arms on one workload, in one process. */
export interface LoadingTask {
  readonly workload: LoadingWorkload;
  /** Time for the rounds. */
  readonly seconds: number;
}

/** The result of one arm. */
export interface LoadingResult {
  readonly arm: string;
  /** Time of a round divided by the time of the baseline in the same round. */
  readonly ratio: Spread;
  readonly nanosecondsPerCall: number;
  /** Calls of the loader per key. The best value is 1. */
  readonly loadsPerKey: number;
}

const KEYS: Readonly<Record<LoadingWorkload, number>> = {
  coalesced: 40,
  missed: 2_000,
  hit: 2_000,
  batched: 2_000,
};
const CALLERS: Readonly<Record<LoadingWorkload, number>> = {
  coalesced: 50,
  missed: 1,
  hit: 1,
  batched: 1,
};
const ROUNDS_AT_LEAST = 7;
const WARM_UP_SHARE = 0.2;

interface Arm {
  readonly label: string;
  readonly adapter: LoadingAdapter;
  milliseconds: number[];
  loads: number;
}

/** All callers ask before any load can end. The callers of a key follow each other. */
async function askForAll(cache: LoadingCache, keys: readonly string[]): Promise<number> {
  const values = await Promise.all(keys.map((key) => cache(key)));
  return values.reduce<number>((sum, value) => sum + value!, 0);
}

async function runArm(arm: Arm, workload: LoadingWorkload, keys: readonly string[]): Promise<void> {
  const load = async (key: string): Promise<number> => {
    arm.loads += 1;
    await Promise.resolve();
    return key.length;
  };
  const loadMany = async (wantedKeys: readonly string[]): Promise<number[]> => {
    arm.loads += 1;
    await Promise.resolve();
    return wantedKeys.map((key) => key.length);
  };
  const cache = arm.adapter.create(KEYS[workload], load, loadMany);
  if (workload === "hit") await askForAll(cache, keys);
  const wanted = keys.reduce((sum, key) => sum + key.length, 0);
  globalThis.gc!({ type: "minor" });
  const start = performance.now();
  const sum = await askForAll(cache, keys);
  arm.milliseconds.push(performance.now() - start);
  if (sum !== wanted) {
    throw new Error(`Cannot measure ${arm.label}: its values add up to ${sum}, expected ${wanted}`);
  }
}

async function measureLoading({ workload, seconds }: LoadingTask): Promise<LoadingResult[]> {
  const random = createRandom(1);
  const adapters = LOADING_CACHES[workload];
  const arms = adapters.map<Arm>((adapter, i) => ({
    label: adapters.indexOf(adapter) === i ? adapter.name : `${adapter.name} again`,
    adapter,
    milliseconds: [],
    loads: 0,
  }));
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1_000;
  let rounds = 0;
  let isWarm = false;
  while (!isWarm || rounds < ROUNDS_AT_LEAST || elapsed() < seconds) {
    if (!isWarm && elapsed() > seconds * WARM_UP_SHARE) {
      isWarm = true;
      rounds = 0;
      for (const arm of arms) Object.assign(arm, { milliseconds: [], loads: 0 });
    }
    const prefix = `round ${rounds} key `;
    const keys = Array.from({ length: KEYS[workload] * CALLERS[workload] }, (_, i) => {
      return prefix + Math.floor(i / CALLERS[workload]);
    });
    for (const arm of shuffle([...arms], random)) await runArm(arm, workload, keys);
    rounds += 1;
  }
  const base = arms.find(({ label }) => label === adapters[0]!.name)!.milliseconds;
  const calls = KEYS[workload] * CALLERS[workload];
  return arms.map(({ label, milliseconds, loads }) => ({
    arm: label,
    ratio: ratioOf(milliseconds, base),
    nanosecondsPerCall: (spreadOf(milliseconds).median * 1e6) / calls,
    loadsPerKey: loads / rounds / KEYS[workload],
  }));
}

answerTask(measureLoading);
