import { ResourcePool } from "@heapwise/pool";
import { spreadOf, type Spread } from "../../statistics.ts";
import { createRandom, shuffle } from "../../workloads/random.ts";
import type { MeasuredPool } from "../adapters/adapter.ts";
import { loadPool, NULL_POOL, OUR_POOL } from "../adapters/catalogue.ts";
import { timeRounds, type ArmTime, type TimedArm } from "../rounds.ts";

/** `ready`: one loan after the other. `try`: the same without promises. `shared`: many tasks and few resources. `waits`: how long a loan takes then. */
export type LoanScenario = "ready" | "try" | "shared" | "waits";

export interface LoanTask {
  readonly scenario: LoanScenario;
  readonly arms: readonly string[];
  readonly baseline: string;
  readonly seconds: number;
}

/** How long loans took, ms. */
export interface WaitTime {
  readonly arm: string;
  readonly p50: Spread;
  readonly p99: Spread;
}

export interface LoanAnswer {
  readonly times: readonly ArmTime[];
  readonly waits: readonly WaitTime[];
}

const RESOURCES = 10;
const TASKS = 100;
const CYCLES = 20_000;
const LOANS = 4_000;
const WAIT_ROUNDS = 9;

/** Answers a task of the suite. */
export async function measureLoans({
  scenario,
  arms,
  baseline,
  seconds,
}: LoanTask): Promise<LoanAnswer> {
  if (scenario === "try") return { times: await timeTries(baseline, seconds), waits: [] };
  const pools = await Promise.all(
    arms.map(async (name) => ({ name, pool: await (await loadPool(name)).create(RESOURCES) })),
  );
  let times: ArmTime[] = [];
  let waits: WaitTime[] = [];
  if (scenario === "waits") waits = await measureWaits(pools);
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

/** Loans without promises: an array, and ours. */
async function timeTries(baseline: string, seconds: number): Promise<ArmTime[]> {
  const things = Array.from({ length: RESOURCES }, (_, id) => ({ id }));
  const pool = new ResourcePool({ create: () => ({ id: 1 }), min: RESOURCES, max: RESOURCES });
  await pool.ready();
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

/** Many tasks borrow, hold for one turn of the event loop, and give back. */
async function measureWaits(
  pools: readonly { readonly name: string; readonly pool: MeasuredPool }[],
): Promise<WaitTime[]> {
  const random = createRandom(1);
  const seen = new Map(
    pools.map(({ name }) => [name, { p50: [] as number[], p99: [] as number[] }]),
  );
  for (let round = 0; round <= WAIT_ROUNDS; round += 1) {
    for (const { name, pool } of shuffle([...pools], random)) {
      const waits: number[] = [];
      const work = async (): Promise<void> => {
        for (let i = 0; i < LOANS / TASKS; i += 1) {
          const start = performance.now();
          const giveBack = await pool.hold();
          waits.push(performance.now() - start);
          await new Promise((resolve) => setImmediate(resolve));
          giveBack();
        }
      };
      await Promise.all(Array.from({ length: TASKS }, work));
      waits.sort((a, b) => a - b);
      // The first round warms up.
      if (round === 0) continue;
      seen.get(name)!.p50.push(waits[Math.floor(waits.length * 0.5)]!);
      seen.get(name)!.p99.push(waits[Math.floor(waits.length * 0.99)]!);
    }
  }
  return [...seen].map(([arm, { p50, p99 }]) => ({ arm, p50: spreadOf(p50), p99: spreadOf(p99) }));
}
