import type { Clock } from "../host/options.ts";

/**
 * Waits for a promise, up to some milliseconds. Whether it was settled in time; its error, if it
 * comes in time, is thrown.
 */
export function settlesWithin(
  clock: Clock,
  promise: Promise<unknown>,
  ms: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = schedule(clock, () => resolve(false), ms);
    promise.then(
      () => {
        cancel();
        resolve(true);
      },
      (error: unknown) => {
        cancel();
        reject(error as Error);
      },
    );
  });
}

/** Without a time to wait, work that is done already still counts. */
function schedule(clock: Clock, run: () => void, ms: number): () => void {
  if (ms === Infinity) return () => {};
  if (ms > 0) return clock.schedule(run, ms);
  const immediate = setImmediate(run);
  return () => clearImmediate(immediate);
}

/** Waits until all jobs that wait now have run. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
