import { captureStack } from "../../errors.ts";
import type { Stock } from "../keeping/stock.ts";
import type { AcquireOptions } from "../options.ts";
import type { PoolParts } from "../pool-parts.ts";
import type { CoreReport } from "../reports/core-report.ts";
import type { EventHub } from "../reports/pool-events.ts";
import type { CreationGovernor } from "../supply/creation-governor.ts";
import type { LoanPurpose, Waiter } from "../waiting/waiter-queue.ts";
import type { WaitingRoom } from "../waiting/waiting-room.ts";
import type { Borrower, ResourceChecks } from "./resource-checks.ts";
import { ResourceLease } from "./resource-lease.ts";
import type { Returns } from "./returns.ts";
import type { Slot, Token } from "./slot.ts";

/** What lending needs from its core. */
export interface LendingHost<T> {
  readonly room: WaitingRoom<ResourceLease<T>>;
  readonly stock: Stock<T>;
  readonly checks: ResourceChecks<T>;
  readonly returns: Returns<T>;
  readonly creations: { readonly size: number };
  readonly upkeep: { plan(at: number): void };
  readonly governor: CreationGovernor;
  readonly report: CoreReport<T>;
  readonly emit: EventHub<T>["emit"];
  readonly isClosed: boolean;
  readonly isServing: boolean;
  readonly isSuspended: boolean;
  /** Whether no waiter is served for now. */
  readonly isHeld: boolean;
  /** Calls that are running. The owner does not drop the core before the last of them has ended. */
  calls: number;
  endCall(): void;
  serve(waiter: Waiter<ResourceLease<T>>, token: Token<T>): void;
  mustYield(first: Waiter<ResourceLease<T>> | undefined): boolean;
  yieldIdle(): void;
  /** The bound that lets no further caller wait, if nothing is on its way for `lacking` of them. */
  crowd(lacking: number): string | undefined;
  isStuck(waiter: Waiter<never>): boolean;
  pump(): void;
}

export const NO_OPTIONS: AcquireOptions = {};
export const NO_SCOPE: LoanPurpose = { askedIn: undefined, usedIn: undefined };

/**
 * Loans, apart from the fast path: a caller gets an idle resource that passes its checks, waits, or
 * is refused.
 *
 * Each callback and listener may call the pool. So after each of them the state is read again.
 */
export class Lending<T> {
  readonly #parts: PoolParts<T>;
  readonly #core: LendingHost<T>;
  /** Loans that were asked for, counted if `sampleStacks` is set. */
  #asked = 0;

  constructor(parts: PoolParts<T>, core: LendingHost<T>) {
    this.#parts = parts;
    this.#core = core;
  }

