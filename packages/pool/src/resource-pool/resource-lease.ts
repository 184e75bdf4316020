import { captureStack, StaleLeaseError, type LoanRecord } from "../errors.ts";
import { checkString } from "../checks.ts";
import type { Lease } from "../lease.ts";
import { Token, type Slot } from "./slot.ts";

/** The right to a loan: its token; and when it has ended the number of the loan, or all that is known of it. */
type Right<T> = Token<T> | number | LoanRecord;

/**
 * The lease of a resource. One is made for each loan, so it has two fields and no private method,
 * which would be a third.
 */
export class ResourceLease<T> implements Lease<T> {
  readonly #slot: Slot<T>;
  #right: Right<T>;

  constructor(slot: Slot<T>, token: Token<T>) {
    this.#slot = slot;
    this.#right = token;
  }

  get value(): T {
    const slot = this.#slot;
    if (slot.isGuarded === true && !isCurrent(slot, this.#right)) {
      throw stale("use resource", slot, this.#right);
    }
    return slot.value;
  }

  release(): void {
    const slot = this.#slot;
    const token = this.#right as Token<T>;
    // A number and a record have no slot. A slot that has ended is marked.
    if (token.slot === slot && slot.isMarked === false) {
      this.#right = slot.uses;
      slot.owner.giveBack(token, slot);
    } else {
      const right = this.#right;
      const isLent = isCurrent(slot, right);
      if (!isLent && !isDiscarded(slot, right)) throw stale("release resource", slot, right);
      this.#right = recordOf(slot);
      if (isLent) slot.owner.giveBackMarked(right);
    }
  }

  destroy(reason?: unknown): void {
    const slot = this.#slot;
    const right = this.#right;
    const isLent = isCurrent(slot, right);
    if (!isLent && !isDiscarded(slot, right)) throw stale("destroy resource", slot, right);
    this.#right = recordOf(slot);
    if (isLent) slot.owner.giveUp(right, reason);
  }

  touch(note: string): void {
    const slot = this.#slot;
    if (!isCurrent(slot, this.#right)) throw stale("touch resource", slot, this.#right);
    checkString("touch resource", "note", note);
    slot.note = note;
    slot.isMarked = true;
  }

  /** What `[Symbol.dispose]` does, for engines that have no such symbol. */
  end(): void {
    if (isCurrent(this.#slot, this.#right)) this.release();
  }

  [Symbol.dispose](): void {
    this.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    try {
      this.end();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

function isCurrent<T>(slot: Slot<T>, right: Right<T>): right is Token<T> {
  return right instanceof Token && slot.state === "ready";
}

/** Whether the loan ended under its holder, who does not know of it. */
function isDiscarded<T>(slot: Slot<T>, right: Right<T>): boolean {
  return right instanceof Token && slot.isDiscarded;
}

/** What is known of the current loan, at its end. */
function recordOf<T>({ owner, loan, label, note, borrowed }: Slot<T>): LoanRecord {
  const returned = owner.isDebug ? captureStack(2) : undefined;
  return { loan, label, note, borrowed, returned };
}

function stale<T>(action: string, slot: Slot<T>, right: Right<T>): StaleLeaseError {
  const { owner } = slot;
  let record: LoanRecord;
  if (right instanceof Token) record = recordOf(slot);
  else if (typeof right === "number") record = numberedLoan(slot, right);
  else record = right;
  return new StaleLeaseError(action, owner.name, record, owner.recordOf(slot), owner.keyText);
}

/** A loan of which nothing is known but its number. */
function numberedLoan<T>({ id }: Slot<T>, uses: number): LoanRecord {
  const loan = `${id}.${uses}`;
  return { loan, label: undefined, note: undefined, borrowed: undefined, returned: undefined };
}
