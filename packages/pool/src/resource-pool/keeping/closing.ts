import { hideValue, type Holder } from "../../lease.ts";
import { weakly } from "../../weakly.ts";
import type { Deadline } from "../../time/deadline-queue.ts";
import type { Creations } from "../supply/creations.ts";
import type { Stock } from "./stock.ts";
import type { PoolParts } from "../pool-parts.ts";
import type { CoreReport } from "../reports/core-report.ts";
import type { CloseReport } from "../reports/pool-stats.ts";

/** How a pool closes. */
export interface CloseOrder {
  /** ms */
  readonly deadline: number;
  /** Whether waiters are served first. */
  readonly serves: boolean;
}

/** The members of a core that a close uses. */
export interface ClosingHost<T> {
  readonly stock: Pick<Stock<T>, "slots" | "end" | "evictIdle">;
  readonly creations: Pick<Creations<T>, "size" | "abort" | "abandon">;
  readonly room: { rejectAll(error: () => unknown): void };
  readonly report: Pick<CoreReport<T>, "destroyed" | "holders" | "closedError">;
  /** Whether waiters are still served. */
  readonly isServing: boolean;
  now(): number;
  holdProcess(): void;
  finishClose(): void;
}

/**
 * The close of a core. Waiters are served first, or refused. Idle resources end at once, others
 * when they come back or are created. At the deadline all resources are ended, and creations are
 * abandoned. The close is done when no resource counts and no caller waits.
 *
 * The promise has the values of holders. So it is here and not in the core, which drops this object
 * when the close is done: a lease that is kept does not hold it.
 */
export class Closing<T> {
  readonly promise: Promise<CloseReport<T>>;
  /** The errors of `destroy`. */
  readonly failures: unknown[] = [];
  /** Whether waiters are served first. */
  serves = true;
  readonly #parts: PoolParts<T>;
  readonly #core: ClosingHost<T>;
  readonly #deadline: Deadline = { at: Infinity, run: () => this.#force(), index: -1 };
  readonly #destroyedBefore: number;
  /** The loans at the deadline. */
  #left: readonly Holder<T>[] = [];
  /** The number of creations that had not ended at the deadline. */
  #abandoned = 0;
  #isForced = false;
  #resolve!: (report: CloseReport<T>) => void;

  constructor(parts: PoolParts<T>, core: ClosingHost<T>) {
    this.#parts = parts;
    this.#core = core;
    this.#destroyedBefore = this.#core.report.destroyed;
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Begins the close, or hastens it: an earlier deadline counts, and `serves: false` counts. */
  hasten({ deadline, serves }: CloseOrder): void {
    if (!serves) this.serves = false;
    if (deadline <= 0) this.#force();
    else if (!this.#isForced) {
      this.#parts.deadlines.putBy(this.#deadline, this.#core.now() + deadline);
    }
    if (!this.serves) this.#refuseAll();
    this.drain();
  }

  /** Ends idle resources and creations, once no waiter is served any longer. */
  drain(): void {
    if (this.#core.isServing) return;
    this.#core.creations.abort(this.#core.report.closedError("create resource"));
    this.#core.stock.evictIdle("closed");
    this.#core.holdProcess();
    this.#core.finishClose();
  }

  /** The deadline: from now on the close only waits for `destroy`. */
  #force(): void {
    if (this.#isForced) return;
    this.#isForced = true;
    this.serves = false;
    this.#refuseAll();
    this.#left = this.#core.report.holders();
    this.#abandoned = this.#core.creations.size;
    const error = this.#core.report.closedError("create resource");
    this.#core.creations.abort(error);
    this.#core.creations.abandon(error);
    this.#core.stock.evictIdle("closed");
    for (const slot of this.#core.stock.slots) this.#core.stock.end(slot, "closed");
    this.#core.finishClose();
  }

  #refuseAll(): void {
    this.#core.room.rejectAll(() => this.#core.report.closedError("acquire resource"));
  }

  /** Resolves the promise. */
  finish(): void {
    this.#resolve({
      destroyed: this.#core.report.destroyed - this.#destroyedBefore,
      left: this.#left.map(hideValue),
      abandoned: this.#abandoned,
      failures: this.failures,
    });
  }

  /** Removes the deadline. */
  stop(): void {
    this.#parts.deadlines.remove(this.#deadline);
  }
}

/**
 * Keeps the report of a closed pool for later calls of `close`: the report itself as long as other
 * code holds it, and a copy without resources after that. So the pool holds no resource of a loan,
 * and no promise, which would belong to the request that closed the pool.
 */
export function keepReport<T>(report: CloseReport<T>): () => CloseReport<T> {
  const whole = weakly(report);
  // The spread omits the resource, which is not enumerable.
  const rest = { ...report, left: report.left.map((holder) => ({ ...holder })) };
  return () => whole.deref() ?? rest;
}
