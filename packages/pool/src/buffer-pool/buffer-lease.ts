import { checkType } from "../checks.ts";
import { captureStack, StaleLeaseError, type LoanRecord } from "../errors.ts";
import { unbound, type Lease } from "../lease.ts";
import type { BlockToken } from "./slab.ts";

/** What a buffer lease asks of its pool. */
export interface BufferLender {
  readonly name: string;
  readonly isDebug: boolean;
  giveBack(token: BlockToken | undefined, view: Uint8Array, record: LoanRecord | undefined): void;
  giveUp(token: BlockToken | undefined): void;
}

/** The loan of a buffer: it has the token of its block until it ends, so that it can end once only. */
export class BufferLease implements Lease<Uint8Array> {
  readonly #pool: BufferLender;
  readonly #loan: number;
  readonly #borrowed: string | undefined;
  #token: BlockToken | undefined;
  /** Undefined when the loan has ended: a lease that is kept keeps no slab alive. */
  #view: Uint8Array | undefined;
  #note: string | undefined;
  #returned: string | undefined;

  constructor(pool: BufferLender, view: Uint8Array, token: BlockToken | undefined, loan: number) {
    this.#pool = pool;
    this.#view = view;
    this.#token = token;
    this.#loan = loan;
    this.#borrowed = pool.isDebug ? captureStack(2) : undefined;
  }

  get value(): Uint8Array {
    if (!(#pool in Object(this))) throw unbound("use buffer");
    if (this.#view === undefined) throw this.#stale("use buffer");
    return this.#view;
  }

  release(): void {
    if (!(#pool in Object(this))) throw unbound("release buffer");
    const view = this.#view as Uint8Array;
    const token = this.#end("release buffer");
    this.#pool.giveBack(token, view, this.#pool.isDebug ? this.#record() : undefined);
  }

  /** Gives the buffer back, and its memory is never lent again: for when somebody may still use it. */
  destroy(): void {
    if (!(#pool in Object(this))) throw unbound("destroy buffer");
    this.#pool.giveUp(this.#end("destroy buffer"));
  }

  touch(note: string): void {
    if (!(#pool in Object(this))) throw unbound("touch buffer");
    if (this.#view === undefined) throw this.#stale("touch buffer");
    checkType("touch buffer", "note", note, "string");
    this.#note = note;
  }

  [Symbol.dispose](): void {
    if (!(#pool in Object(this))) throw unbound("release buffer");
    if (this.#view !== undefined) this.release();
  }

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
