// Longer than 600 lines because loans, returns, creations and the close change one state together.

import type { PoolSignal } from "../abort-signal.ts";
import {
  captureStack,
  CreateError,
  PoolClosedError,
  PoolExhaustedError,
  PoolTimeoutError,
  type LoanRecord,
  type PoolState,
} from "../errors.ts";
import type { Holder } from "../lease.ts";
import { outsideContext } from "../outside-context.ts";
import { randomStream } from "../random-stream.ts";
import { SYSTEM_CLOCK, type Clock } from "../time/clock.ts";
import { DeadlineQueue } from "../time/deadline-queue.ts";
import { Closing } from "./closing.ts";
import { Creations } from "./creations.ts";
import { CreationGovernor } from "./creation-governor.ts";
import { isDeadlock } from "./deadlock.ts";
import { IdleTokens } from "./idle-tokens.ts";
import type { AcquireOptions, Settings } from "./options.ts";
import { OwnerCallbacks, type CheckSteps } from "./owner-callbacks.ts";
import { EventHub } from "./pool-events.ts";
import type { CloseReport, ResourcePoolStats } from "./pool-stats.ts";
import type { Quota } from "./quota.ts";
import { ReadyCalls } from "./ready-calls.ts";
import { ResourceLease } from "./resource-lease.ts";
import { Slot, Token, type SlotOwner } from "./slot.ts";
import { TurnTimes } from "./turn-times.ts";
import { Upkeep } from "./upkeep.ts";
import type { LoanPurpose, Waiter } from "./waiter-queue.ts";
import { WaitingRoom } from "./waiting-room.ts";

const NO_OPTIONS: AcquireOptions = {};
const NO_SCOPE: LoanPurpose = { askedIn: undefined, usedIn: undefined };

/**
 * The state of a resource pool, and all that changes it. What happens in what order:
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
 * - Every callback of the owner may call the pool, throw, or never come back. After each of them,
 *   and after each promise, the state of the slot is looked at again.
 *
 * `#isPlain` says that a loan and a return have nothing to do but to move a token: no callback, no
 * listener, no bound to look at. It is what makes the pool fast, and is computed anew whenever one of
 * these changes.
 */
