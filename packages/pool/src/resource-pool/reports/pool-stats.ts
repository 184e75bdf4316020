import type { PoolState } from "../../errors.ts";
import type { Holder } from "../../lease.ts";
import type { DurationSummary } from "../../observation/durations.ts";

/**
 * The present state of a pool, and its counts since it was created. All times are milliseconds.
 *
 * @example
 * ```ts
 * import { ResourcePool, type ResourcePoolStats } from "@heapwise/pool";
 *
 * const pool = new ResourcePool({ create: () => ({ id: 1 }), max: 4 });
 * await pool.use(() => undefined);
 * const { total, idle, acquired, waits }: ResourcePoolStats = pool.stats();
 * [total, idle, acquired, waits]; // => [1, 1, 1, 1]
 * await pool.close();
 * ```
 */
export interface ResourcePoolStats extends PoolState {
  /** The option `minIdle`. */
  readonly minIdle: number;
  /** The option `maxIdle`, or `max` if that is less. */
  readonly maxIdle: number;
  /** Resources that are being validated or prepared. */
  readonly checking: number;
  /** Resources that are being reset. */
  readonly resetting: number;
  /** Resources that are being destroyed. */
  readonly closing: number;
  /** Resources that were created. */
  readonly created: number;
  /** Creations that failed or timed out. */
  readonly createFailures: number;
  /** Resources that ended. */
  readonly destroyed: number;
  /** Calls of `validate`, `prepare`, `reset` and `destroy` that failed or timed out. */
  readonly callbackFailures: number;
  /** Resources that arrived after `createTimeout` and were destroyed. */
  readonly late: number;
  /** Loans. */
  readonly acquired: number;
  /** Calls of `acquire` that ran into their timeout. */
  readonly timeouts: number;
  /** Calls of `acquire` that were refused: because of a full queue, overload or a deadlock. */
  readonly refused: number;
  /** Loans whose lease was garbage collected before its end. */
  readonly lost: number;
  /** Loans whose caller had to wait. */
  readonly waits: number;
  /** The sum of their waits. */
  readonly waitTime: number;
  /** The longest of their waits; 0 if there was no wait. */
  readonly longestWait: number;
  /** The sum of the times of loans. A loan within one turn of the event loop counts 0. */
  readonly useTime: number;
  /** The waits of all loans. A loan without a wait counts 0. */
  readonly waitTimes: DurationSummary;
  /** The times of loans that have ended. A loan within one turn of the event loop may count 0. */
  readonly useTimes: DurationSummary;
}

/** The result of `close`. */
export interface CloseReport<T = unknown> {
  /** The number of resources that were destroyed since the call of `close`. */
  readonly destroyed: number;
  /**
   * The holders of loans at the deadline, whose resources were destroyed. `value` is not enumerable
   * here, so that a report can be logged.
   */
  readonly left: readonly Holder<T>[];
  /**
   * Creations that had not ended at the deadline. Resources that they still return are destroyed.
   */
  readonly abandoned: number;
  /** The errors of `destroy` since the call of `close`, timeouts included. */
  readonly failures: readonly unknown[];
}
