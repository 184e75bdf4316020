/**
 * Prints the longest turns of a program whose cache has a million entries that expire together. A
 * turn is counted in ms of processor time: the work of the collector counts, and other programs do
 * not.
 *
 *     tsx --conditions=@heapwise/source benchmarks/pauses/expiry-pauses.ts [runs] [another build]
 *
 * Each run has a process of its own. The result is the median of the longest turns of the runs.
 */
import { execFileSync } from "node:child_process";
import { openSync, readSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LRUCache, LRUCacheOptions } from "@heapwise/lru";
import { spreadOf } from "../statistics.ts";

type Cache = LRUCache<number, number>;
type Build = { readonly LRUCache: new (options: LRUCacheOptions<number, number>) => Cache };

const ENTRIES = 1_000_000;
/** Longer than the time that filling the cache takes, in ms. */
const LIFE = 5_000;
/** Time until all entries have been removed and their stale windows are over, in ms. */
const REST = 3_000;

const SHAPES: Readonly<Record<string, LRUCacheOptions<number, number>>> = {
  ttl: { ttl: LIFE },
  jitter: { ttl: LIFE, ttlJitter: 0.2 },
  stale: { ttl: LIFE, staleWhileRevalidate: 1_000 },
  idle: { idleTtl: LIFE },
};

const DRIVERS: Readonly<Record<string, (cache: Cache, turn: number) => unknown>> = {
  timer: () => undefined,
  get: (cache) => cache.get(-1),
  set: (cache, turn) => cache.set(ENTRIES + (turn % 100), turn),
  size: (cache) => cache.size,
};

/** Ms that the main thread has run; ms that have passed if the system does not count them. */
function createStopwatch(): () => number {
  if (process.platform !== "linux") return () => performance.now();
  const file = openSync(`/proc/self/task/${process.pid}/schedstat`, "r");
  const text = Buffer.alloc(64);
  return () => parseInt(text.toString("latin1", 0, readSync(file, text, 0, 64, 0)), 10) / 1e6;
}

async function measure(build: string, shape: string, driver: string): Promise<number> {
  const { LRUCache: Cache } = (await import(build)) as Build;
  const cache = new Cache({ max: ENTRIES, ...SHAPES[shape]! });
  const drive = DRIVERS[driver]!;
  const elapsed = createStopwatch();
  for (let i = 0; i < ENTRIES; i += 1) cache.set(i, i);
  const end = performance.now() + LIFE + REST;
  await sleep(100);
  let longest = 0;
  for (let turn = 0; performance.now() < end; turn += 1) {
    const start = elapsed();
    drive(cache, turn);
    // All code that runs between two of these turns counts as one turn, which is slightly more than
    // the true value.
    await new Promise((resolve) => void setImmediate(resolve));
    longest = Math.max(longest, elapsed() - start);
  }
  if (cache.size > 100)
    throw new Error(`Cannot measure pauses: ${cache.size} entries remain, expected 0`);
  return longest;
}

function compare(runs: number, builds: readonly string[]): void {
  const file = fileURLToPath(import.meta.url);
  const rows = Object.keys(SHAPES).flatMap((shape) =>
    Object.keys(DRIVERS).map((driver) => {
      const longest = builds.map((build) => {
        const times = Array.from({ length: runs }, () =>
          Number(
            execFileSync(process.execPath, [...process.execArgv, file, build, shape, driver], {
              encoding: "utf8",
            }),
          ),
        );
        return [build, Number(spreadOf(times).median.toFixed(1))] as const;
      });
      return { shape, driver, ...Object.fromEntries(longest) };
    }),
  );
  console.table(rows);
}

const [first = "5", shape, driver] = process.argv.slice(2);
if (driver === undefined) compare(Number(first), ["@heapwise/lru", ...(shape ? [shape] : [])]);
else process.stdout.write(String(await measure(first, shape!, driver)));
