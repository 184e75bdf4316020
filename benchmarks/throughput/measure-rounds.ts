import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { sum } from "d3-array";
import { loadAdapter, BASELINE } from "../adapters/catalogue.ts";
import type { Adapter, MeasuredCache } from "../adapters/adapter.ts";
import type { Keys, KeyShape } from "../workloads/keys.ts";
import { createKeys } from "../workloads/keys.ts";
import { createRandom, shuffle } from "../workloads/random.ts";
import type { Random } from "../workloads/random.ts";
import type { Workload, WorkloadName } from "../workloads/workload.ts";
import { createWorkload } from "../workloads/workload.ts";
import type { Spread } from "../statistics.ts";
import { ratioOf, spreadOf } from "../statistics.ts";
import { answerTask } from "../fresh-process.ts";
import { loadLoops } from "./load-loops.ts";
import type { Loops } from "./load-loops.ts";
import type { Outcome, Stretch } from "./loops.ts";

/** The table of the report that a task belongs to. */
export type Section =
  | "strict"
  | "surroundings"
  | "keys"
  | "sets"
  | "lengths"
  | "policies"
  | "together"
  | "tiny"
  | "time";

/** The surroundings of the caches, if a task is more like a program than a loop over one cache. */
export type Surroundings =
  | "objects as values"
  | "keys of 50 caches in turn"
  | "call sites that see all classes"
  | "after churn"
  | "in a worker";

/** Caches that are compared on some workloads, in one process. */
export interface RoundsTask {
  readonly section: Section;
  /**
   * Names of adapters; the baseline is among them. A name that comes twice is measured twice, which
   * shows the noise.
   */
  readonly arms: readonly string[];
  /** The arm that ratios are relative to. The default is `BASELINE`. */
  readonly baseline?: string;
  readonly shape: KeyShape;
  readonly capacity: number;
  readonly workloads: readonly WorkloadName[];
  /** By default none: each arm has its own call sites, and values are numbers. */
  readonly surroundings?: Surroundings;
  /** Adapters that run before anything is measured, and stay alive. */
  readonly alive: readonly string[];
  /** Operations in a round. The default is 40,000. */
  readonly operations?: number;
  /** Time for the rounds of one workload. */
  readonly seconds: number;
  readonly seed: number;
}

/** The result of one arm on one workload. */
export interface ArmResult {
  readonly arm: string;
  /** Time of a round divided by the time of the baseline in the same round. */
  readonly ratio: Spread;
  readonly nanosecondsPerOperation: number;
  /** Hits per operation; 0 if the workload only writes. */
  readonly hitRatio: number;
}

/** All arms on one workload. */
export interface RoundsResult {
  readonly workload: WorkloadName;
  /** Version of Node that ran it. */
  readonly node: string;
  readonly rounds: number;
  readonly operationsPerRound: number;
  readonly arms: readonly ArmResult[];
}

/** The loops over the caches of an arm. */
interface Actions {
  /** Makes new caches in place of the ones before. */
  renew(): void;
  read(stretch: Stretch): Outcome;
  insert(stretch: Stretch): Outcome;
  readThrough(stretch: Stretch): Outcome;
  census(stretch: Stretch): number;
}

interface Arm {
  readonly label: string;
  readonly exact: boolean;
  readonly bounded: boolean;
  readonly actions: Actions;
  readonly keys: Keys;
  milliseconds: number[];
  hits: number;
}

interface KeyPool {
  readonly shared: Keys;
  create(): Keys;
}

const OPERATIONS_PER_ROUND = 40_000;
const WARM_UP_ROUNDS = 2;
const WARM_UP_SHARE = 0.15;
const ROUNDS_AT_LEAST = 7;
const ROUNDS_AT_MOST = 101;
// The start of a round is not timed: it brings the arm's memory back into the processor's caches.
const LEAD_IN = 0.1;

const CENSUS_SAMPLE = 100_000;
const ALIVE_CAPACITY = 1_000;
const CACHES_IN_TURN = 50;
/** Inserts of a churn, and number of keys to choose from, for each entry of the capacity. */
const CHURN = 20;
const CHURN_UNIVERSE = 5;
const ALIVE_UNIVERSE = 10_000;

const RUNS: Readonly<Record<WorkloadName, "read" | "insert" | "readThrough">> = {
  "hit-uniform": "read",
  "hit-zipf": "read",
  insert: "insert",
  "read-through": "readThrough",
};

