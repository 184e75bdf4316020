import { PerformanceObserver } from "node:perf_hooks";
import { loadAdapter } from "../adapters/catalogue.ts";
import type { MeasuredCache } from "../adapters/adapter.ts";
import { answerTask } from "../fresh-process.ts";
import type { KeyShape } from "../workloads/keys.ts";
import { createKeys } from "../workloads/keys.ts";

/** One cache that grows from empty to its capacity. */
export interface GrowthTask {
  readonly arm: string;
  readonly shape: KeyShape;
  readonly entries: number;
}

/** How long its inserts took. */
export interface GrowthAnswer {
  /** The longest insert, collections of garbage included. */
  readonly longestMs: number;
  /** The longest insert without the time of collections: growth and rehashing alone. */
  readonly longestOwnMs: number;
  /** Number of entries at the longest insert (own time). */
  readonly longestAt: number;
  readonly totalMs: number;
}

interface Interval {
  readonly start: number;
  readonly end: number;
}

interface SlowInsert extends Interval {
  readonly size: number;
}

// Shorter inserts cannot be the longest. Omitting them keeps the record small.
const SLOW_MS = 0.02;

function grow(cache: MeasuredCache<unknown, number>, keys: readonly unknown[]): SlowInsert[] {
  const slow: SlowInsert[] = [];
  let start = performance.now();
  for (let i = 0; i < keys.length; i += 1) {
    cache.set(keys[i], i);
    const end = performance.now();
    if (end - start > SLOW_MS) {
      slow.push({ start, end, size: i });
      start = performance.now();
    } else {
      start = end;
    }
  }
  return slow;
}

function overlap(a: Interval, b: Interval): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

async function measureGrowth({ arm, shape, entries }: GrowthTask): Promise<GrowthAnswer> {
  const adapter = await loadAdapter(arm);
  const ids = Uint32Array.from({ length: entries }, (_, id) => id);
  const keys = createKeys(shape, entries).of(ids);
  // Compiles the code, so that the first inserts are not the slowest. It uses other keys, so that
  // the index cannot learn from them.
  const others = createKeys({ ...shape, set: "locks" }, 2_000).of(ids.subarray(0, 2_000));
  for (let i = 0; i < 20; i += 1) grow(adapter.create(1_000), others);
  for (let i = 0; i < 3; i += 1) globalThis.gc!();

  const pauses: Interval[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      pauses.push({ start: startTime, end: startTime + duration });
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const cache = adapter.create<unknown, number>(entries);
  const start = performance.now();
  const slow = grow(cache, keys);
  const totalMs = performance.now() - start;
  // The observer gets its entries in a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  if (!cache.has(keys[entries - 1]))
    throw new Error(`Cannot measure growth: ${arm} lost its newest key`);

  let longest = { longestMs: 0, longestOwnMs: 0, longestAt: 0 };
  for (const insert of slow) {
    const ms = insert.end - insert.start;
    const ownMs = ms - pauses.reduce((sum, pause) => sum + overlap(insert, pause), 0);
    longest = {
      longestMs: Math.max(longest.longestMs, ms),
      longestOwnMs: Math.max(longest.longestOwnMs, ownMs),
      longestAt: ownMs > longest.longestOwnMs ? insert.size : longest.longestAt,
    };
  }
  return { ...longest, totalMs };
}

answerTask(measureGrowth);
