import { captureStack, StaleLeaseError, type LoanRecord } from "../../errors.ts";
import { checkType } from "../../checks.ts";
import { unbound, type Lease } from "../../lease.ts";
import { Token, type Slot } from "./slot.ts";

/** The right to a loan: its token; and when it has ended the number of the loan, or all that is known of it. */
type Right<T> = Token<T> | number | LoanRecord;

/**
 * The lease of a resource. One is made for each loan, so it has two fields and no private method,
 * which would be a third.
 *
 * A method that was taken off its lease finds no slot. To catch that takes no time on the way of one
 * that has it. But `value` and `release` must stay short: V8 inlines so many bytecodes and no more, and
 * if either is left out a loan takes a third longer. What is rare is in functions of its own.
 */
export class ResourceLease<T> implements Lease<T> {
  readonly #slot: Slot<T>;
  #right: Right<T>;

  constructor(slot: Slot<T>, token: Token<T>) {
    this.#slot = slot;
    this.#right = token;
  }

  get value(): T {
    let slot: Slot<T>;
    try {
      slot = this.#slot;
    } catch {
      throw unbound("use resource");
    }
    // In debug mode, and when the resource has been destroyed.
    if (slot.isGuarded === true) checkCurrent("use resource", slot, this.#right);
    return slot.value;
  }

  release(): void {
    let slot: Slot<T>;
    try {
      slot = this.#slot;
    } catch {
      throw unbound("release resource");
    }
    const token = this.#right as Token<T>;
    // A number and a record have no slot. A slot that has ended is marked.
    if (token.slot === slot && slot.isMarked === false) {
      this.#right = slot.uses;
      slot.owner.giveBack(token, slot);
    } else {
      this.#right = endLoan("release resource", slot, token);
      slot.owner.returnFully(token);
    }
  }

  destroy(reason?: unknown): void {
    let slot: Slot<T>;
    try {
      slot = this.#slot;
    } catch {
      throw unbound("destroy resource");
    }
    const token = this.#right as Token<T>;
    this.#right = endLoan("destroy resource", slot, token);
    slot.owner.returns.destroyLoan(token, reason);
  }

  touch(note: string): void {
    let slot: Slot<T>;
    try {
      slot = this.#slot;
    } catch {
      throw unbound("touch resource");
    }
    checkCurrent("touch resource", slot, this.#right);
    checkType("touch resource", "note", note, "string");
    slot.note = note;
    slot.isMarked = true;
  }

  /** What `[Symbol.dispose]` does, for engines that have no such symbol. */
  end(): void {
    let slot: Slot<T>;
    try {
      slot = this.#slot;
    } catch {
      throw unbound("release resource");
    }
    if (isCurrent(slot, this.#right) || isDiscarded(slot, this.#right)) this.release();
  }

  [Symbol.dispose](): void {
    ResourceLease.prototype.end.call(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    ResourceLease.prototype.end.call(this);
  }
}

function isCurrent<T>(slot: Slot<T>, right: Right<T>): right is Token<T> {
  return right instanceof Token && slot.state === "ready";
}

/** Whether the pool was told that the resource is gone while it was lent by this lease. */
function isDiscarded<T>(slot: Slot<T>, right: Right<T>): boolean {
  return slot.isDiscarded && right instanceof Token;
}

function checkCurrent<T>(action: string, slot: Slot<T>, right: Right<T>): void {
  if (!isCurrent(slot, right)) throw stale(action, slot, right);
}

/**
 * What a lease keeps of its loan, which ends now. Throws when it has ended before, unless the pool
 * was told that the resource is gone: its holder does not know that, however often it ends the loan.
 */
function endLoan<T>(action: string, slot: Slot<T>, right: Right<T>): Right<T> {
  if (isDiscarded(slot, right)) return right;
  checkCurrent(action, slot, right);
  return recordOf(slot);
}

/** What is known of the current loan, at its end. */
function recordOf<T>({ owner, loan, label, note, borrowed }: Slot<T>): LoanRecord {
  const returned = owner.settings.debug ? captureStack(3) : undefined;
  return { loan, label, note, borrowed, returned };
}

function stale<T>(action: string, slot: Slot<T>, right: Right<T>): StaleLeaseError {
  const { owner } = slot;
  let record: LoanRecord;
  if (right instanceof Token) record = recordOf(slot);
  else if (typeof right === "number") record = numberedLoan(slot, right);
  else record = right;
  return new StaleLeaseError(
    action,
    owner.settings.name,
    record,
    owner.recordOf(slot),
    owner.place?.key,
  );
}

/** A loan of which nothing is known but its number. */
function numberedLoan<T>({ id }: Slot<T>, uses: number): LoanRecord {
  const loan = `${id}.${uses}`;
  return { loan, label: undefined, note: undefined, borrowed: undefined, returned: undefined };
}
