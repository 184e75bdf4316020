import type { LoanRecord, PoolState } from "../errors.ts";
import type { Holder } from "../lease.ts";
import type { Outcome } from "./callbacks/attempt.ts";
import type { CallbackHost } from "./callbacks/owner-callbacks.ts";
import { Closing, type CloseOrder, type ClosingHost } from "./keeping/closing.ts";
import { Stock, type StockHost } from "./keeping/stock.ts";
import { Upkeep, type UpkeepHost } from "./keeping/upkeep.ts";
import { IdleTokens } from "./lending/idle-tokens.ts";
import { Lending, NO_OPTIONS, NO_SCOPE, type LendingHost } from "./lending/lending.ts";
import { ResourceChecks, type ChecksHost } from "./lending/resource-checks.ts";
import { ResourceLease } from "./lending/resource-lease.ts";
import { Returns, type ReturnsHost } from "./lending/returns.ts";
import type { Slot, SlotOwner, Token } from "./lending/slot.ts";
import type { TurnTimes } from "./lending/turn-times.ts";
import type { AcquireOptions } from "./options.ts";
import type { Settings } from "./settings.ts";
import type { CoreOfParts, PoolParts } from "./pool-parts.ts";
import { CoreReport, type ReportedCore } from "./reports/core-report.ts";
import type { EventHub } from "./reports/pool-events.ts";
import type { CloseReport } from "./reports/pool-stats.ts";
import { CreationGovernor } from "./supply/creation-governor.ts";
import { Creations, type CreationsHost } from "./supply/creations.ts";
import { isStuck } from "./waiting/deadlock.ts";
import type { LoanPurpose, Waiter } from "./waiting/waiter-queue.ts";
import { WaitingRoom, type WaitingRoomHost } from "./waiting/waiting-room.ts";

/**
 * The state of a resource pool, or of one key of a keyed pool. What happens to a resource:
 *
 *     create ──> idle <──────────────┐
 *                  │ validate, prepare│ reset, validate
 *                  v                  │
 *               leased ───────────────┘ ──> destroy
 *
 * The core has the fast path of a loan, and brings its rooms together. Each room has one task, and
 * sees of the core what its host interface says: `lending` and `returns` begin and end loans,
 * `checks` runs validate, prepare and reset, `room` has the waiters, `creations` decides when to
 * create, `stock` has the slots and ends them, `report` counts and explains, Upkeep and Closing
 * work by the clock.
 *
 * Invariants, at every moment at which other code runs:
 * - creating + slots + closing <= max, counted from the call of `create` to the end of `destroy`.
 * - The token of a slot is in one place: see Token.
 * - No caller waits while an idle resource could serve it, unless the pool is suspended.
 * - A retiring resource is never lent again. It stays idle only while its replacement is being
 *   created.
 * - A callback of the owner may call the pool, throw, or never come back. So the state of the slot
 *   is read again after each callback and after each promise.
 *
 * `#isFastPath` says that a loan and a return only move a token: there is no callback, no listener
 * and no bound to look at. It makes the pool fast, and is computed again whenever one of these
 * changes. KeyCore, the core of a key, is a subclass that shares a bound with other keys.
 */
