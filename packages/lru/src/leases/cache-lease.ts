/// <reference lib="esnext.disposable" preserve="true" />

/** A loan of a value: it is not disposed of before all its loans are given back. */
export interface CacheLease<V> extends Disposable {
  readonly value: V;
  /** Gives the loan back. From the second call on it does nothing. */
  release(): void;
}

/** A value that is on loan, once for all its leases. */
export class Loan<V> {
  readonly value: V;
  /** Leases that were not given back. */
  count = 0;
  /** Whether the value has left the cache. */
  isDetached = false;
  readonly #free: (loan: Loan<V>) => void;

  /** `free` is called when the last lease is given back. */
  constructor(value: V, free: (loan: Loan<V>) => void) {
    this.value = value;
    this.#free = free;
  }

  lease(): CacheLease<V> {
    this.count++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.count === 0) this.#free(this);
    };
    return { value: this.value, release, [Symbol.dispose]: release };
  }
}
