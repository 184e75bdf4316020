// Longer than 600 lines because loans, returns, creations and the close change one state together.

import {
  captureStack,
  PoolClosedError,
  type PoolTimeoutError,
  type LoanRecord,
  type PoolExhaustedError,
  type PoolState,
} from "../errors.ts";
import type { Holder } from "../lease.ts";
import { Closing, type CloseOrder } from "./keeping/closing.ts";
import { CoreReport, type ReportedCore } from "./reports/core-report.ts";
import { Creations } from "./supply/creations.ts";
import { CreationGovernor } from "./supply/creation-governor.ts";
import { isStuck } from "./waiting/deadlock.ts";
import { IdleTokens } from "./lending/idle-tokens.ts";
import type { AcquireOptions, Settings } from "./options.ts";
import type { CallbackHost } from "./callbacks/owner-callbacks.ts";
import type { EventHub } from "./reports/pool-events.ts";
import type { CoreOfParts, PoolParts } from "./pool-parts.ts";
import type { CloseReport } from "./reports/pool-stats.ts";
import { ResourceChecks, type Borrower } from "./lending/resource-checks.ts";
import { ResourceLease } from "./lending/resource-lease.ts";
import type { Slot, SlotOwner, Token } from "./lending/slot.ts";
import type { TurnTimes } from "./lending/turn-times.ts";
import { Upkeep } from "./keeping/upkeep.ts";
import type { LoanPurpose, Waiter } from "./waiting/waiter-queue.ts";
import { WaitingRoom, type WaitingRoomHost } from "./waiting/waiting-room.ts";

const NO_OPTIONS: AcquireOptions = {};
const NO_SCOPE: LoanPurpose = { askedIn: undefined, usedIn: undefined };

/**
 * The state of a resource pool, or of one key of a keyed pool, and all that changes it. What happens
 * in what order:
 *
 *     create ──> idle <──────────────┐
 *                  │ validate, prepare│ reset, validate
 *                  v                  │
 *               leased ───────────────┘ ──> destroy
 *
 * Invariants, at every moment at which other code runs:
 * - creating + slots + closing <= max, counted from the call of `create` to the end of `destroy`.
 * - The token of a slot is in one place: see Token.
 * - Nobody waits while something idle could serve them, unless the pool is suspended.
 * - What is retiring is never lent again. Idle, it stays only while another one is being made.
 * - Every callback of the owner may call the pool, throw, or never come back. After each of them,
 *   and after each promise, the state of the slot is looked at again.
 *
 * `#isPlain` says that a loan and a return have nothing to do but to move a token: no callback, no
 * listener, no bound to look at. It is what makes the pool fast, and is computed again whenever one of
 * these changes. The key of a keyed pool is a subclass, KeyCore, which shares a bound with others.
 */
