import { hideValue, type Holder } from "../lease.ts";
import { weakly } from "../weakly.ts";
import type { Deadline } from "../time/deadline-queue.ts";
import type { CloseReport } from "./pool-stats.ts";

/** The end of a pool: what `close` found, and the promise of the report. */
export class Closing<T> {
  readonly promise: Promise<CloseReport<T>>;
  /** Whether those who wait are served first. */
  serves: boolean;
  /** When it is forced. */
  readonly deadline: Deadline;
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
  constructor(destroyed: number, serves: boolean, force: () => void) {
    this.#destroyedBefore = destroyed;
    this.serves = serves;
    this.deadline = { at: Infinity, run: force, index: -1 };
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Resolves the promise, when so many resources have been destroyed in all. */
  finish(destroyed: number): void {
    const { abandoned, failures } = this;
    const left = this.left.map(hideValue);
    this.#resolve({ destroyed: destroyed - this.#destroyedBefore, left, abandoned, failures });
  }
}

/**
 * What a closed pool keeps of its report for later calls of `close`: the report as long as somebody
 * has it, and then what it said. So it holds no resource of those who had a loan, and no promise,
 * which would belong to the request that closed the pool.
 */
export function keepReport<T>(report: CloseReport<T>): () => CloseReport<T> {
  const whole = weakly(report);
  // What is not enumerable, the resource, is left out.
  const rest = { ...report, left: report.left.map((holder) => ({ ...holder })) };
  return () => whole.deref() ?? rest;
}
