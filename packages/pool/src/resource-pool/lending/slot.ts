import type { LoanRecord } from "../../errors.ts";
import type { Holder } from "../../lease.ts";

/**
 * Where a resource stands. `ready` is idle or leased: which of the two says the idle list, so that
 * neither a loan nor a return writes it. Only a `ready` one may be lent; whoever works on one that is
 * `checking` or `resetting` has reserved it; `ended` never comes back.
 */
export type SlotState = "ready" | "checking" | "resetting" | "ended";

/** What a slot and its leases tell their pool. */
export interface SlotOwner<T> {
  readonly settings: { readonly name: string; readonly debug: boolean };
  /** The key as a text, in a keyed pool. */
  readonly place: { readonly key?: string | undefined } | undefined;
  /** Takes back a slot that is not marked. */
  giveBack(token: Token<T>, slot: Slot<T>): void;
  /** Takes back a slot whatever there is to its loan. */
  returnFully(token: Token<T>): void;
  readonly returns: SlotReturns<T>;
  /** Plans what may fall due after a use at this time. */
  planAfterUse(now: number): void;
  recordOf(slot: Slot<T>): LoanRecord | undefined;
}

/** The other ends of a loan, and of a slot. */
export interface SlotReturns<T> {
  /** Ends a loan, and destroys its resource. */
  destroyLoan(token: Token<T>, reason: unknown): void;
  /** Ends a slot whose lease was garbage collected. */
  reclaim(slot: Slot<T>): void;
  /** Ends a slot, whatever its state. Returns false if it has ended already. */
  discard(slot: Slot<T>, reason: unknown): boolean;
}

/** A resource with all that the pool knows of it. The pool holds it from creation to destruction. */
export class Slot<T> {
  owner: SlotOwner<T>;
  readonly id: number;
  /** Undefined once it has ended: a lease that somebody kept holds no resource that is destroyed. */
  value: T;
  /** Whether leases that have ended refuse the value: in debug mode, and once the slot has ended. */
  isGuarded: boolean;
  /** Time from which on it is not lent, and is replaced. */
  expiresAt: number;
  state: SlotState = "ready";
  /** How often it was lent. */
  uses = 0;
  /** Whether it was lent or came back in this turn of the event loop, at the end of which `since` is written. */
  isTouched = false;
  /** When it was lent or came back, whichever was last. */
  since: number;
  /** The loan with which it was touched, and the time of that; see `lentSince`. */
  touchedLoan = -1;
  touchedAt = 0.5;
  /** When it last worked: made, used or validated. */
  provenAt: number;
  /** Whether it was validated for one who could not wait: the next one takes it on that proof. */
  isProven = false;
  /** Whether its time has come: it is never lent again. */
  isRetiring = false;
  /** Whether its loan was reported as too long. */
  isReported = false;
  /** Whether there is more to the end of its loan: a label, a note, a stack or a report, or the slot has ended. */
  isMarked = false;
  /** Whether the owner ended it under its holder, whose `release` then does nothing. */
  isDiscarded = false;
  /** The last loan of which the end was told; the end of a plain loan is not. */
  endedLoan = 0;
  /** Its place among the idle ones: the number of its return. */
  place = 0;
  /** When what is done to it takes too long, and whether it does; see Inbound. */
  lateAt = 0;
  isLate = false;
  label: string | undefined;
  note: string | undefined;
  borrowed: string | undefined;
  /** The scope whose loan it is, for the detection of deadlocks. */
  scope: object | undefined;

  /** A number in [0, 1) that tells it from the others. */
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

  /** When its current loan began; of several in one turn of the event loop, the end of that turn. */
  get lentSince(): number {
    return this.uses === this.touchedLoan ? this.touchedAt : this.since;
  }

  /** The number of its current or last loan. */
  get loan(): string {
    return `${this.id}.${this.uses}`;
  }

  /**
   * Never comes back. Returns the value, and forgets it and the pool: a lease that somebody keeps keeps
   * neither alive. The holder of one that was discarded has the value until it ends the loan.
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

  /** Forgets who had it. */
  forget(): void {
    this.label = this.note = this.borrowed = this.scope = undefined;
    this.isMarked = this.isDiscarded;
    this.isReported = false;
  }

  /** The loan as a holder, at the time `now`. */
  holderAt(now: number): Holder<T> {
    const { loan, value, label, note, borrowed: stack, lentSince } = this;
    return { loan, value, age: Math.max(0, now - lentSince), label, note, stack };
  }
}

/** What is left of the owner of a slot that has ended: what errors tell of it. */
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

  /** The holder of one that was discarded ends its loan. */
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
 * The right to a slot. There is one for each slot, and exactly one place holds it: the idle list, the
 * lease of the current loan, or the code that checks or resets it. So nobody can have a loan that
 * another one has, and a lease that was lost takes its token with it: one record of the token with
 * the garbage collector, made once, watches over every loan of the slot.
 */
export class Token<T> {
  readonly slot: Slot<T>;

  constructor(slot: Slot<T>) {
    this.slot = slot;
  }
}
