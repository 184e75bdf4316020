import type { Holder } from "../../lease.ts";
import type { PoolState } from "../../errors.ts";
import type { DurationSummary } from "../../observation/durations.ts";

/** How a pool stands, and counts since it was made. */
export interface ResourcePoolStats extends PoolState {
  /** The options of these names, `maxIdle` as far as `max` allows. */
  readonly minIdle: number;
  readonly maxIdle: number;
  /** Being validated or prepared. */
  readonly checking: number;
  /** Being reset. */
  readonly resetting: number;
  /** Being destroyed. */
  readonly closing: number;
  /** Resources that were made. */
  readonly created: number;
  /** Creations that failed or timed out. */
  readonly createFailures: number;
  /** Resources that left. */
  readonly destroyed: number;
  /** Calls of `validate`, `prepare`, `reset` and `destroy` that failed or timed out. */
  readonly callbackFailures: number;
  /** Resources that arrived after `createTimeout`, and were destroyed. */
  readonly late: number;
  /** Loans. */
  readonly acquired: number;
  /** Calls of `acquire` that ran into their timeout. */
  readonly timeouts: number;
  /** Calls of `acquire` that were refused: queue full, overload, deadlock. */
  readonly refused: number;
  /** Loans that the garbage collector found lost. */
  readonly lost: number;
  /** Loans that had to wait, and for how long in all, and at most, ms. */
  readonly waits: number;
  readonly waitTime: number;
  readonly longestWait: number;
  /** How long loans lasted in all, ms; those that ended in the turn of the event loop in which they began count 0. */
  readonly useTime: number;
  /** How long loans had to be waited for, ms; those that did not wait count 0. */
  readonly waitTimes: DurationSummary;
  /** How long loans lasted that have ended, ms; those that began in the same turn of the event loop may count 0. */
  readonly useTimes: DurationSummary;
}

/** What `close` found. */
export interface CloseReport<T = unknown> {
  /** Resources that the call destroyed, those that were left among them. */
  readonly destroyed: number;
  /** Who still had a loan at the deadline; their resources were destroyed under them. `value` is not enumerable here, so that a report can be logged. */
  readonly left: readonly Holder<T>[];
  /** Creations that had not ended at the deadline; what they still bring is destroyed. */
  readonly abandoned: number;
  /** What `destroy` threw, or its timeouts, since the call of `close`. */
  readonly failures: readonly unknown[];
}
