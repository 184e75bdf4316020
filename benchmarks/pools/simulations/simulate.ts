import { ResourcePool, type ResourcePoolOptions, type ResourcePoolStats } from "@heapwise/pool";
import { SimulatedClock } from "./simulated-clock.ts";

/** The simulated situations. They follow the tests that pools of other languages learned from. */
export type SimulationName = "spike" | "outage" | "lifetime herd" | "slow destroy" | "overload";

export interface SimulationTask {
  readonly name: SimulationName;
}

/** One line of a chart. */
export interface SimulationPoint {
  readonly ms: number;
  readonly value: number;
  readonly series: string;
}

/** The course of one variant. */
export interface SimulationRow {
  readonly variant: string;
  readonly made: number;
  readonly served: number;
  readonly failed: number;
  readonly p99Wait: number;
  readonly mostTotal: number;
}

export interface SimulationAnswer {
  readonly points: readonly SimulationPoint[];
  readonly rows: readonly SimulationRow[];
}

interface Thing {
  readonly id: number;
}

interface Scenario {
  readonly variants: Readonly<Record<string, Partial<ResourcePoolOptions<Thing>>>>;
  readonly until: number;
  readonly step: number;
  /** The time of each request in ms. */
  readonly arrivals: readonly number[];
  readonly use: number;
  readonly create: (clock: SimulatedClock) => Promise<void>;
  readonly destroy?: number;
  readonly max: number;
  /** The state of a step that the chart shows. */
  readonly show: (stats: ResourcePoolStats, before: ResourcePoolStats) => Record<string, number>;
}

const every = (ms: number, from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / ms) }, (_, i) => from + i * ms);

const SCENARIOS: Readonly<Record<SimulationName, Scenario>> = {
  spike: {
    variants: {
      "as it comes": { min: 5 },
      "two creations at a time": { min: 5, createConcurrency: 2 },
    },
    until: 400,
    step: 2,
    arrivals: Array.from({ length: 50 }, () => 200),
    use: 2,
    create: (clock) => clock.wait(150),
    max: 50,
    show: ({ total, waiting }) => ({ total, waiting }),
  },
  outage: {
    variants: {
      "no retry": {},
      retry: { retry: {} },
      "retry, breaker": { retry: {}, breaker: { failures: 10, reset: 1_000 } },
    },
    until: 12_000,
    step: 200,
    arrivals: every(5, 0, 11_000),
    use: 10,
    create: async (clock) => {
      await clock.wait(20);
      if (clock.now() >= 3_000 && clock.now() < 7_000) throw new Error("down");
    },
    max: 20,
    show: ({ acquired, createFailures }, before) => ({
      "loans per 200 ms": acquired - before.acquired,
      "failed creations per 200 ms": createFailures - before.createFailures,
    }),
  },
  "lifetime herd": {
    variants: {
      "jitter 0": { min: 50, maxLifetime: 10_000, lifetimeJitter: 0 },
      "jitter 0.1": { min: 50, maxLifetime: 10_000 },
      "jitter 0.5": { min: 50, maxLifetime: 10_000, lifetimeJitter: 0.5 },
    },
    until: 40_000,
    step: 500,
    arrivals: every(20, 100, 39_000),
    use: 5,
    create: (clock) => clock.wait(50),
    max: 60,
    show: ({ created }, before) => ({ "creations per 500 ms": created - before.created }),
  },
  "slow destroy": {
    variants: {
      "destroy 0 ms": { maxUses: 5, destroy: () => undefined },
      "destroy 1 s": { maxUses: 5 },
    },
    until: 4_000,
    step: 50,
    arrivals: every(4, 0, 3_000),
    use: 20,
    create: (clock) => clock.wait(10),
    destroy: 1_000,
    max: 20,
    show: ({ total, closing }) => ({ total, "being destroyed": closing }),
  },
  overload: {
    variants: {
      "no shedding": { min: 10, acquireTimeout: 1_000 },
      codel: { min: 10, acquireTimeout: 1_000, codel: { target: 50, interval: 200 } },
    },
    until: 10_000,
    step: 200,
    // Twice the load that ten resources can serve, from 2 s to 6 s.
    arrivals: [...every(2, 0, 2_000), ...every(0.5, 2_000, 6_000), ...every(2, 6_000, 9_500)],
    use: 10,
    create: (clock) => clock.wait(10),
    max: 10,
    show: ({ waiting }) => ({ waiting }),
  },
};

async function runVariant(
  scenario: Scenario,
  variant: string,
): Promise<{ points: SimulationPoint[]; row: SimulationRow }> {
  const clock = new SimulatedClock();
  let [served, failed, mostTotal, id] = [0, 0, 0, 0];
  const waits: number[] = [];
  const { destroy } = scenario;
  const pool = new ResourcePool<Thing>({
    create: async () => {
      await scenario.create(clock);
      return { id: (id += 1) };
    },
    ...(destroy !== undefined && { destroy: () => clock.wait(destroy) }),
    max: scenario.max,
    clock,
    seed: 1,
    ...scenario.variants[variant],
  });
  // The connections that an outage breaks: each loan during the outage destroys its resource.
  const isDown = (): boolean =>
    scenario === SCENARIOS.outage && clock.now() >= 3_000 && clock.now() < 7_000;
  for (const at of scenario.arrivals) {
    clock.schedule(() => {
      const start = clock.now();
      pool
        .use(async (_thing, lease) => {
          waits.push(clock.now() - start);
          await clock.wait(scenario.use);
          if (isDown()) lease.destroy();
          else served += 1;
        })
        .catch(() => (failed += 1));
    }, at);
  }
  const points: SimulationPoint[] = [];
  let before = pool.stats();
  for (let ms = 0; ms <= scenario.until; ms += scenario.step) {
    await clock.runUntil(ms);
    const stats = pool.stats();
    mostTotal = Math.max(mostTotal, stats.total);
    for (const [what, value] of Object.entries(scenario.show(stats, before))) {
      const isOnly = Object.keys(scenario.variants).length === 1;
      points.push({ ms, value, series: isOnly ? what : `${variant}: ${what}` });
    }
    before = stats;
  }
  waits.sort((a, b) => a - b);
  const p99Wait = waits[Math.floor(waits.length * 0.99)] ?? 0;
  return { points, row: { variant, made: before.created, served, failed, p99Wait, mostTotal } };
}

/** Answers a task of the suite. */
export async function simulate({ name }: SimulationTask): Promise<SimulationAnswer> {
  const scenario = SCENARIOS[name];
  const results = [];
  for (const variant of Object.keys(scenario.variants)) {
    results.push(await runVariant(scenario, variant));
  }
  return { points: results.flatMap(({ points }) => points), rows: results.map(({ row }) => row) };
}
