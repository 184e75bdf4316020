import { createHash } from "node:crypto";
import type { ResourcePool } from "@heapwise/pool";
import type { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { Load, until } from "../load.ts";
import { expectAllRoom, expectCleanClose, expectExactCounts } from "../pool-checks.ts";
import { createWorkerPool, hash } from "./worker-pool.ts";

const MAX = 3;
const CALLERS = 12;

/** A pool, and its running threads. */
function createPool(options: Parameters<typeof createWorkerPool>[0] = {}): {
  pool: ResourcePool<Worker>;
  running: Set<Worker>;
} {
  const pool = createWorkerPool({ max: MAX, acquireTimeout: 60_000, ...options });
  const running = new Set<Worker>();
  pool.on("create", ({ value }) => {
    running.add(value);
    value.once("exit", () => running.delete(value));
  });
  return { pool, running };
}

async function check(pool: ResourcePool<Worker>, n: number): Promise<void> {
  const text = `text ${n}`;
  expect(await hash(pool, text)).toBe(createHash("sha256").update(text).digest("hex"));
}

describe("A pool of worker threads", () => {
  it("comes back under load when all its threads are killed at once, again and again", async () => {
    const { pool, running } = createPool();
    const load = new Load(CALLERS, (n) => check(pool, n));
    let killed = 0;
    for (let round = 0; round < 5; round++) {
      await load.moreServed(50);
      const victims = [...running];
      killed += victims.length;
      await Promise.all(victims.map((worker) => worker.terminate()));
    }
    await load.moreServed(50);
    await load.stop();
    expect(killed).toBeGreaterThanOrEqual(5);
    expect(load.served + load.failures.length).toBe(load.begun);
    // Each killed thread makes at most one job fail.
    expect(load.failures.length).toBeLessThanOrEqual(killed);
    for (const error of load.failures) expect(String(error)).toBe("Error: Thread lost");
    expect(pool.stats()).toMatchObject({ lost: 0, timeouts: 0, createFailures: 0 });
    await expectExactCounts(pool, MAX, () => running.size);
    await expectAllRoom(pool, MAX);
    await expectCleanClose(pool, () => running.size);
  });

  it("replaces a thread that ends while it is idle, before the next call", async () => {
    const { pool, running } = createPool({ min: 1 });
    await pool.ready();
    const [first] = running;
    await first?.terminate();
    await check(pool, 1);
    expect(running.has(first as Worker)).toBe(false);
    expect(pool.stats()).toMatchObject({ created: 2, destroyed: 1 });
    await expectCleanClose(pool, () => running.size);
  });

  it("ends a thread whose caller has left, and serves the next one with another", async () => {
    const { pool, running } = createPool({ max: 1 });
    const controller = new AbortController();
    pool.on("create", ({ value }) => {
      const post = value.postMessage.bind(value);
      // The caller leaves as soon as the thread has the job.
      value.postMessage = (...job) => {
        post(...job);
        controller.abort(new Error("left"));
      };
    });
    const left = hash(pool, "never mind", controller.signal);
    await expect(left).rejects.toThrow("left");
    await check(pool, 2);
    expect(pool.stats()).toMatchObject({ created: 2, destroyed: 1 });
    await expectExactCounts(pool, 1, () => running.size);
    await expectCleanClose(pool, () => running.size);
  });

  it("lets jobs end at close, and leaves no thread", async () => {
    const { pool, running } = createPool();
    await expectAllRoom(pool, MAX);
    const jobs = Promise.all(Array.from({ length: MAX }, (_, n) => check(pool, n)));
    await until(MAX, () => pool.stats().leased);
    expect(await pool.close()).toMatchObject({ destroyed: MAX, left: [], failures: [] });
    await jobs;
    expect(running.size).toBe(0);
  });
});
