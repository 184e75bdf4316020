import {
  CreateError,
  PoolClosedError,
  PoolExhaustedError,
  PoolTimeoutError,
  type HeldLoans,
  type LoanRecord,
  type PoolState,
} from "../../errors.ts";
import { heldLoans } from "../../held-loans.ts";
import type { Holder } from "../../lease.ts";
import { Durations } from "../../observation/durations.ts";
import type { CreationGovernor } from "../supply/creation-governor.ts";
import type { Settings } from "../settings.ts";
import type { ResourcePoolStats } from "./pool-stats.ts";
import type { Slot } from "../lending/slot.ts";
import type { Waiter } from "../waiting/waiter-queue.ts";

/** The members of a core that a report reads. */
export interface ReportedCore<T> {
  readonly settings: Settings<T>;
  readonly governor: CreationGovernor;
  readonly total: number;
  readonly stock: {
    readonly slots: ReadonlySet<Slot<T>>;
    readonly idle: { readonly size: number };
    /** Resources that are being destroyed. */
    readonly closing: number;
    readonly leasedCount: number;
    leased(): Slot<T>[];
  };
  readonly creations: { readonly size: number };
  readonly checks: { readonly checking: number; readonly resetting: number };
  /** The waiters, and the numbers of waiters that timed out or were shed. */
  readonly room: { readonly size: number; readonly timeouts: number; readonly shed: number };
  readonly place: Pick<PoolState, "key" | "all"> | undefined;
  readonly callbackFailures: number;
  now(): number;
  blockers(): Holder[];
  allHolders(): Holder[];
}

/** The counts of a core without durations; see ResourcePoolStats. */
export type CoreCounts = Pick<
  ResourcePoolStats,
  | "created"
  | "createFailures"
  | "destroyed"
  | "late"
  | "lost"
  | "refused"
  | "timeouts"
  | "callbackFailures"
  | "acquired"
>;

/** The counts of a core, its state and statistics, and the errors that explain it. */
export class CoreReport<T> {
  readonly waitTimes: Durations = new Durations();
  readonly useTimes: Durations = new Durations();
  created = 0;
  createFailures = 0;
  destroyed = 0;
  late = 0;
  refused = 0;
  lost = 0;
  /** The number of loans of resources that have ended. */
  usesOfGone = 0;
  /** The last failed creation or check, until a later one of its kind succeeds. */
  #failure: { readonly isCheck: boolean; readonly error: unknown } | undefined;
  readonly #core: ReportedCore<T>;

  constructor(core: ReportedCore<T>) {
    this.#core = core;
  }

  /** Keeps the error of a failure, as the cause of timeouts. */
  noteFailure(kind: "create" | "check", error: unknown): void {
    this.#failure = { isCheck: kind === "check", error };
  }

  noteSuccess(kind: "create" | "check"): void {
    if (this.#failure?.isCheck === (kind === "check")) this.#failure = undefined;
  }

  state(): PoolState {
    const core = this.#core;
    const { name, min, max } = core.settings;
    return {
      name,
      min,
      max,
      total: core.total,
      idle: core.stock.idle.size,
      leased: core.stock.leasedCount,
      creating: core.creations.size,
      checking: core.checks.checking,
      waiting: core.room.size,
      ...core.place,
    };
  }

  /** All counts, without the durations. */
  counts(): CoreCounts {
    const core = this.#core;
    const { created, createFailures, destroyed, late, lost } = this;
    let acquired = this.usesOfGone;
    for (const { uses } of core.stock.slots) acquired += uses;
    return {
      created,
      createFailures,
      destroyed,
      late,
      lost,
      refused: this.refused + core.room.shed,
      timeouts: core.room.timeouts,
      callbackFailures: core.callbackFailures,
      acquired,
    };
  }

  stats(): ResourcePoolStats {
    const core = this.#core;
    const { minIdle, maxIdle, max } = core.settings;
    const { waitTimes, useTimes } = this;
    const counts = this.counts();
    const { acquired } = counts;
    return {
      ...this.state(),
      ...counts,
      minIdle,
      maxIdle: Math.min(maxIdle, max),
      checking: core.checks.checking,
      resetting: core.checks.resetting,
      closing: core.stock.closing,
      waits: waitTimes.count,
      waitTime: waitTimes.sum,
      longestWait: waitTimes.max,
      useTime: useTimes.sum,
      waitTimes: waitTimes.summary(acquired - waitTimes.count),
      useTimes: useTimes.summary(Math.max(0, acquired - core.stock.leasedCount - useTimes.count)),
    };
  }

  holders(): Holder<T>[] {
    const now = this.#core.now();
    return this.#core.stock
      .leased()
      .map((slot) => slot.holderAt(now))
      .sort((a, b) => b.age - a.age);
  }

  /** The record of the current loan of a slot; undefined if the slot is not lent. */
  recordOf(slot: Slot<T>): LoanRecord | undefined {
    if (!this.#core.stock.leased().includes(slot)) return undefined;
    const { loan, label, note, borrowed } = slot;
    return { loan, label, note, borrowed, returned: undefined };
  }

  /** The error of a call that a closed pool refuses. */
  closedError(action: string): PoolClosedError {
    return new PoolClosedError(action, this.state());
  }

  /** The error of a waiter that has waited for too long. */
  timeoutError<L>({ options }: Waiter<L>, position: number): PoolTimeoutError {
    const { settings, governor } = this.#core;
    const { timeout = settings.acquireTimeout } = options;
    return new PoolTimeoutError("acquire", timeout, this.state(), {
      position,
      held: this.#held(),
      cause: this.#failure?.error ?? governor.lastError?.error,
    });
  }

  /** The error of a caller that may not wait. */
  exhausted(reason: "overload" | "waiters", why: string): PoolExhaustedError {
    return new PoolExhaustedError(reason, why, this.state(), this.#held());
  }

  /** The error of a waiter that is part of a deadlock. */
  deadlock(): PoolExhaustedError {
    const why = "everybody who holds a loan waits for another one";
    const held = heldLoans(this.#core.allHolders());
    return new PoolExhaustedError("deadlock", why, this.state(), held);
  }

  /** The error of a caller or waiter for which no resource could be created. */
  createError(now: number): CreateError {
    const { governor } = this.#core;
    const { failures, lastError } = governor;
    const isOpen = governor.isOpen(now);
    const retryIn = Math.max(0, governor.mayCreateAt(true) - now);
    return new CreateError(lastError?.error, this.state(), { failures, isOpen, retryIn });
  }

  /** The three oldest loans, for errors. */
  #held(): HeldLoans {
    return heldLoans(this.#core.blockers().slice(0, 3));
  }
}
