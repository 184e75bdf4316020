import { checkType } from "../checks.ts";
import { StaleLeaseError } from "../errors.ts";
import { unbound, type Lease } from "../lease.ts";

/** The methods of its pool that an object lease calls. */
export interface ObjectLender<T> {
  /** Name of the pool. */
  readonly name: string;
  /** Takes the object of a loan back. */
  giveBack(object: T): void;
  /** Destroys the object of a loan. */
  destroyLoan(object: T): void;
}

/** Stands for the value of a loan that has ended. */
const ENDED = {};

/**
 * The lease of an object. It has the object until the loan ends, so that the loan ends only once.
 */
export class ObjectLease<T> implements Lease<T> {
  readonly #pool: ObjectLender<T>;
  readonly #loan: number;
  /** The object, or ENDED: a lease that is kept after its loan keeps no object alive. */
  #value: T | typeof ENDED;
  #note: string | undefined;

  /** Begins the loan number `loan` of `value`. */
  constructor(pool: ObjectLender<T>, value: T, loan: number) {
    this.#pool = pool;
    this.#value = value;
    this.#loan = loan;
  }

  /** The object. Throws a StaleLeaseError if the loan has ended. */
  get value(): T {
    if (!(#pool in Object(this))) throw unbound("use object");
    if (this.#value === ENDED) throw this.#stale("use object");
    return this.#value as T;
  }

  /**
   * Ends the loan; the pool keeps or drops the object. Throws a StaleLeaseError if it has ended.
   */
  release(): void {
    if (!(#pool in Object(this))) throw unbound("release object");
    this.#pool.giveBack(this.#end("release object"));
  }

  /** Ends the loan; the pool destroys the object. Throws a StaleLeaseError if it has ended. */
  destroy(): void {
    if (!(#pool in Object(this))) throw unbound("destroy object");
    this.#pool.destroyLoan(this.#end("destroy object"));
  }

  /** Notes the present use of the loan. Throws a StaleLeaseError if the loan has ended. */
  touch(note: string): void {
    if (!(#pool in Object(this))) throw unbound("touch object");
    if (this.#value === ENDED) throw this.#stale("touch object");
    checkType("touch object", "note", note, "string");
    this.#note = note;
  }

  /** Ends the loan, or does nothing if it has ended. */
  [Symbol.dispose](): void {
    if (!(#pool in Object(this))) throw unbound("release object");
    if (this.#value !== ENDED) this.release();
  }

  /** Like `[Symbol.dispose]`. */
  async [Symbol.asyncDispose](): Promise<void> {
    ObjectLease.prototype[Symbol.dispose].call(this);
  }

  #end(action: string): T {
    const value = this.#value;
    if (value === ENDED) throw this.#stale(action);
    this.#value = ENDED;
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
