import { checkType } from "../checks.ts";
import { StaleLeaseError } from "../errors.ts";
import { unbound, type Lease } from "../lease.ts";

/** What an object lease asks of its pool. */
export interface ObjectLender<T> {
  readonly name: string;
  giveBack(object: T): void;
  giveUp(object: T): void;
}

/** What a loan has that has ended. */
const NOTHING = {};

/** The loan of an object: it has the object until it ends, so that it can end once only. */
export class ObjectLease<T> implements Lease<T> {
  readonly #pool: ObjectLender<T>;
  readonly #loan: number;
  /** The object, and NOTHING when the loan has ended: a lease that is kept keeps no object alive. */
  #value: T | typeof NOTHING;
  #note: string | undefined;

  constructor(pool: ObjectLender<T>, value: T, loan: number) {
    this.#pool = pool;
    this.#value = value;
    this.#loan = loan;
  }

  get value(): T {
    if (!(#pool in Object(this))) throw unbound("use object");
    if (this.#value === NOTHING) throw this.#stale("use object");
    return this.#value as T;
  }

  release(): void {
    if (!(#pool in Object(this))) throw unbound("release object");
    this.#pool.giveBack(this.#end("release object"));
  }

  destroy(): void {
    if (!(#pool in Object(this))) throw unbound("destroy object");
    this.#pool.giveUp(this.#end("destroy object"));
  }

  touch(note: string): void {
    if (!(#pool in Object(this))) throw unbound("touch object");
    if (this.#value === NOTHING) throw this.#stale("touch object");
    checkType("touch object", "note", note, "string");
    this.#note = note;
  }

  [Symbol.dispose](): void {
    if (!(#pool in Object(this))) throw unbound("release object");
    if (this.#value !== NOTHING) this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    ObjectLease.prototype[Symbol.dispose].call(this);
  }

  #end(action: string): T {
    const value = this.#value;
    if (value === NOTHING) throw this.#stale(action);
    this.#value = NOTHING;
    return value as T;
  }

  #stale(action: string): StaleLeaseError {
    const stale = {
      loan: String(this.#loan),
      label: undefined,
      note: this.#note,
      borrowed: undefined,
      returned: undefined,
    };
    return new StaleLeaseError(action, this.#pool.name, stale, undefined);
  }
}
