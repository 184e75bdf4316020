import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { ResourcePool, type ResourcePoolOptions } from "@heapwise/pool";

/** A pool of threads that hash texts. A thread that ends is replaced, and its job fails. */
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
    // The threadId of a thread that has ended is -1.
    validate: (worker) => worker.threadId !== -1,
    destroy: (worker) => worker.terminate(),
    max: 4,
    acquireTimeout: 10_000,
    createTimeout: 10_000,
    ...options,
  });
  return pool;
}

/** Hashes a text in a thread. Rejects if the thread ends before its answer or the signal aborts. */
export function hash(
  pool: ResourcePool<Worker>,
  text: string,
  signal?: AbortSignal,
): Promise<string> {
  return pool.use(
    (worker, lease) =>
      new Promise<string>((resolve, reject) => {
        // A thread that is busy with the job of a caller that has left must not serve the next
        // caller.
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
