import { captureStack, StaleLeaseError, type LoanRecord } from "../../errors.ts";
import { checkType } from "../../checks.ts";
import { unbound, type Lease } from "../../lease.ts";
import { Token, type Slot } from "./slot.ts";

/**
 * The right to a loan: its token. After the end of the loan: its number, or a record of it.
 */
type Right<T> = Token<T> | number | LoanRecord;

/**
 * The lease of a resource. Each loan creates one, so it has two fields and no private method, which
 * would be a third field.
 *
 * A method that is called without its lease finds no slot, and `#slot` throws. Catching that costs
 * nothing if the slot is found. But `value` and `release` must stay short: V8 inlines a limited
 * number of bytecodes, and a loan takes a third longer if either is not inlined. So rare work is in
 * functions of its own.
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
    // In debug mode, and if the resource has been destroyed.
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

  /** The same as `[Symbol.dispose]`, for engines without that symbol. */
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

/** Whether the resource was discarded during the loan of this lease. */
function isDiscarded<T>(slot: Slot<T>, right: Right<T>): boolean {
  return slot.isDiscarded && right instanceof Token;
}

function checkCurrent<T>(action: string, slot: Slot<T>, right: Right<T>): void {
  if (!isCurrent(slot, right)) throw stale(action, slot, right);
}

/**
 * The record that a lease keeps of its loan, which ends now. Throws if the loan has ended before.
 * But if the resource was discarded, the holder cannot know that, and may end the loan any number
 * of times.
 */
function endLoan<T>(action: string, slot: Slot<T>, right: Right<T>): Right<T> {
  if (isDiscarded(slot, right)) return right;
  checkCurrent(action, slot, right);
  return recordOf(slot);
}

/** The record of the current loan, at its end. */
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

/** The record of a loan of which only the number is known. */
function numberedLoan<T>({ id }: Slot<T>, uses: number): LoanRecord {
  const loan = `${id}.${uses}`;
  return { loan, label: undefined, note: undefined, borrowed: undefined, returned: undefined };
}
