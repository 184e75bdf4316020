import { loadAdapter } from "../adapters/catalogue.ts";
import type { MeasuredCache } from "../adapters/adapter.ts";
import { answerTask } from "../fresh-process.ts";
import { settledBytes } from "../memory/settled-bytes.ts";
import { ratioOf, spreadOf, type Spread } from "../statistics.ts";
import { loadLoops } from "../throughput/load-loops.ts";
import { createKeys, type KeyShape } from "../workloads/keys.ts";
import { createRandom, shuffle } from "../workloads/random.ts";

/**
 * Many caches of a few entries each: their time, all arms in one process, or the bytes of one arm.
 */
export interface SmallTask {
  readonly measured: "time" | "bytes";
  /** Names of adapters. Ratios are relative to the first. */
  readonly arms: readonly string[];
  readonly max: number;
  readonly entries: number;
  /** The keys of one cache after the other. */
  readonly shapes: readonly KeyShape[];
  /** Time for the rounds. */
  readonly seconds: number;
}

/** The cost of one cache of an arm. */
export interface SmallAnswer {
  readonly arm: string;
  /** Time to make and fill a cache, divided by the time of the first arm in the same round. */
  readonly ratio?: Spread;
  readonly microseconds?: number;
  /** Heap and external memory of a cache, without its keys and the one value. */
  readonly bytes?: number;
}

type Make = () => MeasuredCache<unknown, unknown>;

const VALUE = {};
const CACHES = 5_000;
const CACHES_OF_ROUND = 300;
const ROUNDS_AT_LEAST = 9;

async function createMake(
  arm: string,
  label: string,
  { max, entries, shapes }: SmallTask,
): Promise<Make> {
  const adapter = await loadAdapter(arm);
  const { fillNew } = await loadLoops(label);
  const ids = Uint32Array.from({ length: entries }, (_, id) => id);
  const keys = shapes.map((shape) => createKeys(shape, entries).of(ids));
  const create = (): MeasuredCache<unknown, unknown> => adapter.create(max);
  let turn = 0;
  return () => fillNew(create, keys[turn++ % keys.length]!, VALUE);
}

function makeSome(make: Make, count: number): MeasuredCache<unknown, unknown>[] {
  return Array.from({ length: count }, make);
}

async function measureBytes(arm: string, task: SmallTask): Promise<SmallAnswer> {
  const make = await createMake(arm, arm, task);
  // Compiles the code first, so that it is not counted.
  makeSome(make, CACHES);
  const before = await settledBytes();
  const caches = makeSome(make, CACHES);
  return { arm, bytes: ((await settledBytes()) - before) / caches.length };
}

async function measureTime(task: SmallTask): Promise<SmallAnswer[]> {
  const random = createRandom(1);
  const arms = await Promise.all(
    task.arms.map(async (name, at) => {
      const label = task.arms.indexOf(name) === at ? name : `${name} again`;
      return { label, make: await createMake(name, label, task), microseconds: [] as number[] };
    }),
  );
  for (const { make } of arms) makeSome(make, CACHES);
  const start = performance.now();
  while (
    arms[0]!.microseconds.length < ROUNDS_AT_LEAST ||
    performance.now() - start < 1_000 * task.seconds
  ) {
    for (const { make, microseconds } of shuffle([...arms], random)) {
      // A turn of its own, as the caches of a request have: the clock is read again in each turn.
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.gc!({ type: "minor" });
      const from = performance.now();
      makeSome(make, CACHES_OF_ROUND);
      microseconds.push((1_000 * (performance.now() - from)) / CACHES_OF_ROUND);
    }
  }
  const base = arms[0]!.microseconds;
  return arms.map(({ label, microseconds }) => ({
    arm: label,
    ratio: ratioOf(microseconds, base),
    microseconds: spreadOf(microseconds).median,
  }));
}

async function measureSmall(task: SmallTask): Promise<SmallAnswer[]> {
  if (task.measured === "time") return measureTime(task);
  return [await measureBytes(task.arms[0]!, task)];
}

answerTask(measureSmall);
