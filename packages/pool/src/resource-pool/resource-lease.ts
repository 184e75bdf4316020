import { captureStack, StaleLeaseError, type LoanRecord } from "../errors.ts";
import { checkString } from "../checks.ts";
import type { Lease } from "../lease.ts";
import { Token, type Slot } from "./slot.ts";

/** The lease of a resource: it has the token of its slot until it ends, and then the number of its loan or all that is known of it. */
export class ResourceLease<T> implements Lease<T> {
  readonly #slot: Slot<T>;
  #right: Token<T> | number | LoanRecord;

  constructor(slot: Slot<T>, token: Token<T>) {
    this.#slot = slot;
    this.#right = token;
  }

  get value(): T {
    const slot = this.#slot;
    if (slot.owner.isDebug && !this.#isCurrent()) throw this.#stale("use resource");
    return slot.value;
  }

  release(): void {
    const slot = this.#slot;
    const token = this.#right as Token<T>;
    // A number and a record have no slot. A slot that has ended is marked.
    if (token.slot !== slot || slot.isMarked) {
      this.#releaseMarked();
      return;
    }
    this.#right = slot.uses;
    slot.owner.giveBack(token, slot);
  }

  destroy(reason?: unknown): void {
    const token = this.#right;
    const slot = this.#slot;
    if (!(token instanceof Token) || slot.state !== "ready") throw this.#stale("destroy resource");
    this.#right = this.#record();
    slot.owner.giveUp(token, reason);
  }

  touch(note: string): void {
    if (!this.#isCurrent()) throw this.#stale("touch resource");
    checkString("touch resource", "note", note);
    this.#slot.note = note;
    this.#slot.isMarked = true;
  }

  /** What `[Symbol.dispose]` does, for engines that have no such symbol. */
  end(): void {
    if (this.#isCurrent()) this.release();
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

  #releaseMarked(): void {
    const token = this.#right;
    const slot = this.#slot;
    if (!(token instanceof Token) || slot.state !== "ready") throw this.#stale("release resource");
    this.#right = this.#record();
    slot.owner.giveBackMarked(token);
  }

  #isCurrent(): boolean {
    return this.#right instanceof Token && this.#slot.state === "ready";
  }

  /** What is known of this loan, at its end. */
  #record(): LoanRecord {
    const { owner, loan, label, note, borrowed } = this.#slot;
    const returned = owner.isDebug ? captureStack(2) : undefined;
    return { loan, label, note, borrowed, returned };
  }

  #stale(action: string): StaleLeaseError {
    const slot = this.#slot;
    const right = this.#right;
    const unknown = { note: undefined, borrowed: undefined, returned: undefined };
    const stale: LoanRecord =
      typeof right === "number"
        ? { loan: `${slot.id}.${right}`, label: undefined, ...unknown }
        : right instanceof Token
          ? this.#record()
          : right;
    return new StaleLeaseError(action, slot.owner.name, stale, slot.owner.recordOf(slot));
  }
}