export class PoolCore<T>
  implements
    SlotOwner<T>,
    CallbackHost,
    WaitingRoomHost<ResourceLease<T>>,
    CoreOfParts,
    ReportedCore<T>
{
  readonly settings: Settings<T>;
  readonly key: unknown;
  readonly governor: CreationGovernor;
  readonly slots: Set<Slot<T>> = new Set();
  readonly report: CoreReport<T>;
  callbackFailures = 0;
  readonly #parts: PoolParts<T>;
  readonly #events: EventHub<T>;
  readonly #times: TurnTimes<T>;
  readonly room: WaitingRoom<ResourceLease<T>>;
  readonly #upkeep: Upkeep<T>;
  readonly creations: Creations<T>;
  readonly idle: IdleTokens<T> = new IdleTokens();
  readonly checks: ResourceChecks<T>;
  #isPlain = false;
  /** Plain, and nobody waits. */
  #isCalm = false;
  #isPumping = false;
  #mustPumpAgain = false;
  /** How many calls of this core are running, within which its owner must not drop it. */
  #calls = 0;
  #isSuspended = false;
  #isHolding = false;
  #closing = 0;
  #retiring = 0;
  #returns = 0;
  #asked = 0;
  #isClosed = false;
  /** How it closes, until that is done. Its report has the values of holders, which no lease may keep alive. */
  #close: Closing<T> | undefined;

  /** Makes a core: of a key, and with what is known of failures to create. */
  constructor(parts: PoolParts<T>, key?: unknown, governor?: CreationGovernor) {
    const { settings, deadlines } = parts;
    this.#parts = parts;
    this.settings = settings;
    this.key = key;
    this.#events = parts.events;
    this.#times = parts.times;
    this.report = new CoreReport(this);
    this.governor = governor ?? new CreationGovernor(settings as Settings<never>, parts.random);
    this.#upkeep = new Upkeep(this, deadlines);
    this.creations = new Creations(parts, this);
    this.checks = new ResourceChecks(parts, this);
    this.room = new WaitingRoom<ResourceLease<T>>(settings as Settings<never>, deadlines, this);
    parts.cores.add(this);
    this.#refreshPlain();
    if (settings.min + settings.minIdle > 0) void Promise.resolve().then(() => this.pump());
  }

  get name(): string {
    return this.settings.name;
  }

  get keyText(): string | undefined {
    return this.place?.key;
  }

  get isDebug(): boolean {
    return this.settings.debug;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** How many will be there when those that retire have gone. */
  get standing(): number {
    return this.slots.size - this.#retiring;
  }

  get total(): number {
    return this.creations.size + this.slots.size + this.#closing;
  }

  get closing(): number {
    return this.#closing;
  }

  get leasedCount(): number {
    return this.slots.size - this.idle.size - this.checks.checking - this.checks.resetting;
  }

  /** Whether nothing is left of it, and no call of it is running. */
  get isEmpty(): boolean {
    const isAsked = this.room.size > 0 || this.creations.isAwaited || this.#calls > 0;
    return this.total === 0 && !isAsked;
  }

  /** For how many of those who wait, or will, there is room under the bound of this core. */
  protected get freeRoom(): number {
    return this.#isSuspended ? 0 : Math.max(0, this.settings.max - this.total + this.#closing);
  }

  /** Whether there are more than there may be, those on their way out left aside. */
  protected get isOver(): boolean {
    return this.total - this.#closing > this.settings.max;
  }

  /** Whether one that is idle may leave: there are more than `min`, and `minIdle`. */
  get isSpare(): boolean {
    const { min, minIdle } = this.settings;
    return this.standing > min && this.idle.size > minIdle;
  }

  /** The time, ms, for deadlines. */
  now(): number {
    return this.#parts.now();
  }

  on: EventHub<T>["on"] = (name, listener) => {
    const remove = this.#events.on(name, listener);
    this.#refreshPlain();
    return () => {
      remove();
      this.#refreshPlain();
    };
  };

  emit: EventHub<T>["emit"] = (name, event) => this.#events.emit(name, event, this.key);

  // Loans

  acquire(
    options: AcquireOptions<T> | undefined,
    purpose: LoanPurpose | undefined,
  ): Promise<ResourceLease<T>> {
    if (options === undefined && this.#isCalm === true) {
      const token = this.idle.takeLast();
      if (token !== undefined && (token.slot.isTouched === true || this.#isFresh(token))) {
        return Promise.resolve(this.#lendPlainly(token));
      }
    }
    if (options === undefined && this.#isPlain && this.#mayOnlyWait()) {
      const waiter = this.room.enterPlainly(NO_OPTIONS, NO_SCOPE);
      return new Promise((resolve, reject) => {
        waiter.resolve = resolve;
        waiter.reject = reject;
      });
    }
    this.#calls++;
    try {
      const { scopes } = this.settings;
      const asked =
        scopes === undefined ? NO_SCOPE : { askedIn: scopes.current(), usedIn: undefined };
      return this.#acquireSlowly((options ?? NO_OPTIONS) as AcquireOptions<T>, purpose ?? asked);
    } catch (error) {
      return Promise.reject(error);
    } finally {
      this.#endCall();
    }
  }

  tryAcquire(): ResourceLease<T> | undefined {
    if (this.#isCalm === true) {
      const token = this.idle.takeLast();
      if (token !== undefined && (token.slot.isTouched === true || this.#isFresh(token))) {
        return this.#lendPlainly(token);
      }
    }
    return this.#tryAcquireSlowly();
  }

  #tryAcquireSlowly(): ResourceLease<T> | undefined {
    this.#calls++;
    try {
      this.#parts.keepTime();
      if (this.#isClosed) throw new PoolClosedError("acquire resource", this.state());
      if (this.#isSuspended || this.room.size > 0) return undefined;
      const token = this.#takeReady(this.checks.borrower(false));
      const lease = token && this.#lend(token, undefined, undefined, this.#sampleStack(), 0);
      this.pump();
      return lease;
    } finally {
      this.#endCall();
    }
  }

  giveBack(token: Token<T>, slot: Slot<T>): void {
    if (this.#isCalm === true && (slot.isTouched === true || this.#isStillGood(slot))) {
      this.idle.put(token);
    } else {
      this.#giveBackSlowly(token, slot);
    }
  }

  #giveBackSlowly(token: Token<T>, slot: Slot<T>): void {
    if (!this.#isPlain) {
      this.giveBackMarked(token);
      return;
    }
    if (!slot.isTouched) this.#isStillGood(slot);
    if (slot.expiresAt <= slot.since) {
      this.settle(token, slot.since);
      this.pump();
      return;
    }
    const waiter = this.room.next();
    if (waiter === undefined) this.idle.put(token);
    else this.serve(waiter, token);
  }

  /** The first look of a turn at a slot that came back. Returns whether its time has not come. */
  #isStillGood(slot: Slot<T>): boolean {
    this.report.useTimes.record(this.#times.now() - slot.lentSince);
    this.#times.touch(slot);
    return slot.expiresAt > slot.since;
  }

  giveUp(token: Token<T>, reason: unknown): void {
    const { slot } = token;
    if (slot.state !== "ready") return;
    this.#endLoan(slot);
    this.end(slot, reason);
    this.pump();
  }

  /** Ends a slot whatever its state. Returns false if it has ended already. Never throws. */
  discard(slot: Slot<T>, reason: unknown): boolean {
    if (slot.state === "ended") return false;
    const isIdle = this.idle.removeSlot(slot);
    const isLent = !isIdle && slot.state === "ready" && slot.endedLoan !== slot.uses;
    if (isLent) {
      // Its holder need not know: what it does with the lease now does nothing.
      slot.isDiscarded = true;
      this.checks.reserve(slot, "resetting");
      this.#endLoan(slot);
    }
    this.end(slot, reason);
    this.pump();
    return true;
  }

  /** Whether what was taken out of the idle ones may be lent: else it is put back. The first look of a turn at it. */
  #isFresh(token: Token<T>): boolean {
    const { slot } = token;
    this.idle.put(token);
    const now = this.#times.now();
    if (slot.expiresAt <= now || this.#isIdleTooLong(slot, now)) return false;
    this.idle.takeLast();
    this.#times.touchLoan(slot);
    return true;
  }

  #isIdleTooLong(slot: Slot<T>, now: number): boolean {
    return now - slot.since >= this.settings.idleTimeout && this.isSpare;
  }

  #lendPlainly(token: Token<T>): ResourceLease<T> {
    const { slot } = token;
    slot.uses++;
    return new ResourceLease(slot, token);
  }

  #acquireSlowly(options: AcquireOptions<T>, purpose: LoanPurpose): Promise<ResourceLease<T>> {
    this.#parts.keepTime();
    const { signal, label, affinity } = options;
    if (signal !== undefined && signal.aborted) return Promise.reject(signal.reason);
    const borrower = this.checks.borrower(true);
    if (affinity !== undefined && this.#mayLendNow) this.#prefer(affinity);
    // What it calls may have changed anything.
    if (this.#mayLendNow && signal?.aborted !== true) {
      const token = this.#takeReady(borrower);
      if (token !== undefined) {
        const lease = this.#lend(token, label, purpose.usedIn, this.#sampleStack(), 0);
        this.pump();
        return Promise.resolve(lease);
      }
    }
    // What was validated on the way may have changed anything.
    if (signal !== undefined && signal.aborted) return Promise.reject(signal.reason);
    const refusal = this.#refusal(options);
    if (refusal !== undefined) return Promise.reject(refusal);
    const stack = this.#sampleStack();
    let waiter: Waiter<ResourceLease<T>> | undefined;
    const promise = new Promise<ResourceLease<T>>((resolve, reject) => {
      waiter = this.room.enter(options as AcquireOptions, purpose, resolve, reject);
    });
    // It may have left at once, or, if a clock failed, not come in at all.
    if (waiter === undefined || waiter.lane === undefined) return promise;
    waiter.stack = stack;
    waiter.context = borrower.context;
    waiter.slot = borrower.slot;
    borrower.waiter = waiter;
    try {
      this.pump();
      if (options.timeout === 0) this.room.expire(waiter);
      else if (purpose.askedIn !== undefined) this.refuseStuck(waiter);
    } catch (error) {
      // A clock that fails: nobody awaits what the waiter would get.
      this.room.refuse(waiter, error);
    }
    return promise;
  }

  /** Whether one who asks may be served before it joins the queue. */
  get #mayLendNow(): boolean {
    return !this.#isClosed && !this.#isSuspended && this.room.size === 0;
  }

  /** Whether there is nothing that a plain pool could do for one who asks. */
  #mayOnlyWait(): boolean {
    return (
      this.idle.size === 0 &&
      this.total >= this.settings.max &&
      this.room.size < this.settings.maxWaiters &&
      !this.governor.isProbing
    );
  }

  /** Brings the first idle one that the borrower prefers to where the next one is taken. */
  #prefer(affinity: (value: T) => boolean): void {
    const isLifo = this.settings.order === "lifo";
    const tokens = this.idle.toArray();
    if (isLifo) tokens.reverse();
    const uses = tokens.map(({ slot }) => slot.uses);
    for (const [at, token] of tokens.entries()) {
      const { slot } = token;
      const now = this.#times.now();
      if (slot.isRetiring || slot.expiresAt <= now || this.#isIdleTooLong(slot, now)) continue;
      // The function may have called the pool.
      if (slot.state !== "ready" || slot.uses !== uses[at] || !affinity(slot.value)) continue;
      if (!this.idle.remove(token)) continue;
      if (isLifo) this.idle.put(token);
      else this.idle.putFirst(token);
      return;
    }
  }

  #refusal({ timeout }: AcquireOptions<T>): unknown {
    if (this.#isClosed) return new PoolClosedError("acquire resource", this.state());
    if (this.governor.isProbing) {
      const now = this.now();
      if (this.governor.isOpen(now)) return this.report.createError(now);
    }
    if (timeout === 0) return undefined;
    const coming = this.usable + this.checks.inbound.size + this.creations.size;
    const crowd = this.crowd(this.room.size - (this.#isSuspended ? 0 : coming));
    if (crowd === undefined) return undefined;
    this.report.refused++;
    return this.report.exhausted("waiters", `${crowd} wait already`);
  }

  /** Refuses one who waits if nobody can release who holds what it waits for. Returns whether it did. */
  refuseStuck(waiter: Waiter<ResourceLease<T>>): boolean {
    if (waiter.lane === undefined || this.#isSuspended) return false;
    if (!this.isStuck(waiter as Waiter<never>)) return false;
    this.report.refused++;
    this.room.refuse(waiter, this.report.deadlock());
    return true;
  }

  /** Those who wait in some scope, the last one first. */
  scopedWaiters(): Waiter<ResourceLease<T>>[] {
    return this.room.queue
      .toArray()
      .filter(({ purpose }) => purpose.askedIn !== undefined)
      .reverse();
  }

  /** All who wait, for the detection of deadlocks. */
  get waiters(): Iterable<Waiter<never>> {
    return this.room.queue.toArray() as Iterable<Waiter<never>>;
  }

  /** Whether only a release can bring what somebody waits for: nothing is on its way, and nothing may be made. */
  get isFull(): boolean {
    return this.total >= this.settings.max;
  }

  /** Whether something is on its way that is not leased. */
  get isMoving(): boolean {
    return this.slots.size < this.total || this.leasedCount < this.slots.size;
  }

  /** Where the loan is asked for, of every `sampleStacks`th one. */
  #sampleStack(): string | undefined {
    const { sampleStacks } = this.settings;
    return sampleStacks > 0 && ++this.#asked % sampleStacks === 0 ? captureStack(3) : undefined;
  }

  #lend(
    token: Token<T>,
    label: string | undefined,
    scope: object | undefined,
    stack: string | undefined,
    waitTime: number,
  ): ResourceLease<T> {
    const { slot } = token;
    const { maxUses, leakThreshold } = this.settings;
    slot.uses++;
    // A leak is reported by this time, which must not be early.
    slot.since = leakThreshold === Infinity ? this.#times.now() : this.now();
    slot.touchedAt = slot.since;
    slot.touchedLoan = slot.uses;
    slot.isProven = false;
    slot.label = label;
    slot.scope = scope;
    slot.borrowed = stack;
    slot.isMarked = label !== undefined || stack !== undefined;
    if (slot.uses >= maxUses) this.retire(slot);
    if (leakThreshold !== Infinity) this.#upkeep.plan(slot.since + leakThreshold);
    const lease = new ResourceLease(slot, token);
    if (this.#events.has("acquire")) {
      this.emit("acquire", { ...slot.holderAt(slot.since), waitTime });
    }
    return lease;
  }

  /**
   * Takes what is idle and passes its checks at once; undefined if there is nothing like that. What needs
   * time for its checks comes back by itself: for the borrower, or for anybody if there is none.
   */
  #takeReady(borrower: Borrower<T> | undefined): Token<T> | undefined {
    // What is made meanwhile is left to `pump`: else, if all fail, this would never end.
    // What is ended on the way may suspend the pool.
    for (let left = this.idle.size; left > 0 && !this.#isSuspended; left--) {
      const token = this.settings.order === "lifo" ? this.idle.last : this.idle.first;
      if (token === undefined) return undefined;
      const { slot } = token;
      const now = this.#times.now();
      if (slot.expiresAt <= now) this.retire(slot);
      const isTooOld = !slot.isRetiring && this.#isIdleTooLong(slot, now);
      // The reading of a new turn may have run what was due, and that has taken it.
      if (!this.idle.remove(token)) continue;
      if (slot.isRetiring || isTooOld) {
        this.end(slot, slot.isRetiring ? "expired" : "idle");
        continue;
      }
      const isDoubtful = this.checks.isDoubtful(slot, now);
      if (!isDoubtful && !this.#parts.callbacks.prepares) return token;
      const ready = this.checks.checkAtOnce(token, isDoubtful, borrower);
      if (ready !== undefined) return ready;
      if (slot.state === "checking") return undefined;
    }
    return undefined;
  }

  /** Whether a slot that works may be lent now. */
  mayLend(slot: Slot<T>): boolean {
    return (
      this.isServing && !this.#isSuspended && !slot.isRetiring && slot.expiresAt > this.#times.now()
    );
  }

  serveNext(token: Token<T>): void {
    if (this.mustYield(this.room.queue.peek())) {
      this.end(token.slot, "needed by another key");
      return;
    }
    const waiter = this.room.next();
    if (waiter === undefined) this.takeBack(token);
    else this.serve(waiter, token);
  }

  serve(waiter: Waiter<ResourceLease<T>>, token: Token<T>): void {
    // A clock may step back.
    const wait = Math.max(0, this.#times.now() - waiter.since);
    this.report.waitTimes.record(wait);
    const { label } = waiter.options;
    const isPlain = this.#isPlain && label === undefined;
    if (isPlain && token.slot.isTouched === false) this.#times.touchLoan(token.slot);
    const lease = isPlain
      ? this.#lendPlainly(token)
      : this.#lend(token, label, waiter.purpose.usedIn, waiter.stack, wait);
    waiter.resolve(lease);
  }

  // Returns

  giveBackMarked(token: Token<T>): void {
    const { slot } = token;
    // Its holder does not know that it was discarded.
    if (slot.state !== "ready") return;
    this.#parts.keepTime();
    this.#endLoan(slot);
    // A listener may have closed the pool.
    if (slot.state !== "ready") return;
    if (this.#parts.callbacks.resets) this.checks.reset(token);
    else this.checks.validateReturn(token);
    this.pump();
  }

  /** Counts the end of a loan and tells of it. */
  #endLoan(slot: Slot<T>): void {
    const now = this.#times.now();
    this.report.useTimes.record(now - slot.lentSince);
    const { isReported } = slot;
    const isHeard = this.#events.has("release") || (isReported && this.#events.has("leak"));
    const holder = isHeard ? slot.holderAt(now) : undefined;
    slot.endedLoan = slot.uses;
    slot.forget();
    if (holder === undefined) return;
    if (isReported) this.emit("leak", { kind: "returned", holder });
    this.emit("release", holder);
  }

  /** Takes back a slot that works and was in use until now. */
  takeBack(token: Token<T>): void {
    const { slot } = token;
    this.#times.touch(slot);
    this.settle(token, slot.since);
  }

  /** Hands a slot that works on to somebody who waits, keeps it, or ends it. `idleSince` is the time of one that was not in use. */
  settle(token: Token<T>, now: number, idleSince?: number): void {
    const { slot } = token;
    const { maxUses, validateAfter, validate } = this.settings;
    if (slot.expiresAt <= now) this.retire(slot);
    const reason =
      (!this.isServing && "closed") ||
      (slot.uses >= maxUses && "used up") ||
      (slot.isRetiring && "expired") ||
      (this.mustShrink && "above max") ||
      (this.mustYield(this.room.queue.peek()) && "needed by another key");
    if (reason !== false) {
      this.end(slot, reason);
      return;
    }
    const mayServe = this.room.size > 0 && !this.#isSuspended && !this.#parts.callbacks.prepares;
    if (mayServe && (validate === undefined || validateAfter > 0 || idleSince !== undefined)) {
      const waiter = this.room.next();
      if (waiter !== undefined) {
        this.serve(waiter, token);
        return;
      }
    }
    this.#shelve(token, now, idleSince);
  }

  #shelve(token: Token<T>, now: number, idleSince: number | undefined): void {
    const { maxIdle, min } = this.settings;
    const { slot } = token;
    const isWanted = this.room.size > 0 && !this.#isSuspended;
    if (this.usable >= Math.max(maxIdle, min) && !isWanted) {
      this.end(slot, "above maxIdle");
      return;
    }
    if (idleSince === undefined) {
      slot.place = ++this.#returns;
      this.idle.put(token);
    } else {
      slot.since = idleSince;
      this.idle.putInPlace(token);
    }
    this.planAfterUse(now);
  }

  /** Looks around for what is due at the time `at`, or earlier. */
  planUpkeep(at: number): void {
    this.#upkeep.plan(at);
  }

  planAfterUse(now: number): void {
    this.#upkeep.planAfterUse(now);
  }

  /** Ends a slot: it is destroyed once, and counts until that has settled or timed out. */
  end(slot: Slot<T>, reason: unknown): void {
    if (slot.state === "ended") return;
    this.checks.leave(slot, "ended");
    const value = slot.end();
    this.slots.delete(slot);
    const { slotsByValue } = this.#parts;
    if (slotsByValue.get(value) === slot) slotsByValue.delete(value);
    if (slot.isRetiring) this.#retiring--;
    this.report.usesOfGone += slot.uses;
    this.report.destroyed++;
    this.#closing++;
    this.onRoom(0, 1);
    this.#refreshPlain();
    this.emit("destroy", { value, reason });
    this.#parts.callbacks.destroy(this, value, reason, (end) => {
      if ("error" in end) this.#close?.failures.push(end.error);
      this.#gone();
    });
  }

  #gone(): void {
    this.#closing--;
    this.onRoom(-1, -1);
    this.#refreshPlain();
    this.pump();
    // One that leaves because the bound is smaller now serves nobody.
    if (this.settings.scopes !== undefined) {
      for (const core of this.#parts.cores) core.refuseAllStuck();
    }
    this.finishClose();
  }

  /** Marks a slot whose time has come: it is never lent again, and leaves. */
  retire(slot: Slot<T>): void {
    if (slot.isRetiring || slot.state === "ended") return;
    slot.isRetiring = true;
    this.#retiring++;
    this.#refreshPlain();
  }

  // Supply and demand

  /** Brings together what waits and what is there, creates what is missing, and lets go what is too much. */
  pump(): void {
    if (this.#isAtRest) {
      if (this.#calls === 0) this.onRest();
      return;
    }
    if (this.#isPumping) {
      this.#mustPumpAgain = true;
      return;
    }
    this.#isPumping = true;
    this.#calls++;
    try {
      do {
        this.#mustPumpAgain = false;
        this.#serveIdle();
        this.create();
        if (this.#retiring > 0) this.#dismissRetiring();
      } while (this.#mustPumpAgain);
    } finally {
      this.#isPumping = false;
      this.#endCall();
    }
    this.creations.resolveReady();
  }

  /** Whether there is nothing to bring together, to create or to let go. */
  get #isAtRest(): boolean {
    const { min, minIdle } = this.settings;
    return (
      this.room.size === 0 &&
      this.#retiring === 0 &&
      !this.creations.isAwaited &&
      minIdle === 0 &&
      this.standing >= min
    );
  }

  /** Whether those who wait are served. */
  get isServing(): boolean {
    return !this.#isClosed || (this.#close?.serves === true && this.room.size > 0);
  }

  #endCall(): void {
    this.#calls--;
    if (this.#calls === 0) this.onRest();
  }

  #serveIdle(): void {
    if (this.isHeld) return;
    while (this.room.size > 0 && this.idle.size > 0 && !this.#isSuspended && this.isServing) {
      // As many checks as waiters are enough; what needs no check is lent meanwhile.
      if (this.room.size <= this.checks.inbound.checks && this.#needsCheck()) return;
      if (this.mustYield(this.room.queue.peek())) {
        this.yieldIdle();
        continue;
      }
      const borrower = this.checks.nextBorrower();
      if (this.#parts.callbacks.prepares && borrower === undefined) return;
      const token = this.#takeReady(borrower);
      if (token === undefined) continue;
      let waiter = borrower?.waiter;
      if (waiter === undefined) waiter = this.room.next();
      else if (!this.room.take(waiter)) waiter = undefined;
      if (waiter === undefined) this.#shelve(token, this.#times.now(), token.slot.since);
      else this.serve(waiter, token);
    }
  }

  /** Whether what would be lent next needs a check. */
  #needsCheck(): boolean {
    const next = this.settings.order === "lifo" ? this.idle.last : this.idle.first;
    if (next === undefined || this.#parts.callbacks.prepares) return true;
    return this.checks.isDoubtful(next.slot, this.#times.now());
  }

  /** How many idle ones may be lent. */
  get usable(): number {
    if (this.#retiring === 0) return this.idle.size;
    return this.idle.toArray().filter(({ slot }) => !slot.isRetiring).length;
  }

  /** Begins the creations that are wanted. Returns how many more are, for which there is no room. */
  protected create(): number {
    return this.creations.begin();
  }

  /** What retires and is idle stays while another one is being made, so that `min` does not dip longer than it must. */
  #dismissRetiring(): void {
    const retiring = this.idle.toArray().filter(({ slot }) => slot.isRetiring);
    for (const token of retiring) {
      const { min, minIdle } = this.settings;
      const isReplaced = this.standing >= min && this.usable >= minIdle;
      if (!isReplaced && this.creations.size + this.#closing > 0) return;
      if (this.idle.remove(token)) this.end(token.slot, "expired");
      // What takes the place of this one may be made first.
      if (!isReplaced) {
        this.#mustPumpAgain = true;
        return;
      }
    }
  }

  reclaim(slot: Slot<T>): void {
    if (slot.state !== "ready") return;
    this.report.lost++;
    const holder = slot.holderAt(this.now());
    this.emit("leak", { kind: "lost", holder });
    this.end(slot, "lost");
    this.pump();
  }

  /** The machine slept for so many ms, in which its clock stood still: all is older by that. */
  addAge(ms: number): void {
    for (const slot of this.slots) {
      slot.since -= ms;
      slot.touchedAt -= ms;
      slot.provenAt -= ms;
      slot.expiresAt -= ms;
    }
    // Not at once: this may be the middle of a loan.
    if (this.slots.size > 0) this.#upkeep.plan(this.now());
  }

  // Administration

  /** The bounds in the settings have changed. */
  resized(): void {
    this.#refreshPlain();
    while (this.isOver) {
      const token = this.idle.takeFirst();
      if (token === undefined) break;
      this.end(token.slot, "above max");
    }
    if (this.idle.size > 0) this.#upkeep.lookAround();
    this.pump();
    this.refuseAllStuck();
  }

  /** A smaller bound, or the end of a suspension, may leave nobody who could release. */
  refuseAllStuck(): void {
    if (this.settings.scopes === undefined) return;
    for (const waiter of this.scopedWaiters()) this.refuseStuck(waiter);
  }

  /** Ends all that is idle. Returns how many. */
  evictIdle(reason: unknown): number {
    let count = 0;
    for (const token of this.idle.toArray()) {
      // A listener may have taken it.
      if (!this.idle.remove(token)) continue;
      this.end(token.slot, reason);
      count++;
    }
    this.pump();
    return count;
  }

  replaceAll(over: number): void {
    const now = this.now();
    this.creations.expireBy(now + over);
    let at = 0;
    for (const slot of this.slots) {
      slot.expiresAt = Math.min(slot.expiresAt, now + (over * at++) / this.slots.size);
      if (slot.expiresAt <= now) this.retire(slot);
      else this.#upkeep.plan(slot.expiresAt);
    }
    this.#refreshPlain();
    this.pump();
  }

  suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended;
    this.#refreshPlain();
    // Also at the beginning: those who wait want no room now.
    this.pump();
    if (!isSuspended) this.refuseAllStuck();
  }

  /** Closes the pool; another call makes it faster. Undefined if that is done. */
  close(order: CloseOrder): Promise<CloseReport<T>> | undefined {
    if (this.#isClosed && this.#close === undefined) return undefined;
    this.#isClosed = true;
    const closing = (this.#close ??= new Closing(this.#parts, this));
    this.#refreshPlain();
    this.creations.rejectReady(() => new PoolClosedError("wait for pool", this.state()));
    closing.hasten(order);
    return closing.promise;
  }

  /** Ends its close when all is gone. */
  finishClose(): void {
    if (this.#close === undefined || this.total > 0 || this.room.size > 0) return;
    this.#close.finish();
    this.dispose();
    this.#close = undefined;
    this.holdProcess();
    if (!this.isShared) this.#parts.deadlines.clear();
  }

  /** Takes all that could still call the core out of what it shares with others. */
  dispose(): void {
    this.#parts.cores.delete(this);
    this.#upkeep.stop();
    this.checks.inbound.stop();
    this.creations.stop();
    this.#close?.stop();
  }

  /** The slots that are lent. */
  leased(): Slot<T>[] {
    const idle = new Set(this.idle.toArray().map(({ slot }) => slot));
    return [...this.slots].filter((slot) => slot.state === "ready" && !idle.has(slot));
  }

  state(): PoolState {
    return this.report.state();
  }

  recordOf(slot: Slot<T>): LoanRecord | undefined {
    return this.report.recordOf(slot);
  }

  // What a core that shares a bound with others does otherwise

  /** Whether there is a bound that it shares: that of a keyed pool. */
  get isShared(): boolean {
    return false;
  }

  /** What errors tell of its key, and of all keys. */
  get place(): Pick<PoolState, "key" | "all"> | undefined {
    return undefined;
  }

  /** Whether nobody is served for now. */
  get isHeld(): boolean {
    return false;
  }

  /** Whether there are more resources than there may be under any bound. */
  get mustShrink(): boolean {
    return this.isOver;
  }

  /** Takes room for one resource under the shared bound. Returns whether there was some. */
  takeRoom(): boolean {
    return true;
  }

  /** Called when so many more resources count, and are on their way out. */
  onRoom(_total: number, _closing: number): void {}

  /** Called when no call of it is running any longer. */
  onRest(): void {}

  /** Whether others have waited longer than `first`, who is served next here if there is somebody. */
  protected mustYield(_first: Waiter<ResourceLease<T>> | undefined): boolean {
    return false;
  }

  /** Ends an idle one, of this key or another, for those who have waited longer. */
  protected yieldIdle(): void {}

  /** Which bound does not let another one wait if nothing is on its way to so many. */
  protected crowd(lacking: number): string | undefined {
    const { maxWaiters } = this.settings;
    return lacking < this.freeRoom + maxWaiters ? undefined : `maxWaiters of ${maxWaiters}`;
  }

  /** Whether nobody can release who holds what this one waits for. */
  protected isStuck(waiter: Waiter<never>): boolean {
    return isStuck(waiter, [this], false);
  }

  /** Who may be the reason for a wait, the oldest loan first. */
  blockers(): Holder[] {
    return this.report.holders();
  }

  /** Who has what under the shared bound, the oldest loan first. */
  allHolders(): Holder[] {
    return this.report.holders();
  }

  // What the waiting room asks and tells

  /** Whether the first resources are being created: then nobody waits because of load. */
  isStarting(): boolean {
    return this.slots.size === 0 && this.creations.size > 0;
  }

  explainTimeout(waiter: Waiter<ResourceLease<T>>, position: number): PoolTimeoutError {
    return this.report.timeoutError(waiter, position);
  }

  onTimeout(error: unknown): void {
    this.emit("timeout", { operation: "acquire", error });
  }

  explainShedding(): PoolExhaustedError {
    return this.report.exhausted("overload", "the pool sheds load");
  }

  onOccupied(isOccupied: boolean): void {
    this.#isCalm = this.#isPlain && !isOccupied;
    this.holdProcess();
    // The last one of those who are served before the pool closes.
    if (!isOccupied) this.#close?.drain();
  }

  /** Somebody left the queue without a loan: nothing need be made for them. */
  onLeft(): void {
    if (this.isShared) this.pump();
  }

  /** The process stays alive for deadlines that somebody awaits. */
  holdProcess(): void {
    const isClosing = this.#isClosed && this.total > 0;
    const isHolding = this.room.size > 0 || this.creations.isAwaited || isClosing;
    if (isHolding === this.#isHolding) return;
    this.#isHolding = isHolding;
    this.#parts.hold(isHolding);
  }

  #refreshPlain(): void {
    const { settings } = this;
    this.#isPlain =
      !this.#isClosed &&
      !this.#isSuspended &&
      this.#retiring === 0 &&
      this.total <= settings.max &&
      settings.clock === undefined &&
      settings.order === "lifo" &&
      settings.validate === undefined &&
      settings.prepare === undefined &&
      settings.reset === undefined &&
      settings.scopes === undefined &&
      settings.maxUses === Infinity &&
      settings.minIdle === 0 &&
      settings.sampleStacks === 0 &&
      !settings.debug &&
      settings.maxIdle >= settings.max &&
      !this.isShared &&
      !this.#events.has("acquire") &&
      !this.#events.has("release");
    this.#isCalm = this.#isPlain && this.room.size === 0;
  }
}