export class PoolCore<T>
  implements
    SlotOwner<T>,
    CallbackHost,
    CoreOfParts,
    ReportedCore<T>,
    WaitingRoomHost<ResourceLease<T>>,
    LendingHost<T>,
    ReturnsHost<T>,
    ChecksHost<T>,
    CreationsHost<T>,
    StockHost<T>,
    UpkeepHost<T>,
    ClosingHost<T>
{
  readonly settings: Settings<T>;
  readonly key: unknown;
  readonly governor: CreationGovernor;
  readonly report: CoreReport<T>;
  callbackFailures = 0;
  readonly #parts: PoolParts<T>;
  readonly #events: EventHub<T>;
  readonly #times: TurnTimes<T>;
  readonly room: WaitingRoom<ResourceLease<T>>;
  readonly upkeep: Upkeep<T>;
  readonly creations: Creations<T>;
  readonly stock: Stock<T>;
  /**
   * Here and not in the stock, which shares it: the fast path reads it, and V8 trusts the map of an
   * object only if the field is initialized where it is declared.
   */
  readonly idle: IdleTokens<T> = new IdleTokens();
  readonly checks: ResourceChecks<T>;
  readonly returns: Returns<T>;
  readonly lending: Lending<T>;
  /** Whether a loan and a return only move a token. */
  #isFastPath = false;
  /** Whether `#isFastPath` holds and no caller waits. */
  #isIdleFast = false;
  #isPumping = false;
  #mustPumpAgain = false;
  /**
   * Calls of this core that are running. Its owner must not drop the core before they have ended.
   */
  calls = 0;
  isClosed = false;
  isSuspended = false;
  #isHolding = false;
  /**
   * How the core closes, until that is done. The report of a close has the values of holders, which
   * no lease may keep alive.
   */
  #close: Closing<T> | undefined;

  /** `governor` is set if the pool remembers failures of this key. */
  constructor(parts: PoolParts<T>, key?: unknown, governor?: CreationGovernor) {
    const { settings, deadlines } = parts;
    this.#parts = parts;
    this.settings = settings;
    this.key = key;
    this.#events = parts.events;
    this.#times = parts.times;
    this.report = new CoreReport(this);
    this.governor = governor ?? new CreationGovernor(settings as Settings<never>, parts.random);
    this.stock = new Stock(parts, this);
    this.upkeep = new Upkeep(this, deadlines);
    this.creations = new Creations(parts, this);
    this.checks = new ResourceChecks(parts, this);
    this.returns = new Returns(parts, this);
    this.lending = new Lending(parts, this);
    this.room = new WaitingRoom<ResourceLease<T>>(settings as Settings<never>, deadlines, this);
    parts.cores.add(this);
    this.refresh();
    if (settings.min + settings.minIdle > 0) void Promise.resolve().then(() => this.pump());
  }

  /** All resources that count against `max`. */
  get total(): number {
    const { slots, closing } = this.stock;
    return this.creations.size + slots.size + closing;
  }

  /** Whether nothing is left of the core, no caller waits, and no call is running. */
  get isEmpty(): boolean {
    const isAsked = this.room.size > 0 || this.creations.isAwaited || this.calls > 0;
    return this.total === 0 && !isAsked;
  }

  /** The number of waiters for which the bound of this core has room, or will have. */
  protected get freeRoom(): number {
    const { closing } = this.stock;
    return this.isSuspended ? 0 : Math.max(0, this.settings.max - this.total + closing);
  }

  /**
   * Whether there are more resources than `max`, not counting resources that are being destroyed.
   */
  protected get isOver(): boolean {
    return this.total - this.stock.closing > this.settings.max;
  }

  /** The time in ms, for deadlines. */
  now(): number {
    return this.#parts.now();
  }

  on: EventHub<T>["on"] = (name, listener) => {
    const remove = this.#events.on(name, listener);
    this.refresh();
    return () => {
      remove();
      this.refresh();
    };
  };

  emit: EventHub<T>["emit"] = (name, event) => this.#events.emit(name, event, this.key);

  // Loans

  acquire(
    options: AcquireOptions<T> | undefined,
    purpose: LoanPurpose | undefined,
  ): Promise<ResourceLease<T>> {
    if (options === undefined && this.#isIdleFast === true) {
      const token = this.idle.takeLast();
      if (token !== undefined && (token.slot.isTouched === true || this.#isFresh(token))) {
        return Promise.resolve(this.#lendFast(token));
      }
    }
    if (options === undefined && this.#isFastPath && this.#mayOnlyWait()) {
      const waiter = this.room.enterFast(NO_OPTIONS, NO_SCOPE);
      return new Promise((resolve, reject) => {
        waiter.resolve = resolve;
        waiter.reject = reject;
      });
    }
    return this.lending.acquire(options, purpose);
  }

  tryAcquire(): ResourceLease<T> | undefined {
    if (this.#isIdleFast === true) {
      const token = this.idle.takeLast();
      if (token !== undefined && (token.slot.isTouched === true || this.#isFresh(token))) {
        return this.#lendFast(token);
      }
    }
    return this.lending.tryAcquire();
  }

  giveBack(token: Token<T>, slot: Slot<T>): void {
    if (this.#isIdleFast === true && (slot.isTouched === true || this.#isStillGood(slot))) {
      this.idle.put(token);
    } else {
      this.#returnSlowly(token, slot);
    }
  }

  #returnSlowly(token: Token<T>, slot: Slot<T>): void {
    if (!this.#isFastPath) {
      this.returns.returnFully(token);
      return;
    }
    if (!slot.isTouched) this.#isStillGood(slot);
    if (slot.expiresAt <= slot.since) {
      this.returns.settle(token, slot.since);
      this.pump();
      return;
    }
    const waiter = this.room.next();
    if (waiter === undefined) this.idle.put(token);
    else this.serve(waiter, token);
  }

  /** The first look of a turn at a slot that came back. Returns false if its time has come. */
  #isStillGood(slot: Slot<T>): boolean {
    this.report.useTimes.record(this.#times.now() - slot.lentSince);
    this.#times.touch(slot);
    return slot.expiresAt > slot.since;
  }

  /**
   * The first look of a turn at a token that was taken from the idle list. Puts the token back and
   * returns false if its slot must not be lent.
   */
  #isFresh(token: Token<T>): boolean {
    const { slot } = token;
    this.idle.put(token);
    const now = this.#times.now();
    if (slot.expiresAt <= now || this.stock.isIdleTooLong(slot, now)) return false;
    this.idle.takeLast();
    this.#times.touchLoan(slot);
    return true;
  }

  #lendFast(token: Token<T>): ResourceLease<T> {
    const { slot } = token;
    slot.uses++;
    return new ResourceLease(slot, token);
  }

  /** Whether a caller of a pool on the fast path can do nothing but wait. */
  #mayOnlyWait(): boolean {
    return (
      this.idle.size === 0 &&
      this.total >= this.settings.max &&
      this.room.size < this.settings.maxWaiters &&
      !this.governor.isProbing
    );
  }

  /** Lends to a caller that has waited, and has left the queue. */
  serve(waiter: Waiter<ResourceLease<T>>, token: Token<T>): void {
    // A clock may step back.
    const wait = Math.max(0, this.#times.now() - waiter.since);
    this.report.waitTimes.record(wait);
    const { label } = waiter.options;
    const isFast = this.#isFastPath && label === undefined;
    if (isFast && token.slot.isTouched === false) this.#times.touchLoan(token.slot);
    const lease = isFast
      ? this.#lendFast(token)
      : this.lending.lend(token, label, waiter.purpose.usedIn, waiter.stack, wait);
    waiter.resolve(lease);
  }

  // What slots and their leases call, apart from `giveBack`

  returnFully(token: Token<T>): void {
    this.returns.returnFully(token);
  }

  planAfterUse(now: number): void {
    this.upkeep.planAfterUse(now);
  }

  recordOf(slot: Slot<T>): LoanRecord | undefined {
    return this.report.recordOf(slot);
  }

  // Supply and demand

  /** Lends idle resources to waiters, creates missing resources, and ends surplus ones. */
  pump(): void {
    if (this.#isAtRest) {
      if (this.calls === 0) this.onRest();
      return;
    }
    if (this.#isPumping) {
      this.#mustPumpAgain = true;
      return;
    }
    this.#isPumping = true;
    this.calls++;
    try {
      do {
        this.#mustPumpAgain = false;
        this.lending.serveIdle();
        this.create();
        const { stock } = this;
        if (stock.retiring > 0 && stock.dismissRetiring()) this.#mustPumpAgain = true;
      } while (this.#mustPumpAgain);
    } finally {
      this.#isPumping = false;
      this.endCall();
    }
    this.creations.resolveReady();
  }

  /** Whether there is nothing to lend, to create or to end. */
  get #isAtRest(): boolean {
    const { min, minIdle } = this.settings;
    const { retiring, standing } = this.stock;
    return (
      this.room.size === 0 &&
      retiring === 0 &&
      !this.creations.isAwaited &&
      minIdle === 0 &&
      standing >= min
    );
  }

  /** Whether waiters are served: the core is open, or serves its last waiters before it closes. */
  get isServing(): boolean {
    return !this.isClosed || (this.#close?.serves === true && this.room.size > 0);
  }

  endCall(): void {
    this.calls--;
    if (this.calls === 0) this.onRest();
  }

  /**
   * Begins the creations that are wanted. Returns how many more are wanted without room for them.
   */
  protected create(): number {
    return this.creations.begin();
  }

  onDestroyed(end: Outcome<unknown>): void {
    if ("error" in end) this.#close?.failures.push(end.error);
    this.onRoom(-1, -1);
    this.refresh();
    this.pump();
    // A resource that was destroyed because `max` became smaller makes no room for waiters.
    if (this.settings.scopes !== undefined) {
      for (const core of this.#parts.cores) core.lending.refuseAllStuck();
    }
    this.finishClose();
  }

  // Administration

  /** Called after `min` or `max` of the settings have changed. */
  resized(): void {
    this.refresh();
    while (this.isOver) {
      const token = this.idle.takeFirst();
      if (token === undefined) break;
      this.stock.end(token.slot, "above max");
    }
    if (this.idle.size > 0) this.upkeep.lookAround();
    this.pump();
    this.lending.refuseAllStuck();
  }

  suspend(isSuspended: boolean): void {
    this.isSuspended = isSuspended;
    this.refresh();
    // Also at the beginning: now nothing has to be created for waiters.
    this.pump();
    if (!isSuspended) this.lending.refuseAllStuck();
  }

  /** Closes the core; another call may hasten the close. Undefined if the core has closed. */
  close(order: CloseOrder): Promise<CloseReport<T>> | undefined {
    if (this.isClosed && this.#close === undefined) return undefined;
    this.isClosed = true;
    const closing = (this.#close ??= new Closing(this.#parts, this));
    this.refresh();
    this.creations.rejectReady(() => this.report.closedError("wait for pool"));
    closing.hasten(order);
    return closing.promise;
  }

  /** Ends the close if no resource and no waiter is left. */
  finishClose(): void {
    if (this.#close === undefined || this.total > 0 || this.room.size > 0) return;
    this.#close.finish();
    this.dispose();
    this.#close = undefined;
    this.holdProcess();
    if (!this.isShared) this.#parts.deadlines.clear();
  }

  /** Removes the core, and all deadlines that could still call it, from the shared parts. */
  dispose(): void {
    this.#parts.cores.delete(this);
    this.upkeep.stop();
    this.checks.inbound.stop();
    this.creations.stop();
    this.#close?.stop();
  }

  // What KeyCore overrides: the bound that it shares with other keys

  /** Whether the core shares a bound, the `max` of a keyed pool. */
  get isShared(): boolean {
    return false;
  }

  /** What errors say about the key, and about all keys together. */
  get place(): Pick<PoolState, "key" | "all"> | undefined {
    return undefined;
  }

  /** Whether no waiter is served for now. */
  get isHeld(): boolean {
    return false;
  }

  /** Whether there are more resources than some bound allows. */
  get mustShrink(): boolean {
    return this.isOver;
  }

  /** Takes room for one resource under the shared bound. Returns false if there is no room. */
  takeRoom(): boolean {
    return true;
  }

  /** Called if the number of resources, or of resources that are being destroyed, changes. */
  onRoom(_total: number, _closing: number): void {}

  /** Called when the last running call of the core has ended. */
  onRest(): void {}

  /**
   * Whether waiters of other keys have waited longer than `first`, the next waiter of this core.
   */
  mustYield(_first: Waiter<ResourceLease<T>> | undefined): boolean {
    return false;
  }

  /** Ends an idle resource, of this key or another, for the waiters of `mustYield`. */
  yieldIdle(): void {}

  crowd(lacking: number): string | undefined {
    const { maxWaiters } = this.settings;
    return lacking < this.freeRoom + maxWaiters ? undefined : `maxWaiters of ${maxWaiters}`;
  }

  isStuck(waiter: Waiter<never>): boolean {
    return isStuck(waiter, [this], false);
  }

  /** The holders that may be the reason for a wait, the oldest loan first. */
  blockers(): Holder[] {
    return this.report.holders();
  }

  /** All holders under the shared bound, the oldest loan first. */
  allHolders(): Holder[] {
    return this.report.holders();
  }

  // For the detection of deadlocks

  get isFull(): boolean {
    return this.total >= this.settings.max;
  }

  // For the waiting room

  get isStarting(): boolean {
    return this.stock.slots.size === 0 && this.creations.size > 0;
  }

  onOccupied(isOccupied: boolean): void {
    this.#isIdleFast = this.#isFastPath && !isOccupied;
    this.holdProcess();
    // The last waiter that is served before the core closes has left.
    if (!isOccupied) this.#close?.drain();
  }

  onLeft(): void {
    if (this.isShared) this.pump();
  }

  /** Keeps the process alive while a caller awaits something that a deadline ends. */
  holdProcess(): void {
    const isClosing = this.isClosed && this.total > 0;
    const isHolding = this.room.size > 0 || this.creations.isAwaited || isClosing;
    if (isHolding === this.#isHolding) return;
    this.#isHolding = isHolding;
    this.#parts.hold(isHolding);
  }

  /** Computes `#isFastPath` again. Called after each change of what it depends on. */
  refresh(): void {
    const { settings } = this;
    this.#isFastPath =
      !this.isClosed &&
      !this.isSuspended &&
      this.stock.retiring === 0 &&
      this.total <= settings.max &&
      settings.isFast &&
      settings.maxIdle >= settings.max &&
      !this.isShared &&
      !this.#events.has("acquire") &&
      !this.#events.has("release");
    this.#isIdleFast = this.#isFastPath && this.room.size === 0;
  }
}
