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
  /** Called when the last lease is given back. */
  onFree: () => void;

  constructor(value: V, onFree: () => void) {
    this.value = value;
    this.onFree = onFree;
  }

  lease(): CacheLease<V> {
    this.count++;
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      if (--this.count === 0) this.onFree();
    };
    return { value: this.value, release, [Symbol.dispose]: release };
  }
}
