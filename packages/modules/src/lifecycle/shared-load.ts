import type { LoadedModule } from "../host/loaded-module.ts";

/**
 * A load for which several callers wait. It is abandoned if the signals of all of them are
 * aborted.
 */
export class SharedLoad {
  readonly #result: Promise<LoadedModule>;
  readonly #abandon: (reason: unknown) => void;
  #callers = 0;

  constructor(result: Promise<LoadedModule>, abandon: (reason: unknown) => void) {
    this.#result = result;
    this.#abandon = abandon;
    // Each caller sees to the error, unless all of them left.
    result.catch(() => {});
  }

  /** The result for one caller, or the reason of its signal. */
  join(signal: AbortSignal | undefined): Promise<LoadedModule> {
    this.#callers++;
    return waitFor(this.#result, signal, (reason) => {
      if (--this.#callers === 0) this.#abandon(reason);
    });
  }
}

/** Waits for a promise, or throws the reason of a signal. */
export function waitFor<Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
  onAbort: (reason: unknown) => void = () => {},
): Promise<Result> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      signal.removeEventListener("abort", abort);
      reject(signal.reason as Error);
      onAbort(signal.reason);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
