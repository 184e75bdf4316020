import { setTimeout as sleep } from "node:timers/promises";
import { answerTask } from "../fresh-process.ts";
import { createRandom, shuffle } from "../workloads/random.ts";
import type { ExpiringCache } from "./adapters/adapter.ts";
import { loadExpiring } from "./adapters/catalogue.ts";

/** One cache with entries whose deadlines all differ. */
export interface ExpiryTask {
  /** Name of an adapter. */
  readonly arm: string;
  readonly entries: number;
  readonly seed: number;
}

/** Time of each step in nanoseconds per entry. */
export interface ExpiryAnswer {
  /** Storing an entry with a time to live. */
  readonly arm: number;
  /** Storing the entry again with another time to live. */
  readonly move: number;
  /** Deleting the entry. */
  readonly cancel: number;
  /** Processor time until the cache has removed all entries by itself. Waiting does not count. */
  readonly expire: number;
}

/** Far in the future, so that no entry is due while entries are armed, moved and cancelled. */
const FAR: readonly [from: number, to: number] = [600_000, 3_600_000];
/**
 * In the near future, so that the wait is short. A cache that is slow to arm has some due entries
 * already, and their cost counts too.
 */
const NEAR: readonly [from: number, to: number] = [500, 1_500];

interface Step {
  readonly cache: ExpiringCache;
  readonly keys: readonly string[];
  readonly ttls: Float64Array;
}

function setAll({ cache, keys, ttls }: Step): number {
  const start = performance.now();
  for (let i = 0; i < keys.length; i += 1) cache.set(keys[i]!, i, ttls[i]!);
  return performance.now() - start;
}

function deleteAll({ cache, keys }: Pick<Step, "cache" | "keys">): number {
  const start = performance.now();
  for (let i = 0; i < keys.length; i += 1) cache.delete(keys[i]!);
  return performance.now() - start;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

async function expireAll(step: Step): Promise<number> {
  setAll(step);
  const start = processorMs();
  while (step.cache.size > 0) await sleep(50);
  return processorMs() - start;
}

async function measureExpiry({ arm, entries, seed }: ExpiryTask): Promise<ExpiryAnswer> {
  const adapter = await loadExpiring(arm);
  const random = createRandom(seed);
  const keys = Array.from({ length: entries }, (_, i) => `key ${String(i).padStart(13, "0")}`);
  const draw = ([from, to]: readonly [number, number]): Float64Array =>
    Float64Array.from(keys, () => from + Math.floor(random() * (to - from)));
  const ids = shuffle(
    Uint32Array.from(keys, (_, i) => i),
    random,
  );
  const shuffled = Array.from(ids, (id) => keys[id]!);

  // Compiles the code.
  const few = { cache: adapter.create(entries), keys: keys.slice(0, 5_000), ttls: draw(FAR) };
  for (let i = 0; i < 4; i += 1) setAll(few);
  deleteAll(few);

  const cache = adapter.create(entries);
  const collected = (run: () => number): number => {
    globalThis.gc!();
    return (run() * 1e6) / entries;
  };
  const arming = collected(() => setAll({ cache, keys, ttls: draw(FAR) }));
  const moving = collected(() => setAll({ cache, keys: shuffled, ttls: draw(FAR) }));
  const cancelling = collected(() => deleteAll({ cache, keys: shuffled }));
  if (cache.size !== 0)
    throw new Error(`Cannot measure ${arm}: ${cache.size} entries remain, expected 0`);
  globalThis.gc!();
  const expiring = await expireAll({ cache, keys, ttls: draw(NEAR) });
  return { arm: arming, move: moving, cancel: cancelling, expire: (expiring * 1e6) / entries };
}

answerTask(measureExpiry);
