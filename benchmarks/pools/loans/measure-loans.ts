import { ResourcePool } from "@heapwise/pool";
import { ratioOf, spreadOf, type Spread } from "../../statistics.ts";
import { createRandom, shuffle } from "../../workloads/random.ts";
import type { MeasuredPool } from "../adapters/adapter.ts";
import { loadPool, NULL_POOL, OUR_POOL } from "../adapters/catalogue.ts";
import { LeasingStack } from "./leasing-stack.ts";
import { timeRounds, type ArmTime, type TimedArm } from "../rounds.ts";

/**
 * `ready`: one loan after the other. `try`: the same without promises. `try again`: by code that
 * has also seen tries fail. `shared`: many tasks and few resources. `waits`: how long a loan takes
 * in that case.
 */
export type LoanScenario = "ready" | "try" | "try again" | "shared" | "waits";

export interface LoanTask {
  readonly scenario: LoanScenario;
  readonly arms: readonly string[];
  readonly baseline: string;
  readonly seconds: number;
}

/** Duration of loans in ms of processor time. */
export interface WaitTime {
  readonly arm: string;
  readonly p50: Spread;
  readonly p99: Spread;
  /** The p99 of a round divided by the p99 of the baseline in the same round. */
  readonly ratio: Spread;
}

export interface LoanAnswer {
  readonly times: readonly ArmTime[];
  readonly waits: readonly WaitTime[];
}

const RESOURCES = 10;
const TASKS = 100;
const CYCLES = 20_000;
const LOANS = 20_000;
const WAIT_ROUNDS = 9;
/**
 * A task times one of this many loans, because reading the processor time takes as long as a loan.
 */
const TIMED_LOANS = 8;

/** Answers a task of the suite. */
export async function measureLoans({
  scenario,
  arms,
  baseline,
  seconds,
}: LoanTask): Promise<LoanAnswer> {
  if (scenario === "try" || scenario === "try again") {
    return { times: await timeTries(scenario === "try again", baseline, seconds), waits: [] };
  }
  const pools = await Promise.all(
    arms.map(async (name) => ({ name, pool: await (await loadPool(name)).create(RESOURCES) })),
  );
  let times: ArmTime[] = [];
  let waits: WaitTime[] = [];
  if (scenario === "waits") waits = await measureWaits(pools, baseline);
  else {
    const timed = pools.map(({ name, pool }): TimedArm => ({
      name,
      run: scenario === "ready" ? (count) => pool.cycle(count) : (count) => share(pool, count),
    }));
    times = await timeRounds(timed, { count: CYCLES, seconds, baseline });
  }
  for (const { pool } of pools) await pool.close();
  return { times, waits };
}

function share(pool: MeasuredPool, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: TASKS }, () => pool.cycle(count / TASKS)));
}

/**
 * Loans without promises: an array, an array whose loans are objects of a class, and our pool. As
 * long as no try has failed, V8 sees that a lease does not leave the loop, and does not allocate
 * it. After that it allocates the lease, like the lease of the array.
 */
async function timeTries(
  afterFailures: boolean,
  baseline: string,
  seconds: number,
): Promise<ArmTime[]> {
  const things = Array.from({ length: RESOURCES }, (_, id) => ({ id }));
  const bare = new LeasingStack(Array.from({ length: RESOURCES }, (_, id) => ({ id })));
  const pool = new ResourcePool({ create: () => ({ id: 1 }), min: RESOURCES, max: RESOURCES });
  await pool.ready();
  if (afterFailures) {
    for (let i = 0; i < 1_000; i += 1) {
      drain(bare);
      drain(pool);
    }
  }
  const arms: TimedArm[] = [
    {
      name: NULL_POOL,
      run(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) {
          const thing = things.pop()!;
          sum += thing.id;
          things.push(thing);
        }
        return sum;
      },
    },
    {
      name: "stack with leases",
      run(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) {
          const lease = bare.tryAcquire()!;
          sum += lease.value.id;
          lease.release();
        }
        return sum;
      },
    },
    {
      name: OUR_POOL,
      run(count) {
        let sum = 0;
        for (let i = 0; i < count; i += 1) {
          const lease = pool.tryAcquire()!;
          sum += lease.value.id;
          lease.release();
        }
        return sum;
      },
    },
  ];
  const times = await timeRounds(arms, { count: 50 * CYCLES, seconds, baseline });
  await pool.close();
  return times;
}

/** Borrows all things, and tries once more without success. */
function drain(pool: { tryAcquire(): { release(): void } | undefined }): void {
  const leases: { release(): void }[] = [];
  for (let lease = pool.tryAcquire(); lease !== undefined; lease = pool.tryAcquire()) {
    leases.push(lease);
  }
  for (const lease of leases) lease.release();
}

/**
 * Many tasks borrow, hold the thing for one turn of the event loop, and return it. A wait is the
 * processor time of the process during the wait, collector included. The loop never rests, so this
 * is the time on a machine without other work. In wall time the p99 of all pools would be one slice
 * of the scheduler, or one collection of the garbage of the arm before.
 */
async function measureWaits(
  pools: readonly { readonly name: string; readonly pool: MeasuredPool }[],
  baseline: string,
): Promise<WaitTime[]> {
  const random = createRandom(1);
  const seen = new Map(
    pools.map(({ name }) => [name, { p50: [] as number[], p99: [] as number[] }]),
  );
  for (let round = 0; round <= WAIT_ROUNDS; round += 1) {
    for (const { name, pool } of shuffle([...pools], random)) {
      globalThis.gc!({ type: "minor" });
      const waits = await waitsOf(pool);
      // The first round warms up.
      if (round === 0) continue;
      seen.get(name)!.p50.push(waits[Math.floor(waits.length * 0.5)]!);
      seen.get(name)!.p99.push(waits[Math.floor(waits.length * 0.99)]!);
    }
  }
  const base = seen.get(baseline)!.p99;
  return [...seen].map(([arm, { p50, p99 }]) => ({
    arm,
    p50: spreadOf(p50),
    p99: spreadOf(p99),
    ratio: ratioOf(p99, base),
  }));
}

/** The waits of one round, the shortest first. */
async function waitsOf(pool: MeasuredPool): Promise<number[]> {
  const waits: number[] = [];
  const work = async (_: unknown, task: number): Promise<void> => {
    for (let i = 0; i < LOANS / TASKS; i += 1) {
      const isTimed = (task + i) % TIMED_LOANS === 0;
      const start = isTimed ? processorTime() : 0;
      const giveBack = await pool.hold();
      if (isTimed) waits.push(processorTime() - start);
      await new Promise((resolve) => setImmediate(resolve));
      giveBack();
    }
  };
  await Promise.all(Array.from({ length: TASKS }, work));
  return waits.sort((a, b) => a - b);
}

/** Processor time of this process in ms. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
