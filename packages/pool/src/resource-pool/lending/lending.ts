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

/** The members of a core that lending uses. */
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
    this.#core.calls++;
    try {
      const { scopes } = this.#parts.settings;
      if (scopes === undefined) purpose = NO_SCOPE;
      else purpose ??= { askedIn: scopes.current(), usedIn: undefined };
      this.#parts.keepTime();
      const { signal, label, affinity } = options;
      if (signal !== undefined && signal.aborted) return Promise.reject(signal.reason);
      const borrower = this.#core.checks.borrower(true);
      if (affinity !== undefined && this.#mayLendNow) this.#prefer(affinity);
      // `affinity` may have changed anything.
      if (this.#mayLendNow && signal?.aborted !== true) {
        const token = this.#takeReady(borrower);
        if (token !== undefined) {
          const lease = this.lend(token, label, purpose.usedIn, this.#sampleStack(), 0);
          this.#core.pump();
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
      this.#core.endCall();
    }
  }

  /** Lends an idle resource whose checks pass at once; undefined if there is no such resource. */
  tryAcquire(): ResourceLease<T> | undefined {
    this.#core.calls++;
    try {
      this.#parts.keepTime();
      if (this.#core.isClosed) throw this.#core.report.closedError("acquire resource");
      if (!this.#mayLendNow) return undefined;
      const token = this.#takeReady(this.#core.checks.borrower(false));
      const lease = token && this.lend(token, undefined, undefined, this.#sampleStack(), 0);
      this.#core.pump();
      return lease;
    } finally {
      this.#core.endCall();
    }
  }

  #wait(
    options: AcquireOptions<T>,
    purpose: LoanPurpose,
    borrower: Borrower<T>,
    stack: string | undefined,
  ): Promise<ResourceLease<T>> {
    let waiter: Waiter<ResourceLease<T>> | undefined;
    const promise = new Promise<ResourceLease<T>>((resolve, reject) => {
      waiter = this.#core.room.enter(options as AcquireOptions, purpose, resolve, reject);
    });
    // It may have left at once, or, if a clock failed, not have entered at all.
    if (waiter === undefined || waiter.lane === undefined) return promise;
    waiter.stack = stack;
    waiter.context = borrower.context;
    waiter.slot = borrower.slot;
    borrower.waiter = waiter;
    try {
      this.#core.pump();
      if (options.timeout === 0) this.#core.room.expire(waiter);
      else if (purpose.askedIn !== undefined) this.refuseStuck(waiter);
    } catch (error) {
      // A clock that fails: the caller gets its error, and the waiter must get no loan.
      this.#core.room.refuse(waiter, error);
    }
    return promise;
  }

  /** Whether a caller may be served before it joins the queue. */
  get #mayLendNow(): boolean {
    return !this.#core.isClosed && !this.#core.isSuspended && this.#core.room.size === 0;
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
    return slot.isRetiring || slot.expiresAt <= now || this.#core.stock.isIdleTooLong(slot, now);
  }

  /** The error of a caller that may not wait. */
  #refusal({ timeout }: AcquireOptions<T>): unknown {
    if (this.#core.isClosed) return this.#core.report.closedError("acquire resource");
    if (this.#core.governor.isProbing) {
      const now = this.#parts.now();
      if (this.#core.governor.isOpen(now)) return this.#core.report.createError(now);
    }
    if (timeout === 0) return undefined;
    const coming =
      this.#core.stock.usable + this.#core.checks.inbound.size + this.#core.creations.size;
    const crowd = this.#core.crowd(this.#core.room.size - (this.#core.isSuspended ? 0 : coming));
    if (crowd === undefined) return undefined;
    this.#core.report.refused++;
    return this.#core.report.exhausted("waiters", `${crowd} wait already`);
  }

  /** Refuses all waiters that are stuck, the last one first. */
  refuseAllStuck(): void {
    if (this.#parts.settings.scopes === undefined) return;
    const scoped = this.#core.room.queue
      .toArray()
      .filter(({ purpose }) => purpose.askedIn !== undefined);
    for (const waiter of scoped.reverse()) this.refuseStuck(waiter);
  }

  /** Refuses a waiter if all holders that could serve it wait themselves. */
  refuseStuck(waiter: Waiter<ResourceLease<T>>): void {
    if (waiter.lane === undefined || this.#core.isSuspended) return;
    if (!this.#core.isStuck(waiter as Waiter<never>)) return;
    this.#core.report.refused++;
    this.#core.room.refuse(waiter, this.#core.report.deadlock());
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
    const { maxUses, leakThreshold } = this.#parts.settings;
    slot.uses++;
    // A leak is reported by this time, which must not be early.
    slot.since = leakThreshold === Infinity ? this.#parts.times.now() : this.#parts.now();
    slot.touchedAt = slot.since;
    slot.touchedLoan = slot.uses;
    slot.isProven = false;
    slot.label = label;
    slot.scope = scope;
    slot.borrowed = stack;
    slot.isMarked = label !== undefined || stack !== undefined;
    if (slot.uses >= maxUses) this.#core.stock.retire(slot);
    if (leakThreshold !== Infinity) this.#core.upkeep.plan(slot.since + leakThreshold);
    const lease = new ResourceLease(slot, token);
    if (this.#parts.events.has("acquire"))
      this.#core.emit("acquire", { ...slot.holderAt(slot.since), waitTime });
    return lease;
  }

  /**
   * Takes an idle token whose slot passes its checks at once; undefined if there is no such token.
   * A slot whose checks take longer comes back by itself: for the borrower, or for any waiter if
   * there is no borrower.
   */
  #takeReady(borrower: Borrower<T> | undefined): Token<T> | undefined {
    const { idle } = this.#core.stock;
    // Resources that are created in this loop are left to `pump`. If all of them fail their checks,
    // the loop would never end otherwise. A listener of `destroy` may suspend the pool.
    for (let left = idle.size; left > 0 && !this.#core.isSuspended; left--) {
      const token = this.#parts.settings.order === "lifo" ? idle.last : idle.first;
      if (token === undefined) return undefined;
      const { slot } = token;
      const now = this.#parts.times.now();
      if (slot.expiresAt <= now) this.#core.stock.retire(slot);
      const isTooOld = !slot.isRetiring && this.#core.stock.isIdleTooLong(slot, now);
      // The reading of a new turn may have run a deadline, which may have taken this token.
      if (!idle.remove(token)) continue;
      if (slot.isRetiring || isTooOld) {
        this.#core.stock.end(slot, slot.isRetiring ? "expired" : "idle");
        continue;
      }
      const isDoubtful = this.#core.checks.isDoubtful(slot, now);
      if (!isDoubtful && this.#parts.settings.prepare === undefined) return token;
      const ready = this.#core.checks.checkAtOnce(token, isDoubtful, borrower);
      if (ready !== undefined) return ready;
      if (slot.state === "checking") return undefined;
    }
    return undefined;
  }

  /** Whether a slot that works may be lent now. */
  mayLend(slot: Slot<T>): boolean {
    if (!this.#core.isServing || this.#core.isSuspended || slot.isRetiring) return false;
    return slot.expiresAt > this.#parts.times.now();
  }

  /** Lends a slot that works to the next waiter, or keeps it. */
  serveNext(token: Token<T>): void {
    if (this.#core.mustYield(this.#core.room.queue.peek())) {
      this.#core.stock.end(token.slot, "needed by another key");
      return;
    }
    const waiter = this.#core.room.next();
    if (waiter === undefined) this.#core.returns.keepOrEnd(token);
    else this.#core.serve(waiter, token);
  }

  /** Lends idle resources to waiters. */
  serveIdle(): void {
    if (this.#core.isHeld) return;
    while (
      this.#core.room.size > 0 &&
      this.#core.stock.idle.size > 0 &&
      !this.#core.isSuspended &&
      this.#core.isServing
    ) {
      // One check for each waiter is enough. A resource that needs no check is lent all the same.
      if (this.#core.room.size <= this.#core.checks.inbound.checks && this.#needsCheck()) return;
      if (this.#core.mustYield(this.#core.room.queue.peek())) {
        this.#core.yieldIdle();
        continue;
      }
      const borrower = this.#core.checks.nextBorrower();
      if (this.#parts.settings.prepare !== undefined && borrower === undefined) return;
      const token = this.#takeReady(borrower);
      if (token === undefined) continue;
      let waiter = borrower?.waiter;
      if (waiter === undefined) waiter = this.#core.room.next();
      else if (!this.#core.room.take(waiter)) waiter = undefined;
      if (waiter === undefined)
        this.#core.stock.shelve(token, this.#parts.times.now(), token.slot.since);
      else this.#core.serve(waiter, token);
    }
  }

  /** Whether the resource that would be lent next needs a check. */
  #needsCheck(): boolean {
    const { idle } = this.#core.stock;
    const next = this.#parts.settings.order === "lifo" ? idle.last : idle.first;
    if (next === undefined || this.#parts.settings.prepare !== undefined) return true;
    return this.#core.checks.isDoubtful(next.slot, this.#parts.times.now());
  }
}
