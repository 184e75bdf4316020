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
  /** Whether those who wait are served first. */
  readonly serves: boolean;
}

/** What a close needs from its core. */
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
 * The end of a core. Those who wait are served first, or refused; what is idle ends at once, what is
 * leased or being made when it comes back. At the deadline all of it is ended or waited for no longer.
 * It is done when nothing counts and nobody waits.
 *
 * The promise has the values of holders. So it is here and not in the core, which drops this when it is
 * done: no lease that somebody kept holds it.
 */
export class Closing<T> {
  readonly promise: Promise<CloseReport<T>>;
  /** What `destroy` threw. */
  readonly failures: unknown[] = [];
  /** Whether those who wait are served first. */
  serves = true;
  readonly #parts: PoolParts<T>;
  readonly #core: ClosingHost<T>;
  readonly #deadline: Deadline = { at: Infinity, run: () => this.#force(), index: -1 };
  readonly #destroyedBefore: number;
  /** Who had a loan at the deadline. */
  #left: readonly Holder<T>[] = [];
  /** Creations that were waited for no longer. */
  #abandoned = 0;
  #isForced = false;
  #resolve!: (report: CloseReport<T>) => void;

  constructor(parts: PoolParts<T>, core: ClosingHost<T>) {
    this.#parts = parts;
    this.#core = core;
    this.#destroyedBefore = this.#core.report.destroyed;
    this.promise = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Begins, or makes it faster: an earlier deadline counts, and to serve nobody. */
  hasten({ deadline, serves }: CloseOrder): void {
    if (!serves) this.serves = false;
    if (deadline <= 0) this.#force();
    else if (!this.#isForced) {
      this.#parts.deadlines.putBy(this.#deadline, this.#core.now() + deadline);
    }
    if (!this.serves) this.#refuseAll();
    this.drain();
  }

  /** Ends what nobody will use, once nobody is served. */
  drain(): void {
    if (this.#core.isServing) return;
    this.#core.creations.abort(this.#core.report.closedError("create resource"));
    this.#core.stock.evictIdle("closed");
    this.#core.holdProcess();
    this.#core.finishClose();
  }

  /** The deadline: nothing is waited for any longer but `destroy`. */
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

  /** Takes out its deadline. */
  stop(): void {
    this.#parts.deadlines.remove(this.#deadline);
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
