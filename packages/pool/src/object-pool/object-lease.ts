import { checkString } from "../checks.ts";
import { StaleLeaseError } from "../errors.ts";
import type { Lease } from "../lease.ts";

/** What an object lease asks of its pool. */
export interface ObjectLender<T> {
  readonly name: string;
  giveBack(object: T): void;
  giveUp(object: T): void;
}

/** The loan of an object: it has the object until it ends, so that it can end once only. */
export class ObjectLease<T> implements Lease<T> {
  readonly #pool: ObjectLender<T>;
  readonly #value: T;
  readonly #loan: number;
  #isOver = false;
  #note: string | undefined;

  constructor(pool: ObjectLender<T>, value: T, loan: number) {
    this.#pool = pool;
    this.#value = value;
    this.#loan = loan;
  }

  get value(): T {
    return this.#value;
  }

  release(): void {
    this.#end("release object");
    this.#pool.giveBack(this.#value);
  }

  destroy(): void {
    this.#end("destroy object");
    this.#pool.giveUp(this.#value);
  }

  touch(note: string): void {
    if (this.#isOver) throw this.#stale("touch object");
    checkString("touch object", "note", note);
    this.#note = note;
  }

  [Symbol.dispose](): void {
    if (!this.#isOver) this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    try {
      if (!this.#isOver) this.release();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #end(action: string): void {
    if (this.#isOver) throw this.#stale(action);
    this.#isOver = true;
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