async function createArm(
  name: string,
  label: string,
  task: RoundsTask,
  pool: KeyPool,
): Promise<Arm> {
  const adapter = await loadAdapter(name);
  const isShared = task.surroundings === "call sites that see all classes";
  const loops = await loadLoops(isShared ? "all" : label);
  const keys = adapter.keysAsProperties ? pool.create() : pool.shared;
  const { exact, bounded } = adapter;
  const actions = actionsOf(adapter, loops, task);
  return { label, exact, bounded, actions, keys, milliseconds: [], hits: 0 };
}

function actionsOf(
  adapter: Adapter,
  loops: Loops,
  { capacity, surroundings }: RoundsTask,
): Actions {
  if (surroundings === "keys of 50 caches in turn") {
    let caches: MeasuredCache<unknown, number>[] = [];
    return {
      renew() {
        caches = Array.from({ length: CACHES_IN_TURN }, () =>
          adapter.create(Math.ceil(capacity / CACHES_IN_TURN)),
        );
      },
      read: (stretch) => loops.readSpread(caches, stretch),
      insert: (stretch) => loops.insertSpread(caches, stretch),
      readThrough() {
        throw new RangeError(
          `Cannot read through ${CACHES_IN_TURN} caches, expected another workload`,
        );
      },
      census: (stretch) => sum(caches, (cache) => loops.census(cache, stretch)),
    };
  }
  let cache: MeasuredCache<unknown, never> = adapter.create(capacity);
  const isRecords = surroundings === "objects as values";
  const { census, readThrough } = loops;
  const read = isRecords ? loops.readRecords : loops.read;
  const insert = isRecords ? loops.insertRecords : loops.insert;
  return {
    renew() {
      cache = adapter.create(capacity);
    },
    read: (stretch) => read(cache, stretch),
    insert: (stretch) => insert(cache, stretch),
    readThrough: (stretch) => readThrough(cache, stretch),
    census: (stretch) => census(cache, stretch),
  };
}

/** Fills new caches with the content that the workload begins with. */
function fill(
  arms: readonly Arm[],
  { resident }: Workload,
  task: RoundsTask,
  random: Random,
): void {
  const isChurned = task.surroundings === "after churn";
  const universe = CHURN_UNIVERSE * task.capacity;
  const churn = Uint32Array.from({ length: isChurned ? CHURN * task.capacity : 0 }, () =>
    Math.floor(random() * universe),
  );
  const ids = isChurned ? shuffle(resident.slice(), random) : resident;
  for (const { actions } of arms) actions.renew();
  for (const { actions, keys } of arms) {
    actions.insert({ keys: keys.of(churn), ids: churn, from: 0, to: churn.length });
    actions.insert({ keys: keys.of(ids), ids, from: 0, to: ids.length });
  }
}

/** One round: the same stretch of the stream for every arm, in random order. */
function runRound(arms: readonly Arm[], workload: Workload, length: number, random: Random): void {
  const ids = workload.next(length);
  const run = RUNS[workload.name];
  const leadIn = Math.floor(length * LEAD_IN);
  const outcomes = new Map<Arm, Outcome>();
  const made = new Map<Keys, unknown[]>();
  for (const arm of shuffle([...arms], random)) {
    const keys = made.get(arm.keys) ?? arm.keys.of(ids);
    if (!arm.keys.fresh) made.set(arm.keys, keys);
    // An arm pays for its own garbage, and not for the garbage from before.
    globalThis.gc!({ type: "minor" });
    arm.actions[run]({ keys, ids, from: 0, to: leadIn });
    const start = performance.now();
    const outcome = arm.actions[run]({ keys, ids, from: leadIn, to: length });
    arm.milliseconds.push(performance.now() - start);
    arm.hits += outcome.hits;
    outcomes.set(arm, outcome);
  }
  assertAgreement(
    arms,
    workload,
    (arm) => `${outcomes.get(arm)!.hits} hits, sum ${outcomes.get(arm)!.sum}`,
  );
}

/** Strict LRU caches that saw the same operations must have had the same hits and values. */
function assertAgreement(
  arms: readonly Arm[],
  { name }: Workload,
  seen: (arm: Arm) => string,
): void {
  const [first, ...others] = arms.filter(({ exact }) => exact);
  if (!first) return;
  for (const other of others) {
    if (seen(other) !== seen(first)) {
      throw new Error(
        `Cannot compare ${other.label} on ${name}: ${seen(other)}, expected ${seen(first)} as ${first.label} has`,
      );
    }
  }
}

