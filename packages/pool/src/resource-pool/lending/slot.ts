import type { LoanRecord } from "../../errors.ts";
import type { Holder } from "../../lease.ts";

/**
 * The state of a slot. A `ready` slot is idle or leased: the idle list says which, so that neither
 * a loan nor a return writes the state. Only a `ready` slot may be lent. A slot that is `checking`
 * or `resetting` is reserved by the code that does so. An `ended` slot never comes back.
 */
export type SlotState = "ready" | "checking" | "resetting" | "ended";

/** The members of a core that a slot and its leases call. */
export interface SlotOwner<T> {
  readonly settings: { readonly name: string; readonly debug: boolean };
  /** The key as a text, in a keyed pool. */
  readonly place: { readonly key?: string | undefined } | undefined;
  /** Ends the loan of a slot that is not marked. */
  giveBack(token: Token<T>, slot: Slot<T>): void;
  /** Ends the loan of a slot, marked or not. */
  returnFully(token: Token<T>): void;
  readonly returns: SlotReturns<T>;
  /** Plans what may fall due after a use at this time. */
  planAfterUse(now: number): void;
  recordOf(slot: Slot<T>): LoanRecord | undefined;
}

/** Other ways to end a loan, or a slot. */
export interface SlotReturns<T> {
  /** Ends a loan, and destroys its resource. */
  destroyLoan(token: Token<T>, reason: unknown): void;
  /** Ends a slot whose lease was garbage collected. */
  reclaim(slot: Slot<T>): void;
  /** Ends a slot, whatever its state. Returns false if it has ended already. */
  discard(slot: Slot<T>, reason: unknown): boolean;
}

/**
 * A resource, and all that the pool knows about it. The pool holds the slot from the creation of
 * the resource to its end.
 */
export class Slot<T> {
  owner: SlotOwner<T>;
  readonly id: number;
  /** Undefined once the slot has ended: a lease that is kept does not hold a destroyed resource. */
  value: T;
  /** Whether `value` of an ended lease throws: in debug mode, and once the slot has ended. */
  isGuarded: boolean;
  /** The time from which on the resource is not lent, and is replaced. */
  expiresAt: number;
  state: SlotState = "ready";
  /** The number of its loans. */
  uses = 0;
  /**
   * Whether a loan began or ended in this turn of the event loop. At its end `since` is written.
   */
  isTouched = false;
  /** When its last loan began or ended, whichever was later. */
  since: number;
  /** The loan that began when the slot was touched, and the time of that; see `lentSince`. */
  touchedLoan = -1;
  touchedAt = 0.5;
  /** When the resource last worked: when it was created, used or validated. */
  provenAt: number;
  /**
   * Whether it was validated for a caller that could not wait. The next loan needs no check then.
   */
  isProven = false;
  /** Whether its time has come. Then it is never lent again. */
  isRetiring = false;
  /** Whether its loan was reported by a `leak` event as too long. */
  isReported = false;
  /**
   * Whether the end of its loan has more to do than to move the token: the loan has a label, a
   * note, a stack or a report, or the slot has ended.
   */
  isMarked = false;
  /** Whether `discard` ended it during a loan. `release` of that lease does nothing then. */
  isDiscarded = false;
  /** The last loan that ended outside the fast path, which does not write this. */
  endedLoan = 0;
  /** Its place in the idle list: the number of its return. */
  place = 0;
  /** The time at which its check or reset is late, and whether it is; see Inbound. */
  lateAt = 0;
  isLate = false;
  label: string | undefined;
  note: string | undefined;
  borrowed: string | undefined;
  /** The scope that has the loan, for the detection of deadlocks. */
  scope: object | undefined;

  /** A random number in [0, 1), for jitter. */
  readonly chance: number;

  constructor(
    owner: SlotOwner<T>,
    id: number,
    value: T,
    now: number,
    expiresAt: number,
    chance: number,
  ) {
    this.chance = chance;
    this.owner = owner;
    this.id = id;
    this.value = value;
    this.isGuarded = owner.settings.debug;
    this.since = now;
    this.provenAt = now;
    this.expiresAt = expiresAt;
  }

  /**
   * When its current loan began. If the slot had several loans in one turn of the event loop, the
   * end of that turn.
   */
  get lentSince(): number {
    return this.uses === this.touchedLoan ? this.touchedAt : this.since;
  }

  /** The number of its current or last loan. */
  get loan(): string {
    return `${this.id}.${this.uses}`;
  }

  /**
   * Ends the slot for good. Returns the value, and forgets it and the pool, so that a lease that is
   * kept keeps neither alive. After `discard` the holder has the value until it ends the loan.
   */
  end(): T {
    const { value } = this;
    this.state = "ended";
    this.isMarked = true;
    this.owner = new FormerOwner(this.owner);
    if (this.isDiscarded) this.isGuarded = false;
    else this.forgetValue();
    return value;
  }

  forgetValue(): void {
    this.isGuarded = true;
    this.value = undefined as T;
  }

  /** Forgets the holder. */
  forget(): void {
    this.label = this.note = this.borrowed = this.scope = undefined;
    this.isMarked = this.isDiscarded;
    this.isReported = false;
  }

  /** The current loan as a Holder, at the time `now`. */
  holderAt(now: number): Holder<T> {
    const { loan, value, label, note, borrowed: stack, lentSince } = this;
    return { loan, value, age: Math.max(0, now - lentSince), label, note, stack };
  }
}

/** Replaces the owner of a slot that has ended. Has the texts that errors need. */
class FormerOwner<T> implements SlotOwner<T>, SlotReturns<T> {
  readonly returns: SlotReturns<T> = this;
  readonly settings: SlotOwner<T>["settings"];
  readonly place: SlotOwner<T>["place"];

  constructor({ settings, place }: SlotOwner<T>) {
    const { name, debug } = settings;
    this.settings = { name, debug };
    this.place = place;
  }

  giveBack(token: Token<T>): void {
    this.destroyLoan(token);
  }

  returnFully(token: Token<T>): void {
    this.destroyLoan(token);
  }

  /** The holder of a resource that was discarded ends its loan. */
  destroyLoan({ slot }: Token<T>): void {
    slot.forgetValue();
  }

  reclaim(): void {}

  discard(): boolean {
    return false;
  }

  planAfterUse(): void {}

  recordOf(): undefined {}
}

/**
 * The right to a slot. Each slot has one token, and exactly one place holds it: the idle list, the
 * lease of the current loan, or the code that checks or resets the slot. So a slot cannot have two
 * loans at a time. A lost lease takes its token with it. So one record with the garbage collector,
 * made once for the token, finds the loss of any loan of the slot.
 */
export class Token<T> {
  readonly slot: Slot<T>;

  constructor(slot: Slot<T>) {
    this.slot = slot;
  }
}
