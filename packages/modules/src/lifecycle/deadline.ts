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
    const cancel =
      ms === Infinity ? () => {} : clock.schedule(() => resolve(false), Math.max(0, ms));
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

/** Waits until all jobs that wait now have run. */
export function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