function measure(
  arms: readonly Arm[],
  workload: Workload,
  task: RoundsTask,
  random: Random,
): RoundsResult {
  const length = task.operations ?? OPERATIONS_PER_ROUND;
  const start = performance.now();
  const elapsed = (): number => (performance.now() - start) / 1_000;
  for (let i = 0; i < WARM_UP_ROUNDS || elapsed() < task.seconds * WARM_UP_SHARE; i += 1) {
    runRound(arms, workload, length, random);
  }
  for (const arm of arms) {
    arm.milliseconds = [];
    arm.hits = 0;
  }
  let rounds = 0;
  while (rounds < ROUNDS_AT_LEAST || (rounds < ROUNDS_AT_MOST && elapsed() < task.seconds)) {
    runRound(arms, workload, length, random);
    rounds += 1;
  }
  if (workload.name === "insert") assertSameContent(arms, workload);
  const timed = length - Math.floor(length * LEAD_IN);
  const { baseline = BASELINE } = task;
  const base = arms.find(({ label }) => label === baseline)!.milliseconds;
  const results = arms.map(({ label, milliseconds, hits }) => ({
    arm: label,
    ratio: ratioOf(milliseconds, base),
    nanosecondsPerOperation: (spreadOf(milliseconds).median * 1e6) / timed,
    hitRatio: hits / rounds / timed,
  }));
  const { node } = process.versions;
  return { workload: workload.name, node, rounds, operationsPerRound: timed, arms: results };
}

/** A stream of inserts has no hits to compare, so a sample of the contents is compared. */
function assertSameContent(arms: readonly Arm[], workload: Workload): void {
  const sample = Math.min(workload.count, CENSUS_SAMPLE);
  const ids = Uint32Array.from({ length: sample }, (_, i) =>
    Math.floor((i * workload.count) / sample),
  );
  const held = new Map(
    arms
      .filter(({ exact }) => exact)
      .map((arm) => {
        const stretch = { keys: arm.keys.of(ids), ids, from: 0, to: sample };
        return [arm, arm.actions.census(stretch)];
      }),
  );
  assertAgreement(arms, workload, (arm) => `${held.get(arm)} keys held`);
}

/** Runs caches on every loop, so that the code they share has seen all of them. */
function enliven(arms: readonly Arm[], task: RoundsTask, random: Random): void {
  const workload = createWorkload("read-through", ALIVE_CAPACITY, random);
  fill(arms, workload, task, random);
  for (let i = 0; i < 10; i += 1) {
    const ids = workload.next(20_000);
    for (const { actions, keys } of arms) {
      const stretch = { keys: keys.of(ids), ids, from: 0, to: ids.length };
      actions.readThrough(stretch);
      actions.insert(stretch);
      actions.read(stretch);
    }
  }
}

function isHit(workload: Workload | undefined): boolean {
  return workload?.name === "hit-uniform" || workload?.name === "hit-zipf";
}

// Kept in a variable, so that caches that only stay alive are not collected.
let alive: readonly Arm[] = [];

async function measureRounds(task: RoundsTask): Promise<RoundsResult[]> {
  const random = createRandom(task.seed);
  const workloads = task.workloads.map((name) => createWorkload(name, task.capacity, random));
  const churned = task.surroundings === "after churn" ? CHURN_UNIVERSE * task.capacity : 0;
  const counts = workloads.map((workload) => workload.count);
  const count = Math.max(ALIVE_UNIVERSE, churned, ...counts);
  // Enough keys to fill the cache, and some more that evict entries.
  const least = Math.ceil(1.1 * task.capacity);
  const create = (): Keys => createKeys(task.shape, count, least);
  const pool = { create, shared: create() };

  const small = { ...task, capacity: ALIVE_CAPACITY };
  alive = await Promise.all(
    task.alive.map((name) => createArm(name, `${name} alive`, small, pool)),
  );
  enliven(alive, small, random);

  const arms = await Promise.all(
    task.arms.map((name, i) => {
      const label = task.arms.indexOf(name) === i ? name : `${name} again`;
      return createArm(name, label, task, pool);
    }),
  );
  return workloads.map((workload, i) => {
    // Hits do not change the content, so the next workload can begin with it.
    if (!isHit(workloads[i - 1]) || workload.name === "read-through")
      fill(arms, workload, task, random);
    // A cache without a bound evicts nothing, so that a comparison would not be fair.
    const taking = isHit(workload) ? arms : arms.filter(({ bounded }) => bounded);
    return measure(taking, workload, task, random);
  });
}

/** Measures in a thread of its own. */
async function measureInWorker(task: RoundsTask): Promise<RoundsResult[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const [answer] = await once(worker, "message");
  return answer as RoundsResult[];
}

if (isMainThread) {
  answerTask((task: RoundsTask) =>
    task.surroundings === "in a worker" ? measureInWorker(task) : measureRounds(task),
  );
} else {
  const answer = await measureRounds(workerData as RoundsTask);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort!.postMessage(answer);
}