export class PoolCore<T> implements SlotOwner<T> {
  readonly settings: Settings<T>;
  readonly governor: CreationGovernor;
  readonly slots: Set<Slot<T>> = new Set();
  readonly random: () => number;
  readonly #events = new EventHub<T>();
  readonly #clock: Clock;
  readonly #quota: Quota | undefined;
  readonly #room: WaitingRoom<ResourceLease<T>>;
  readonly #deadlines: DeadlineQueue;
  readonly #upkeep: Upkeep<T>;
  readonly #creations: Creations<T>;
  readonly #callbacks: OwnerCallbacks<T>;
  readonly #idle = new IdleTokens<T>();
  /** Undefined if the host tells of no collection: then nobody notices a lost lease. */
  readonly #lost: FinalizationRegistry<Slot<T>> | undefined;
  readonly #times: TurnTimes<T>;
  readonly #ready = new ReadyCalls();
  #isPlain = false;
  /** Plain, and nobody waits. */
  #isCalm = false;
  #isPumping = false;
  #mustPumpAgain = false;
  #isSuspended = false;
  #checking = 0;
  #resetting = 0;
  #closing = 0;
  #retiring = 0;
  #wakeAt = Infinity;
  #slotsMade = 0;
  #asked = 0;
  #usesOfGone = 0;
  #close: Closing<T> | undefined;
  readonly #counts = {
    created: 0,
    createFailures: 0,
    destroyed: 0,
    late: 0,
    refused: 0,
    lost: 0,
    waits: 0,
    waitTime: 0,
    longestWait: 0,
    useTime: 0,
  };

  /** Makes a pool, with the share of others in its bound, and what is known of failures to create. */
  constructor(settings: Settings<T>, quota?: Quota, governor?: CreationGovernor) {
    this.settings = settings;
    this.#clock = settings.clock ?? SYSTEM_CLOCK;
    this.#quota = quota;
    this.random = randomStream(settings.seed);
    this.governor = governor ?? new CreationGovernor(settings as Settings<never>, this.random);
    this.#deadlines = new DeadlineQueue(settings.clock, false);
    this.#upkeep = new Upkeep(this, this.#deadlines);
    this.#times = new TurnTimes(settings.clock, (now) => this.#upkeep.planAfterUse(now));
    const [now, state] = [() => this.now(), () => this.state()];
    this.#callbacks = new OwnerCallbacks(settings, this.#deadlines, this.#events, now, state);
    this.#creations = new Creations(settings, this.#deadlines, {
      now,
      state,
      onMade: (value, round, expiresBy) => this.#made(value, round, expiresBy),
      onFailed: (error, round) => this.#createFailed(error, round),
      onLate: (value) => this.#endLate(value),
    });
    if (typeof FinalizationRegistry !== "undefined") {
      this.#lost = new FinalizationRegistry((slot) => outsideContext(() => this.#reclaim(slot)));
    }
    this.#room = new WaitingRoom<ResourceLease<T>>(settings as Settings<never>, this.#deadlines, {
      now: () => this.#times.now(),
      preciseNow: () => this.now(),
      explainTimeout: (waiter, position) => this.#explainTimeout(waiter, position),
      onTimeout: (error) => this.#events.emit("timeout", { operation: "acquire", error }),
      explainShedding: () => this.#exhausted("overload", "the pool sheds load"),
      onOccupied: (isOccupied) => {
        this.#isCalm = this.#isPlain && !isOccupied;
        this.#holdProcess();
        if (!isOccupied) this.#quota?.onQuiet();
      },
    });
    this.#refreshPlain();
    if (settings.min > 0) void Promise.resolve().then(() => this.pump());
  }

  get name(): string {
    return this.settings.name;
  }

  get isDebug(): boolean {
    return this.settings.debug;
  }

  get isClosed(): boolean {
    return this.#close !== undefined;
  }

  /** How many will be there when those that retire have gone. */
  get standing(): number {
    return this.slots.size - this.#retiring;
  }

  get total(): number {
    return this.#creations.size + this.slots.size + this.#closing;
  }

  get waiting(): number {
    return this.#room.size;
  }

  /** How many are being destroyed. */
  get closing(): number {
    return this.#closing;
  }

  /** What has been idle for longest. */
  get longestIdle(): Token<T> | undefined {
    return this.#idle.first;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Since when the next one to be served has waited; Infinity when nobody waits. */
  get oldestWait(): number {
    return this.#room.queue.peek()?.since ?? Infinity;
  }

  on: EventHub<T>["on"] = (name, listener) => {
    const remove = this.#events.on(name, listener);
    this.#refreshPlain();
    return () => {
      remove();
      this.#refreshPlain();
    };
  };

  emit: EventHub<T>["emit"] = (name, event) => this.#events.emit(name, event);

  // Loans

  acquire(
    options: AcquireOptions | undefined,
    purpose: LoanPurpose | undefined,
  ): Promise<ResourceLease<T>> {
    if (options === undefined && this.#isCalm === true) {
      const token = this.#idle.takeLast();
      if (token !== undefined) return Promise.resolve(this.#lendPlainly(token));
    }
    if (options === undefined && this.#isPlain && this.#mayOnlyWait()) {
      return this.#promiseOf(this.#room.enter(NO_OPTIONS, NO_SCOPE));
    }
    const { scopes } = this.settings;
    const asked =
      scopes === undefined ? NO_SCOPE : { askedIn: scopes.current(), usedIn: undefined };
    return this.#acquireSlowly(options ?? NO_OPTIONS, purpose ?? asked);
  }

  tryAcquire(): ResourceLease<T> | undefined {
    if (this.#isCalm === true) {
      const token = this.#idle.takeLast();
      if (token !== undefined) return this.#lendPlainly(token);
    }
    return this.#tryAcquireSlowly();
  }

  #tryAcquireSlowly(): ResourceLease<T> | undefined {
    if (this.#close !== undefined) throw new PoolClosedError("acquire resource", this.state());
    if (this.#isSuspended || this.#room.size > 0) return undefined;
    const token = this.#takeReady();
    const lease = token && this.#lend(token, undefined, undefined, this.#sampleStack());
    this.pump();
    return lease;
  }

  giveBack(token: Token<T>, slot: Slot<T>): void {
    if (this.#isCalm === true) {
      if (slot.isTouched === false) this.#times.touch(slot);
      this.#idle.put(token);
    } else {
      this.#giveBackSlowly(token, slot);
    }
  }

  #giveBackSlowly(token: Token<T>, slot: Slot<T>): void {
    if (!this.#isPlain) {
      this.giveBackMarked(token);
      return;
    }
    if (!slot.isTouched) this.#times.touch(slot);
    const waiter = this.#room.next();
    if (waiter === undefined) this.#idle.put(token);
    else this.#serve(waiter, token);
  }

  giveUp(token: Token<T>, reason: unknown): void {
    const { slot } = token;
    this.#endLoan(slot);
    this.end(slot, reason);
    this.pump();
  }

  #lendPlainly(token: Token<T>): ResourceLease<T> {
    const { slot } = token;
    slot.uses++;
    if (slot.isTouched === false) this.#times.touch(slot);
    return new ResourceLease(slot, token);
  }

  #acquireSlowly(options: AcquireOptions, purpose: LoanPurpose): Promise<ResourceLease<T>> {
    this.#keepTime();
    const { signal, label } = options;
    if (isAborted(signal)) return Promise.reject(signal?.reason);
    if (this.#close === undefined && !this.#isSuspended && this.#room.size === 0) {
      const token = this.#takeReady();
      if (token !== undefined) {
        const lease = this.#lend(token, label, purpose.usedIn, this.#sampleStack());
        if (this.#retiring > 0) this.pump();
        return Promise.resolve(lease);
      }
    }
    // What was validated on the way may have changed anything.
    if (isAborted(signal)) return Promise.reject(signal?.reason);
    const refusal = this.#refusal(options);
    if (refusal !== undefined) return Promise.reject(refusal);
    const waiter = this.#room.enter(options, purpose);
    waiter.stack = this.#sampleStack();
    const promise = this.#promiseOf(waiter);
    this.pump();
    if (options.timeout === 0) this.#room.expire(waiter);
    else if (purpose.askedIn !== undefined) this.#refuseDeadlock(waiter);
    return promise;
  }

  /** Whether there is nothing that a plain pool could do for one who asks. */
  #mayOnlyWait(): boolean {
    return (
      this.#idle.size === 0 &&
      this.total >= this.settings.max &&
      this.#room.size < this.settings.maxWaiters &&
      !this.governor.isProbing
    );
  }

  #promiseOf(waiter: Waiter<ResourceLease<T>>): Promise<ResourceLease<T>> {
    return new Promise((resolve, reject) => {
      waiter.resolve = resolve;
      waiter.reject = reject;
    });
  }

  #refusal({ timeout }: AcquireOptions): unknown {
    if (this.#close !== undefined) return new PoolClosedError("acquire resource", this.state());
    if (this.governor.isProbing) {
      const now = this.now();
      if (this.governor.isOpen(now)) return this.#createError(now);
    }
    if (timeout !== 0 && this.#room.size >= this.settings.maxWaiters) {
      return this.#exhausted("waiters", `maxWaiters of ${this.settings.maxWaiters} wait already`);
    }
    return undefined;
  }

  #refuseDeadlock(waiter: Waiter<ResourceLease<T>>): void {
    const isStuck =
      waiter.lane !== undefined &&
      !this.#isSuspended &&
      this.total >= this.settings.max &&
      this.slots.size === this.total &&
      this.#checking + this.#resetting === 0 &&
      isDeadlock(this.slots, this.#room.queue);
    if (!isStuck) return;
    this.#counts.refused++;
    const why = "everybody who holds a loan waits for another one";
    const error = new PoolExhaustedError("deadlock", why, this.state(), this.holders());
    this.#room.refuse(waiter, error);
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
  ): ResourceLease<T> {
    const { slot } = token;
    const { maxUses, leakThreshold } = this.settings;
    slot.uses++;
    slot.since = this.now();
    slot.label = label;
    slot.scope = scope;
    slot.borrowed = stack;
    slot.isMarked = label !== undefined || stack !== undefined;
    if (slot.uses >= maxUses) this.retire(slot);
    if (leakThreshold !== Infinity) this.#upkeep.plan(slot.since + leakThreshold);
    const lease = new ResourceLease(slot, token);
    if (this.#events.has("acquire")) this.#events.emit("acquire", slot.holderAt(slot.since));
    return lease;
  }

  /** Takes what is idle and passes its checks at once; undefined when there is none. What needs time for its checks comes back by itself. */
  #takeReady(): Token<T> | undefined {
    // What is made meanwhile is left to `pump`: else, where all fail, this would never end.
    for (let left = this.#idle.size; left > 0; left--) {
      const token = this.settings.order === "lifo" ? this.#idle.takeLast() : this.#idle.takeFirst();
      if (token === undefined) return undefined;
      const { slot } = token;
      const now = this.now();
      if (slot.expiresAt <= now) this.retire(slot);
      if (slot.isRetiring && this.standing >= this.settings.min) {
        this.end(slot, "expired");
        continue;
      }
      const isDoubtful = this.#isDoubtful(slot, now);
      if (!isDoubtful && this.settings.prepare === undefined) return token;
      const ready = this.#checkAtOnce(token, isDoubtful);
      if (ready !== undefined) return ready;
      if (slot.state === "checking") return undefined;
    }
    return undefined;
  }

  #isDoubtful(slot: Slot<T>, now: number): boolean {
    const { validate, validateAfter } = this.settings;
    return validate !== undefined && now - slot.provenAt >= validateAfter;
  }

  /** Checks a token; returns it when it has passed without a wait. Else it is offered when it passes. */
  #checkAtOnce(token: Token<T>, isDoubtful: boolean): Token<T> | undefined {
    let isWaiting = false;
    let passed: Token<T> | undefined;
    this.check(token, { validate: isDoubtful, prepare: true }, () => {
      if (isWaiting) this.#offer(token);
      else passed = token;
    });
    isWaiting = true;
    if (passed !== undefined && (this.#close !== undefined || this.#isSuspended)) {
      this.#takeBack(passed);
      return undefined;
    }
    return passed;
  }

  /**
   * Reserves a slot, validates it and prepares it. Calls `passed` when it has passed; one that fails
   * is destroyed, and `failed` hears of it.
   */
  check(
    token: Token<T>,
    steps: CheckSteps,
    passed: () => void,
    failed?: (reason: unknown) => void,
  ): void {
    const { slot } = token;
    slot.state = "checking";
    this.#checking++;
    const goesOn = (): boolean => slot.state === "checking";
    this.#callbacks.check(slot.value, steps, goesOn, (failure) => {
      this.#checking--;
      if (slot.state === "checking") {
        slot.state = "ready";
        const now = this.now();
        this.governor.judge(failure === undefined, now);
        if (failure === undefined) {
          slot.provenAt = now;
          passed();
          return;
        }
        // First, because the end of the slot creates another one for whoever still waits.
        failed?.(failure.reason);
        this.end(slot, failure.reason);
      }
      this.pump();
    });
  }

  /** Lends what has passed its checks to the next in the queue, or keeps it. */
  #offer(token: Token<T>): void {
    if (this.#close !== undefined || this.#isSuspended) {
      this.#takeBack(token);
      return;
    }
    const waiter = this.#room.next();
    if (waiter === undefined) this.#takeBack(token);
    else this.#serve(waiter, token);
    this.pump();
  }

  #serve(waiter: Waiter<ResourceLease<T>>, token: Token<T>): void {
    const { label } = waiter.options;
    const isPlain = this.#isPlain && label === undefined;
    const lease = isPlain
      ? this.#lendPlainly(token)
      : this.#lend(token, label, waiter.purpose.usedIn, waiter.stack);
    // A clock may step back.
    const wait = Math.max(0, this.#times.now() - waiter.since);
    const counts = this.#counts;
    counts.waits++;
    counts.waitTime += wait;
    if (wait > counts.longestWait) counts.longestWait = wait;
    waiter.resolve(lease);
  }

  // Returns

  giveBackMarked(token: Token<T>): void {
    this.#keepTime();
    const { slot } = token;
    this.#endLoan(slot);
    // A listener may have closed the pool.
    if (slot.state !== "ready") return;
    if (this.settings.reset === undefined) {
      this.#validateReturn(token);
    } else {
      slot.state = "resetting";
      this.#resetting++;
      this.#callbacks.reset(slot.value, (end) => {
        this.#resetting--;
        if (slot.state === "resetting") {
          slot.state = "ready";
          if ("error" in end) this.end(slot, end.error);
          else this.#validateReturn(token);
        }
        this.pump();
      });
    }
    this.pump();
  }

  /** Counts the end of a loan and tells of it. */
  #endLoan(slot: Slot<T>): void {
    const now = this.now();
    if (!slot.isTouched) this.#counts.useTime += Math.max(0, now - slot.since);
    const { isReported } = slot;
    const isHeard = this.#events.has("release") || (isReported && this.#events.has("leak"));
    const holder = isHeard ? slot.holderAt(now) : undefined;
    slot.forget();
    if (holder === undefined) return;
    if (isReported) this.#events.emit("leak", { kind: "returned", holder });
    this.#events.emit("release", holder);
  }

  #validateReturn(token: Token<T>): void {
    if (!this.settings.validateOnReturn || this.#close !== undefined) this.#takeBack(token);
    else {
      this.check(token, { validate: true, prepare: false }, () => {
        this.#takeBack(token);
        this.pump();
      });
    }
  }

  /** Puts a slot that works among the idle ones, hands it on, or ends it. */
  #takeBack(token: Token<T>): void {
    const { slot } = token;
    const { max, maxUses, validate, prepare, validateAfter } = this.settings;
    const now = this.now();
    slot.since = slot.provenAt = now;
    if (slot.expiresAt <= now) this.retire(slot);
    if (this.#close !== undefined) this.end(slot, "closed");
    else if (slot.uses >= maxUses) this.end(slot, "used up");
    else if (slot.isRetiring && this.standing >= this.settings.min) this.end(slot, "expired");
    else if (this.total > max) this.end(slot, "above max");
    else {
      const mayServe = !this.#isSuspended && prepare === undefined;
      if (mayServe && (validate === undefined || validateAfter > 0) && this.#room.size > 0) {
        const waiter = this.#room.next();
        if (waiter !== undefined) {
          this.#serve(waiter, token);
          return;
        }
      }
      this.#shelve(token, now);
    }
  }

  #shelve(token: Token<T>, now: number): void {
    const { maxIdle, min } = this.settings;
    const isWanted = this.#room.size > 0 && !this.#isSuspended;
    if (this.#idle.size >= Math.max(maxIdle, min) && !isWanted) {
      this.end(token.slot, "above maxIdle");
      return;
    }
    this.#idle.put(token);
    this.#upkeep.planAfterUse(now);
    this.#quota?.onIdle();
  }

  /** Ends a slot: it is destroyed once, and counts until that has settled or timed out. */
  end(slot: Slot<T>, reason: unknown): void {
    if (slot.state === "ended") return;
    slot.state = "ended";
    slot.isMarked = true;
    this.slots.delete(slot);
    if (slot.isRetiring) this.#retiring--;
    this.#usesOfGone += slot.uses;
    this.#counts.destroyed++;
    this.#closing++;
    this.#refreshPlain();
    this.#events.emit("destroy", { value: slot.value, reason });
    this.#callbacks.destroy(slot.value, reason, (end) => {
      if ("error" in end) this.#close?.failures.push(end.error);
      this.#gone();
    });
  }

  #gone(): void {
    this.#closing--;
    this.#quota?.give();
    this.#refreshPlain();
    this.pump();
    this.#finishClose();
  }

  /** Marks a slot: it leaves as soon as that leaves `min` others. */
  retire(slot: Slot<T>): void {
    if (slot.isRetiring || slot.state === "ended") return;
    slot.isRetiring = true;
    this.#retiring++;
    this.#refreshPlain();
  }

  /** Takes a token out of the idle ones. Returns whether it was there. */
  takeIdle(token: Token<T>): boolean {
    return this.#idle.remove(token);
  }

  /** Puts a token back that was taken out of the idle ones, and was idle since that time. */
  putBack(token: Token<T>, since: number): void {
    this.#takeBack(token);
    // Not in use meanwhile: it is as idle as it was, unless somebody has it now.
    if (this.#idle.has(token)) token.slot.since = since;
    this.pump();
  }

  /** What is idle, the longest idle first; a copy. */
  idleTokens(): Token<T>[] {
    return this.#idle.toArray();
  }

  // Supply and demand

  /** Brings together what waits and what is there, creates what is missing, and lets go what is too much. */
  pump(): void {
    if (this.#isPumping) {
      this.#mustPumpAgain = true;
      return;
    }
    this.#isPumping = true;
    try {
      do {
        this.#mustPumpAgain = false;
        this.#serveIdle();
        this.#create();
        if (this.#retiring > 0) this.#dismissRetiring();
      } while (this.#mustPumpAgain);
    } finally {
      this.#isPumping = false;
    }
    if (this.#ready.size > 0 && this.slots.size >= this.settings.min) {
      this.#ready.resolve();
      this.#holdProcess();
    }
  }

  #serveIdle(): void {
    while (
      this.#room.size > 0 &&
      this.#idle.size > 0 &&
      !this.#isSuspended &&
      this.#close === undefined
    ) {
      // As many checks as waiters are enough; what needs no check is lent meanwhile.
      if (this.#room.size <= this.#checking && this.#needsCheck()) return;
      const token = this.#takeReady();
      if (token === undefined) continue;
      const waiter = this.#room.next();
      if (waiter === undefined) this.#idle.put(token);
      else this.#serve(waiter, token);
    }
  }

  /** Whether what would be lent next needs a check. */
  #needsCheck(): boolean {
    const next = this.settings.order === "lifo" ? this.#idle.last : this.#idle.first;
    if (next === undefined || this.settings.prepare !== undefined) return true;
    return this.#isDoubtful(next.slot, this.now());
  }

  /** How many creations should be under way, and whether waiters want them. */
  #demand(): { wanted: number; isForWaiter: boolean } {
    const inbound = this.#checking + this.#resetting;
    const waiting = this.#isSuspended ? 0 : this.#room.size - inbound;
    const missing = this.settings.min - this.standing;
    return { wanted: Math.max(waiting, missing), isForWaiter: waiting > this.#creations.size };
  }

  #create(): void {
    const { max, createConcurrency } = this.settings;
    while (this.#close === undefined && this.total < max) {
      const under = this.#creations.size;
      const { wanted, isForWaiter } = this.#demand();
      if (under >= wanted || under >= createConcurrency) return;
      if (this.governor.isProbing && under > 0) return;
      const at = this.governor.mayCreateAt(isForWaiter);
      if (at > this.now()) {
        this.#wake(at);
        return;
      }
      if (this.#quota?.take() === false) return;
      this.#creations.start(this.governor.round);
    }
  }

  /** Pumps at a time at which the governor allows a creation. */
  #wake(at: number): void {
    if (at >= this.#wakeAt) return;
    this.#wakeAt = at;
    this.#deadlines.add(at, () => {
      if (this.#wakeAt === at) this.#wakeAt = Infinity;
      this.pump();
    });
  }

  #made(value: T, round: number, expiresBy: number): void {
    const now = this.now();
    const { maxLifetime, lifetimeJitter } = this.settings;
    const lifetime = maxLifetime * (1 - lifetimeJitter * this.random());
    const expiresAt = Math.min(now + lifetime, expiresBy);
    const slot = new Slot(this, ++this.#slotsMade, value, now, expiresAt, this.random());
    const token = new Token(slot);
    this.slots.add(slot);
    this.#lost?.register(token, slot);
    this.#counts.created++;
    this.#events.emit("create", { value: slot.value });
    if (slot.state === "ready") {
      this.#upkeep.plan(slot.expiresAt);
      this.#introduce(token, round);
    }
    this.pump();
  }

  /**
   * The first loan of a slot: not validated, for it was just made. That it could not be prepared is a
   * failure to create, else the pool would make one after the other in vain.
   */
  #introduce(token: Token<T>, round: number): void {
    const isOver = token.slot.expiresAt <= this.now();
    const isWanted = this.#room.size > this.#checking && !this.#isSuspended && !isOver;
    if (!isWanted || this.settings.prepare === undefined || this.#close !== undefined) {
      this.governor.succeed();
      if (isWanted && this.total <= this.settings.max) this.#offer(token);
      else this.#takeBack(token);
      return;
    }
    this.check(
      token,
      { validate: false, prepare: true },
      () => {
        this.governor.succeed();
        this.#offer(token);
      },
      (reason) => this.#blameGovernor(reason, round),
    );
  }

  #createFailed(error: unknown, round: number): void {
    this.#quota?.give();
    this.#counts.createFailures++;
    if (this.#close === undefined) {
      this.#blameGovernor(error, round);
      this.#callbacks.tell("create", error);
      this.pump();
    }
    this.#finishClose();
  }

  /** Counts a failure with the governor, and rejects whom it says. */
  #blameGovernor(error: unknown, round: number): void {
    if (this.#close !== undefined) return;
    const now = this.now();
    const verdict = this.governor.fail(error, round, now);
    const explain = (): CreateError => this.#createError(now);
    if (verdict === "reject all") this.#room.rejectAll(explain);
    else if (verdict === "reject oldest") this.#room.rejectOldest(explain);
    if (verdict !== "keep") {
      this.#ready.reject(explain);
      this.#holdProcess();
    }
  }

  /** A resource that came after its creation had timed out does not count, and leaves at once. */
  #endLate(value: T): void {
    this.#counts.late++;
    this.#events.emit("destroy", { value, reason: "late" });
    this.#callbacks.destroy(value, "late", () => undefined);
  }

  #dismissRetiring(): void {
    const retiring = this.#idle.toArray().filter(({ slot }) => slot.isRetiring);
    for (const token of retiring) {
      const isSpare = this.standing >= this.settings.min;
      // With min = max there is no room for the new one beside the old one: one at a time leaves first.
      const mustYield =
        !isSpare &&
        this.total >= this.settings.max &&
        this.#creations.size + this.#closing === 0 &&
        this.governor.mayCreateAt(false) <= this.now();
      if ((isSpare || mustYield) && this.takeIdle(token)) this.end(token.slot, "expired");
    }
  }

  #reclaim(slot: Slot<T>): void {
    if (slot.state !== "ready") return;
    this.#counts.lost++;
    const holder = slot.holderAt(this.now());
    this.#events.emit("leak", { kind: "lost", holder });
    this.end(slot, "lost");
    this.pump();
  }

  // Administration

  /** Resolves when `min` resources are there. */
  ready(): Promise<void> {
    if (this.#close !== undefined) {
      return Promise.reject(new PoolClosedError("wait for pool", this.state()));
    }
    if (this.slots.size >= this.settings.min) return Promise.resolve();
    const ready = this.#ready.add();
    this.#holdProcess();
    this.pump();
    return ready;
  }

  resize(min: number, max: number): void {
    this.settings.min = min;
    this.settings.max = max;
    this.#refreshPlain();
    while (this.total - this.#closing > max) {
      const token = this.#idle.takeFirst();
      if (token === undefined) break;
      this.end(token.slot, "above max");
    }
    this.pump();
  }

  /** Ends all that is idle. Returns how many. */
  evictIdle(reason: unknown): number {
    const tokens = this.#idle.takeAll();
    for (const { slot } of tokens) this.end(slot, reason);
    this.pump();
    return tokens.length;
  }

  replaceAll(over: number): void {
    const now = this.now();
    this.#creations.expireBy(now + over);
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
    if (!isSuspended) this.pump();
  }

  close(deadline: number): Promise<CloseReport<T>> {
    if (this.#close !== undefined) return this.#close.promise;
    const closing = new Closing<T>(this.#counts.destroyed);
    this.#close = closing;
    this.#refreshPlain();
    const error = (): PoolClosedError => new PoolClosedError("acquire resource", this.state());
    this.#room.rejectAll(error);
    this.#ready.reject(() => new PoolClosedError("wait for pool", this.state()));
    this.#creations.abort(error());
    this.evictIdle("closed");
    this.#holdProcess();
    if (deadline <= 0) this.#force(closing);
    else this.#deadlines.add(this.now() + deadline, () => this.#force(closing));
    this.#finishClose();
    return closing.promise;
  }

  /** The deadline of `close`: nothing is waited for any longer but `destroy`. */
  #force(closing: Closing<T>): void {
    if (closing.isForced) return;
    closing.isForced = true;
    closing.left = this.holders();
    const error = new PoolClosedError("create resource", this.state());
    closing.abandoned = this.#creations.size;
    this.#creations.abandon(error);
    for (const slot of this.slots) this.end(slot, "closed");
    this.#finishClose();
  }

  #finishClose(): void {
    if (this.#close === undefined || this.total > 0) return;
    this.#close.finish(this.#counts.destroyed);
    this.#holdProcess();
  }

  holders(): Holder<T>[] {
    return this.leased()
      .map((slot) => slot.holderAt(this.now()))
      .sort((a, b) => b.age - a.age);
  }

  /** The slots that are lent. */
  leased(): Slot<T>[] {
    const idle = new Set(this.#idle.toArray().map(({ slot }) => slot));
    return [...this.slots].filter((slot) => slot.state === "ready" && !idle.has(slot));
  }

  state(): PoolState {
    const { name, min, max } = this.settings;
    const busy = this.#idle.size + this.#checking + this.#resetting;
    return {
      name,
      min,
      max,
      total: this.total,
      idle: this.#idle.size,
      leased: this.slots.size - busy,
      creating: this.#creations.size,
      waiting: this.#room.size,
    };
  }

  stats(): ResourcePoolStats {
    let acquired = this.#usesOfGone;
    for (const { uses } of this.slots) acquired += uses;
    const { refused, ...counts } = this.#counts;
    return {
      ...this.state(),
      checking: this.#checking,
      resetting: this.#resetting,
      closing: this.#closing,
      ...counts,
      acquired,
      timeouts: this.#room.timeouts,
      refused: refused + this.#room.shed,
      callbackFailures: this.#callbacks.failures,
    };
  }

  recordOf(slot: Slot<T>): LoanRecord | undefined {
    if (!this.leased().includes(slot)) return undefined;
    const { loan, label, note, borrowed } = slot;
    return { loan, label, note, borrowed, returned: undefined };
  }

  #explainTimeout({ options }: Waiter<ResourceLease<T>>, position: number): PoolTimeoutError {
    const { timeout = this.settings.acquireTimeout } = options;
    return new PoolTimeoutError("acquire", timeout, this.state(), {
      position,
      holders: this.holders().slice(0, 3),
      cause: this.governor.lastError?.error,
    });
  }

  #exhausted(reason: "overload" | "waiters", why: string): PoolExhaustedError {
    if (reason === "waiters") this.#counts.refused++;
    return new PoolExhaustedError(reason, why, this.state(), this.holders().slice(0, 3));
  }

  #createError(now: number): CreateError {
    const { failures, lastError } = this.governor;
    const isOpen = this.governor.isOpen(now);
    const retryIn = Math.max(0, this.governor.mayCreateAt(true) - now);
    return new CreateError(lastError?.error, this.state(), { failures, isOpen, retryIn });
  }

  /** The process stays alive for deadlines that somebody awaits. */
  #holdProcess(): void {
    const isClosing = this.#close !== undefined && this.total > 0;
    this.#deadlines.hold(this.#room.size > 0 || this.#ready.size > 0 || isClosing);
  }

  /** With a clock that does not call back, what is due runs when the pool is used. */
  #keepTime(): void {
    const { clock } = this.settings;
    if (clock === undefined || clock.schedule !== undefined) return;
    this.#deadlines.runDue();
  }

  #refreshPlain(): void {
    const { settings } = this;
    this.#isPlain =
      this.#close === undefined &&
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
      settings.sampleStacks === 0 &&
      !settings.debug &&
      settings.maxIdle >= settings.max &&
      this.#quota === undefined &&
      !this.#events.has("acquire") &&
      !this.#events.has("release");
    this.#isCalm = this.#isPlain && this.#room.size === 0;
  }
}

function isAborted(signal: PoolSignal | undefined): boolean {
  return signal !== undefined && signal.aborted;
}
