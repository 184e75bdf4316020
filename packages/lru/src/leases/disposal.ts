/// <reference lib="esnext.disposable" preserve="true" />
import { isThenable } from "../is-thenable.ts";
import { reportError } from "../report-error.ts";
import { Loan, type CacheLease } from "./cache-lease.ts";

/** Disposes of a value that has left: the cache's option, or the value's own method. */
export type Disposer<K, V> = (value: V, key: K) => unknown;

/** Options of a cache that say what becomes of values. */
export interface DisposalOptions<K, V> {
  readonly dispose?: Disposer<K, V> | boolean | undefined;
  readonly exclusive?: boolean | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A value on its way out. */
export interface Departure<V> {
  /** Its loan, if it is on loan. */
  readonly loan: Loan<V> | undefined;
  /** Ends the wait of those who want the key for themselves. */
  readonly done: (() => void) | undefined;
}

/**
 * What becomes of values that have left the cache: each is disposed of once, when all its leases are
 * given back and its removal was reported.
 *
 * A value leaves in two steps. `detach` is called while the cache changes, and runs no user code;
 * `dispose` when the cache is consistent. In between, listeners may take leases of a new value under
 * the same key.
 */
export class Disposal<K, V> {
  readonly #dispose: Disposer<K, V> | undefined;
  readonly #onError: ((error: unknown) => void) | undefined;
  /** Loans of values that are in the cache. */
  readonly #loans = new Map<K, Loan<V>>();
  readonly #pending = new Set<Promise<void>>();
  /** Keys whose old values are not yet disposed of; only in an exclusive cache. */
  readonly #closing: Map<K, Promise<void>> | undefined;
  /** Values that have left and are still on loan. */
  leased = 0;

  constructor({ dispose = true, exclusive, onError }: DisposalOptions<K, V>) {
    this.#dispose = typeof dispose === "function" ? dispose : dispose ? disposeOwn : undefined;
    this.#closing = exclusive ? new Map() : undefined;
    this.#onError = onError;
  }

  /** A lease of a value that is in the cache. */
  acquire(key: K, value: V): CacheLease<V> {
    let loan = this.#loans.get(key);
    if (loan === undefined) {
      loan = new Loan(value, () => this.#loans.delete(key));
      this.#loans.set(key, loan);
    }
    return loan.lease();
  }

  /** The value leaves the cache. */
  detach(key: K, value: V): Departure<V> | undefined {
    let loan = this.#loans.get(key);
    if (loan === undefined || !Object.is(loan.value, value)) loan = undefined;
    else {
      this.#loans.delete(key);
      this.leased++;
      loan.onFree = () => this.leased--;
    }
    if (loan === undefined && this.#closing === undefined) return undefined;
    return { loan, done: this.#close(key) };
  }

  /** The removal of a value was reported: disposes of it, or waits for its last lease. */
  dispose(key: K, value: V, departure: Departure<V> | undefined): void {
    const { loan, done } = departure ?? {};
    const isFree = loan === undefined || loan.count === 0;
    const disposed = isFree
      ? this.#disposeNow(key, value, done)
      : new Promise<void>((resolve) => {
          loan.onFree = () => {
            this.leased--;
            resolve(this.#disposeNow(key, value, done));
          };
        });
    if (disposed === undefined) return;
    this.#pending.add(disposed);
    void disposed.then(() => this.#pending.delete(disposed));
  }

  /** Settles when all values that have left by now are disposed of. */
  async disposed(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Settles when the old values of a key are disposed of; undefined where there are none, or the cache is not exclusive. */
  closing(key: K): Promise<void> | undefined {
    return this.#closing?.get(key);
  }

  /** Returns what settles later, and never rejects; undefined where all is done. */
  #disposeNow(key: K, value: V, done: (() => void) | undefined): Promise<void> | undefined {
    try {
      const result = this.#dispose?.(value, key);
      if (isThenable(result)) {
        return Promise.resolve(result)
          .then(undefined, (error: unknown) => reportError(error, this.#onError))
          .then(done);
      }
    } catch (error) {
      reportError(error, this.#onError);
    }
    done?.();
    return undefined;
  }

  /** Makes those who want the key wait, behind its earlier values. Returns what ends the wait. */
  #close(key: K): (() => void) | undefined {
    const closing = this.#closing;
    if (closing === undefined) return undefined;
    let end = (): void => {};
    const closed = new Promise<void>((resolve) => (end = resolve));
    const all = Promise.all([closing.get(key), closed]).then(() => {
      if (closing.get(key) === all) closing.delete(key);
    });
    closing.set(key, all);
    return end;
  }
}

/** Disposes of a value by its own method, the asynchronous one first; of others nothing is to be done. */
function disposeOwn(value: unknown): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    return undefined;
  const own = value as Partial<AsyncDisposable & Disposable>;
  if (typeof own[Symbol.asyncDispose] === "function") return own[Symbol.asyncDispose]!();
  if (typeof own[Symbol.dispose] === "function") own[Symbol.dispose]!();
  return undefined;
}