  /** Lends now, or lets the caller wait. Rejects instead of throwing. */
  acquire(
    options = NO_OPTIONS as AcquireOptions<T>,
    purpose?: LoanPurpose,
  ): Promise<ResourceLease<T>> {
    const core = this.#core;
    core.calls++;
    try {
      const { scopes } = this.#parts.settings;
      if (scopes === undefined) purpose = NO_SCOPE;
      else purpose ??= { askedIn: scopes.current(), usedIn: undefined };
      this.#parts.keepTime();
      const { signal, label, affinity } = options;
      if (signal !== undefined && signal.aborted) return Promise.reject(signal.reason);
      const borrower = core.checks.borrower(true);
      if (affinity !== undefined && this.#mayLendNow) this.#prefer(affinity);
      // `affinity` may have changed anything.
      if (this.#mayLendNow && signal?.aborted !== true) {
        const token = this.#takeReady(borrower);
        if (token !== undefined) {
          const lease = this.lend(token, label, purpose.usedIn, this.#sampleStack(), 0);
          core.pump();
          return Promise.resolve(lease);
        }
      }
      // A check may have changed anything.
      if (signal !== undefined && signal.aborted) return Promise.reject(signal.reason);
      const refusal = this.#refusal(options);
      if (refusal !== undefined) return Promise.reject(refusal);
      return this.#wait(options, purpose, borrower, this.#sampleStack());
    } catch (error) {
      return Promise.reject(error);
    } finally {
      core.endCall();
    }
  }

  /** Lends an idle resource whose checks pass at once; undefined if there is no such resource. */
  tryAcquire(): ResourceLease<T> | undefined {
    const core = this.#core;
    core.calls++;
    try {
      this.#parts.keepTime();
      if (core.isClosed) throw core.report.closedError("acquire resource");
      if (!this.#mayLendNow) return undefined;
      const token = this.#takeReady(core.checks.borrower(false));
      const lease = token && this.lend(token, undefined, undefined, this.#sampleStack(), 0);
      core.pump();
      return lease;
    } finally {
      core.endCall();
    }
  }

  #wait(
    options: AcquireOptions<T>,
    purpose: LoanPurpose,
    borrower: Borrower<T>,
    stack: string | undefined,
  ): Promise<ResourceLease<T>> {
    const core = this.#core;
    const { room } = core;
    let waiter: Waiter<ResourceLease<T>> | undefined;
    const promise = new Promise<ResourceLease<T>>((resolve, reject) => {
      waiter = room.enter(options as AcquireOptions, purpose, resolve, reject);
    });
    // It may have left at once, or, if a clock failed, not have entered at all.
    if (waiter === undefined || waiter.lane === undefined) return promise;
    waiter.stack = stack;
    waiter.context = borrower.context;
    waiter.slot = borrower.slot;
    borrower.waiter = waiter;
    try {
      core.pump();
      if (options.timeout === 0) room.expire(waiter);
      else if (purpose.askedIn !== undefined) this.refuseStuck(waiter);
    } catch (error) {
      // A clock that fails: the caller gets its error, and the waiter must get no loan.
      room.refuse(waiter, error);
    }
    return promise;
  }

  /** Whether a caller may be served before it joins the queue. */
  get #mayLendNow(): boolean {
    const { isClosed, isSuspended, room } = this.#core;
    return !isClosed && !isSuspended && room.size === 0;
  }

  /** Moves the first idle token that the caller prefers to the end from which the next is taken. */
  #prefer(affinity: (value: T) => boolean): void {
    const { idle } = this.#core.stock;
    const isLifo = this.#parts.settings.order === "lifo";
    const tokens = idle.toArray();
    if (isLifo) tokens.reverse();
    const uses = tokens.map(({ slot }) => slot.uses);
    for (const [at, token] of tokens.entries()) {
      const { slot } = token;
      if (this.#mustLeave(slot, this.#parts.times.now())) continue;
      // The function may have called the pool.
      if (slot.state !== "ready" || slot.uses !== uses[at] || !affinity(slot.value)) continue;
      if (!idle.remove(token)) continue;
      if (isLifo) idle.put(token);
      else idle.putFirst(token);
      return;
    }
  }

  #mustLeave(slot: Slot<T>, now: number): boolean {
    const { stock } = this.#core;
    return slot.isRetiring || slot.expiresAt <= now || stock.isIdleTooLong(slot, now);
  }

  /** The error of a caller that may not wait. */
  #refusal({ timeout }: AcquireOptions<T>): unknown {
    const core = this.#core;
    const { governor, report, checks } = core;
    if (core.isClosed) return core.report.closedError("acquire resource");
    if (governor.isProbing) {
      const now = this.#parts.now();
      if (governor.isOpen(now)) return report.createError(now);
    }
    if (timeout === 0) return undefined;
    const coming = core.stock.usable + checks.inbound.size + core.creations.size;
    const crowd = core.crowd(core.room.size - (core.isSuspended ? 0 : coming));
    if (crowd === undefined) return undefined;
    report.refused++;
    return report.exhausted("waiters", `${crowd} wait already`);
  }

  /** Refuses waiters that are stuck, the one that came last first. */
  refuseAllStuck(): void {
    if (this.#parts.settings.scopes === undefined) return;
    const scoped = this.#core.room.queue
      .toArray()
      .filter(({ purpose }) => purpose.askedIn !== undefined);
    for (const waiter of scoped.reverse()) this.refuseStuck(waiter);
  }

  /** Refuses a waiter if all holders that could serve it wait themselves. */
  refuseStuck(waiter: Waiter<ResourceLease<T>>): void {
    const core = this.#core;
    if (waiter.lane === undefined || core.isSuspended) return;
    if (!core.isStuck(waiter as Waiter<never>)) return;
    core.report.refused++;
    core.room.refuse(waiter, core.report.deadlock());
  }

  /** The stack of the caller, for every `sampleStacks`th loan. */
  #sampleStack(): string | undefined {
    const { sampleStacks } = this.#parts.settings;
    return sampleStacks > 0 && ++this.#asked % sampleStacks === 0 ? captureStack(3) : undefined;
  }

