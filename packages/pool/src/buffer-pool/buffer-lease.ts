import { checkType } from "../checks.ts";
import { captureStack, StaleLeaseError, type LoanRecord } from "../errors.ts";
import { unbound, type Lease } from "../lease.ts";
import type { BlockToken } from "./slab.ts";

/** The members of its pool that a buffer lease uses. */
export interface BufferLender {
  /** Name of the pool. */
  readonly name: string;
  /** Whether stacks are recorded. */
  readonly isDebug: boolean;
  /** Takes a buffer back. `token` is undefined if the buffer is not pooled. */
  giveBack(token: BlockToken | undefined, view: Uint8Array, record: LoanRecord | undefined): void;
  /** Retires the block of a loan: it is never lent again. */
  destroyLoan(token: BlockToken | undefined): void;
}

/**
 * The lease of a buffer. It has the token of its block until the loan ends, so that it ends once.
 */
export class BufferLease implements Lease<Uint8Array> {
  readonly #pool: BufferLender;
  readonly #loan: number;
  readonly #borrowed: string | undefined;
  #token: BlockToken | undefined;
  /** Undefined after the loan: a lease that is kept keeps no slab alive. */
  #view: Uint8Array | undefined;
  #note: string | undefined;
  #returned: string | undefined;

  /** Begins the loan number `loan` of `view`. */
  constructor(pool: BufferLender, view: Uint8Array, token: BlockToken | undefined, loan: number) {
    this.#pool = pool;
    this.#view = view;
    this.#token = token;
    this.#loan = loan;
    this.#borrowed = pool.isDebug ? captureStack(2) : undefined;
  }

  /** The buffer. Throws a StaleLeaseError if the loan has ended. */
  get value(): Uint8Array {
    if (!(#pool in Object(this))) throw unbound("use buffer");
    if (this.#view === undefined) throw this.#stale("use buffer");
    return this.#view;
  }

  /**
   * Ends the loan; the pool may lend its memory again. Throws a StaleLeaseError if it has ended.
   */
  release(): void {
    if (!(#pool in Object(this))) throw unbound("release buffer");
    const view = this.#view as Uint8Array;
    const token = this.#end("release buffer");
    this.#pool.giveBack(token, view, this.#pool.isDebug ? this.#record() : undefined);
  }

  /** Ends the loan; its memory is never lent again, because other code may still use it. */
  destroy(): void {
    if (!(#pool in Object(this))) throw unbound("destroy buffer");
    this.#pool.destroyLoan(this.#end("destroy buffer"));
  }

  /** Notes the present use of the loan. Throws a StaleLeaseError if the loan has ended. */
  touch(note: string): void {
    if (!(#pool in Object(this))) throw unbound("touch buffer");
    if (this.#view === undefined) throw this.#stale("touch buffer");
    checkType("touch buffer", "note", note, "string");
    this.#note = note;
  }

  /** Ends the loan, or does nothing if it has ended. */
  [Symbol.dispose](): void {
    if (!(#pool in Object(this))) throw unbound("release buffer");
    if (this.#view !== undefined) this.release();
  }

  /** Like `[Symbol.dispose]`. */
  async [Symbol.asyncDispose](): Promise<void> {
    BufferLease.prototype[Symbol.dispose].call(this);
  }

  #end(action: string): BlockToken | undefined {
    if (this.#view === undefined) throw this.#stale(action);
    this.#view = undefined;
    if (this.#pool.isDebug) this.#returned = captureStack(2);
    const token = this.#token;
    this.#token = undefined;
    return token;
  }

  #record(): LoanRecord {
    return {
      loan: String(this.#loan),
      label: undefined,
      note: this.#note,
      borrowed: this.#borrowed,
      returned: this.#returned,
    };
  }

  #stale(action: string): StaleLeaseError {
    return new StaleLeaseError(action, this.#pool.name, this.#record(), undefined);
  }
}
