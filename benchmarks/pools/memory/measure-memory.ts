import { PerformanceObserver } from "node:perf_hooks";
import { BufferPool, ObjectPool } from "@heapwise/pool";

/**
 * `survivors`: objects that outlive several scavenges. `requests`: buffers of 64 KiB that live for
 * a turn of the event loop.
 */
export type MemoryScenario = "survivors" | "requests";

export interface PoolMemoryTask {
  readonly scenario: MemoryScenario;
  readonly arm: string;
  readonly repeat: number;
}

export interface PoolMemoryAnswer {
  readonly gcMs: number;
  readonly longestPauseMs: number;
  readonly totalMs: number;
  /** Highest resident set minus the resident set at the start, in bytes. */
  readonly peakRss: number;
}

const LIVE = 20_000;
const REPLACEMENTS = 100;
const REQUESTS = 10_000;
const AT_A_TIME = 50;
const REQUEST_BYTES = 65_536;

interface Body {
  id: number;
  child: { id: number };
  bytes: Float64Array;
}

/** Replaces many live objects again and again. Each gets a new child. */
function survive(arm: string): void {
  const create = (): Body => ({ id: 0, child: { id: 0 }, bytes: new Float64Array(8) });
  const pool = arm === "new" ? undefined : new ObjectPool<Body>({ create, maxIdle: LIVE });
  const bodies = Array.from({ length: LIVE }, create);
  for (let round = 0; round < REPLACEMENTS; round += 1) {
    for (let i = 0; i < LIVE; i += 1) {
      pool?.release(bodies[i]!);
      const body = pool === undefined ? create() : pool.acquire();
      body.id = i;
      body.child = { id: i };
      bodies[i] = body;
    }
  }
}

async function serve(arm: string, onTurn: () => void): Promise<void> {
  const pool = new BufferPool({ maxBytes: 8 * 2 ** 20 });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const request = async (i: number): Promise<void> => {
    const lease = arm === "heapwise pool" ? pool.acquire(REQUEST_BYTES) : undefined;
    const bytes =
      lease?.value ??
      (arm === "new" ? new Uint8Array(REQUEST_BYTES) : Buffer.allocUnsafe(REQUEST_BYTES));
    bytes.fill(i & 255);
    await turn();
    if (bytes[REQUEST_BYTES - 1] !== (i & 255))
      throw new Error("Cannot measure memory: two loans share a buffer, expected one each");
    lease?.release();
  };
  for (let i = 0; i < REQUESTS; i += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, k) => request(i + k)));
    onTurn();
  }
}

/** Answers a task of the suite. */
export async function measureMemory({ scenario, arm }: PoolMemoryTask): Promise<PoolMemoryAnswer> {
  globalThis.gc!();
  const before = process.memoryUsage.rss();
  let peak = before;
  let [gcMs, longestPauseMs] = [0, 0];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      gcMs += duration;
      longestPauseMs = Math.max(longestPauseMs, duration);
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const start = performance.now();
  const look = (): void => void (peak = Math.max(peak, process.memoryUsage.rss()));
  if (scenario === "survivors") survive(arm);
  else await serve(arm, look);
  const totalMs = performance.now() - start;
  look();
  // The observer gets its entries in a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  return { gcMs, longestPauseMs, totalMs, peakRss: peak - before };
}
