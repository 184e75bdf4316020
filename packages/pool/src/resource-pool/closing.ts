import type { Holder } from "../lease.ts";
import type { CloseReport } from "./pool-stats.ts";

/** The end of a pool: what `close` found, and the promise of the report. */
export class Closing<T> {
  readonly promise: Promise<CloseReport<T>>;
  /** Who had a loan at the deadline. */
  left: readonly Holder<T>[] = [];
  /** Creations that were waited for no longer. */
  abandoned = 0;
  /** What `destroy` threw. */
  readonly failures: unknown[] = [];
  isForced = false;
  readonly #destroyedBefore: number;
  #resolve!: (report: CloseReport<T>) => void;

  /** Begins when so many resources have been destroyed. */
  constructor(destroyed: number) {
    this.#destroyedBefore = destroyed;
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Resolves the promise, when so many resources have been destroyed in all. */
  finish(destroyed: number): void {
    const { left, abandoned, failures } = this;
    this.#resolve({ destroyed: destroyed - this.#destroyedBefore, left, abandoned, failures });
  }
}
