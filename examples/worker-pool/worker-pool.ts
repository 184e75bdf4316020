import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ResourcePool, type ResourcePoolOptions } from "@heapwise/pool";

/** A pool of threads that hash texts. A thread that dies is replaced; the job that it had fails. */
export function createWorkerPool(
  options: Partial<ResourcePoolOptions<Worker>> = {},
): ResourcePool<Worker> {
  const pool: ResourcePool<Worker> = new ResourcePool<Worker>({
    name: "workers",
    create: async ({ signal }) => {
      const worker = new Worker(new URL("./hash-worker.mjs", import.meta.url));
      // Without a listener for `error` an uncaught error of the thread would end the process.
      worker.on("error", (error) => pool.discard(worker, error));
      worker.on("exit", (code) => pool.discard(worker, new Error(`thread ended with ${code}`)));
      signal.addEventListener("abort", () => void worker.terminate());
      await once(worker, "message");
      return worker;
    },
    // A thread that has ended has no number any more.
    validate: (worker) => worker.threadId !== -1,
    destroy: (worker) => worker.terminate(),
    max: 4,
    acquireTimeout: 10_000,
    createTimeout: 10_000,
    ...options,
  });
  return pool;
}

/** Has a thread hash a text. Rejects when the thread dies before it answers, or when the signal aborts. */
export function hash(
  pool: ResourcePool<Worker>,
  text: string,
  signal?: AbortSignal,
): Promise<string> {
  return pool.use(
    (worker, lease) =>
      new Promise<string>((resolve, reject) => {
        // One that is still busy with the job of a caller who has left must not serve the next one.
        const onAbort = (): void =>
          done(() => {
            lease.destroy(signal?.reason);
            reject(signal?.reason as Error);
          });
        const onMessage = (answer: string): void => done(() => resolve(answer));
        const onExit = (): void => done(() => reject(new Error("Thread lost")));
        const done = (settle: () => void): void => {
          worker.off("message", onMessage).off("exit", onExit);
          signal?.removeEventListener("abort", onAbort);
          settle();
        };
        worker.once("message", onMessage).once("exit", onExit);
        signal?.addEventListener("abort", onAbort, { once: true });
        if (signal?.aborted) onAbort();
        else worker.postMessage(text);
      }),
    { signal },
  );
}
