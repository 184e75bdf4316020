import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ResourcePool } from "@heapwise/pool";
import { describe, expect, it } from "vitest";

const SOURCE = `
  const { parentPort, threadId } = require("node:worker_threads");
  parentPort.on("message", (job) => {
    if (job === "die") process.exit(7);
    parentPort.postMessage({ threadId, square: job * job });
  });
  parentPort.postMessage("ready");
`;

/** A thread that squares numbers, one at a time, and ends on request. */
class Squarer {
  readonly worker: Worker;
  isAlive = true;

  constructor(worker: Worker) {
    this.worker = worker;
    worker.on("exit", () => (this.isAlive = false));
  }

  run(job: number | "die"): Promise<number> {
    return new Promise((resolve, reject) => {
      const onExit = (): void => reject(new Error("thread lost"));
      this.worker.once("exit", onExit);
      this.worker.once("message", ({ square }: { square: number }) => {
        this.worker.off("exit", onExit);
        resolve(square);
      });
      this.worker.postMessage(job, []);
    });
  }
}

function createPool(max: number): ResourcePool<Squarer> {
  return new ResourcePool<Squarer>({
    create: async ({ signal }) => {
      const worker = new Worker(SOURCE, { eval: true });
      await once(worker, "message", { signal: signal as AbortSignal });
      return new Squarer(worker);
    },
    validate: ({ isAlive }) => isAlive,
    destroy: ({ worker }) => worker.terminate(),
    max,
    maxUses: 20,
    name: "squarers",
  });
}

describe("A pool of worker threads", () => {
  it("runs every job once, recycles threads, and replaces threads that end", async () => {
    const pool = createPool(2);
    const deaths: unknown[] = [];
    const results = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        try {
          return await pool.use((squarer) => squarer.run(i % 15 === 7 ? "die" : i));
        } catch (error) {
          deaths.push(error);
          return i * i;
        }
      }),
    );
    expect(results).toEqual(Array.from({ length: 60 }, (_, i) => i * i));
    expect(deaths.map(String)).toEqual(Array.from({ length: 4 }, () => "Error: thread lost"));
    const { created, total } = pool.stats();
    expect(created).toBeGreaterThanOrEqual(5);
    expect(total).toBeLessThanOrEqual(2);
    expect(await pool.close()).toMatchObject({ left: [], failures: [], abandoned: 0 });
    expect(pool.stats().total).toBe(0);
  });

  it("terminates a thread that is not given back at the deadline of close, and reports its loan", async () => {
    const pool = createPool(1);
    const lease = await pool.acquire({ label: "endless" });
    const { worker } = lease.value;
    const exited = once(worker, "exit");
    const report = await pool.close({ deadline: 1 });
    await exited;
    expect(report).toMatchObject({ destroyed: 1, left: [{ label: "endless" }] });
    expect(() => lease.release()).toThrow("has ended");
  });
});