  /** Begins a loan, and calls listeners. */
  lend(
    token: Token<T>,
    label: string | undefined,
    scope: object | undefined,
    stack: string | undefined,
    waitTime: number,
  ): ResourceLease<T> {
    const { slot } = token;
    const core = this.#core;
    const { settings, times, events } = this.#parts;
    const { maxUses, leakThreshold } = settings;
    slot.uses++;
    // A leak is reported by this time, which must not be early.
    slot.since = leakThreshold === Infinity ? times.now() : this.#parts.now();
    slot.touchedAt = slot.since;
    slot.touchedLoan = slot.uses;
    slot.isProven = false;
    slot.label = label;
    slot.scope = scope;
    slot.borrowed = stack;
    slot.isMarked = label !== undefined || stack !== undefined;
    if (slot.uses >= maxUses) core.stock.retire(slot);
    if (leakThreshold !== Infinity) core.upkeep.plan(slot.since + leakThreshold);
    const lease = new ResourceLease(slot, token);
    if (events.has("acquire")) core.emit("acquire", { ...slot.holderAt(slot.since), waitTime });
    return lease;
  }

  /**
   * Takes an idle token whose slot passes its checks at once; undefined if there is no such token. A
   * slot whose checks take longer comes back by itself: for the borrower, or for any waiter if
   * there is no borrower.
   */
  #takeReady(borrower: Borrower<T> | undefined): Token<T> | undefined {
    const core = this.#core;
    const { stock, checks } = core;
    const { settings, times } = this.#parts;
    const { idle } = stock;
    // `pump` looks at resources that are created in this loop: else it would never end if all fail.
    // A listener that hears of an end may suspend the pool.
    for (let left = idle.size; left > 0 && !core.isSuspended; left--) {
      const token = settings.order === "lifo" ? idle.last : idle.first;
      if (token === undefined) return undefined;
      const { slot } = token;
      const now = times.now();
      if (slot.expiresAt <= now) stock.retire(slot);
      const isTooOld = !slot.isRetiring && stock.isIdleTooLong(slot, now);
      // The reading of a new turn may have run what was due, which may have taken this token.
      if (!idle.remove(token)) continue;
      if (slot.isRetiring || isTooOld) {
        stock.end(slot, slot.isRetiring ? "expired" : "idle");
        continue;
      }
      const isDoubtful = checks.isDoubtful(slot, now);
      if (!isDoubtful && settings.prepare === undefined) return token;
      const ready = checks.checkAtOnce(token, isDoubtful, borrower);
      if (ready !== undefined) return ready;
      if (slot.state === "checking") return undefined;
    }
    return undefined;
  }

  /** Whether a slot that works may be lent now. */
  mayLend(slot: Slot<T>): boolean {
    const core = this.#core;
    if (!core.isServing || core.isSuspended || slot.isRetiring) return false;
    return slot.expiresAt > this.#parts.times.now();
  }

  /** Lends a slot that works to the next waiter, or keeps it. */
  serveNext(token: Token<T>): void {
    const core = this.#core;
    const { room } = core;
    if (core.mustYield(room.queue.peek())) {
      core.stock.end(token.slot, "needed by another key");
      return;
    }
    const waiter = room.next();
    if (waiter === undefined) core.returns.keepOrEnd(token);
    else core.serve(waiter, token);
  }

  /** Lends idle resources to waiters. */
  serveIdle(): void {
    const core = this.#core;
    const { room, checks, stock } = core;
    const { settings, times } = this.#parts;
    if (core.isHeld) return;
    while (room.size > 0 && stock.idle.size > 0 && !core.isSuspended && core.isServing) {
      // One check for each waiter is enough. A resource that needs no check is lent all the same.
      if (room.size <= checks.inbound.checks && this.#needsCheck()) return;
      if (core.mustYield(room.queue.peek())) {
        core.yieldIdle();
        continue;
      }
      const borrower = checks.nextBorrower();
      if (settings.prepare !== undefined && borrower === undefined) return;
      const token = this.#takeReady(borrower);
      if (token === undefined) continue;
      let waiter = borrower?.waiter;
      if (waiter === undefined) waiter = room.next();
      else if (!room.take(waiter)) waiter = undefined;
      if (waiter === undefined) stock.shelve(token, times.now(), token.slot.since);
      else core.serve(waiter, token);
    }
  }

  /** Whether the resource that would be lent next needs a check. */
  #needsCheck(): boolean {
    const { settings, times } = this.#parts;
    const { idle } = this.#core.stock;
    const next = settings.order === "lifo" ? idle.last : idle.first;
    if (next === undefined || settings.prepare !== undefined) return true;
    return this.#core.checks.isDoubtful(next.slot, times.now());
  }
}
