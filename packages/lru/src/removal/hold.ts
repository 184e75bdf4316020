/// <reference lib="esnext.disposable" preserve="true" />

/** A loan of a value: it is not disposed of before all its loans are given back. */
export interface CacheLease<V> extends Disposable {
  readonly value: V;
  /** Gives the loan back. From the second call on it does nothing. */
  release(): void;
}

/**
 * All that hold one value: entries, leases, and uses, which are the loads and calls that have it in
 * their hands, and removals that are being reported. The value is disposed of when none is left.
 */
export class Hold<K, V> {
  readonly value: V;
  /** The key that it is disposed of under: that of its last entry. */
  key: K;
  entries = 0;
  leases = 0;
  uses = 0;
  /** Whether a removal of it was reported. */
  isReported = false;
  /** Whether the program itself has removed its last entry, so that it is disposed of at once. */
  isTakenBack = false;
  /** Whether `disposed()` waits for it. */
  hasLeft = false;
  isDisposed = false;
  #whenEnded: (() => void)[] = [];

  constructor(key: K, value: V) {
    this.key = key;
    this.value = value;
  }

  get isFree(): boolean {
    return !this.isDisposed && this.entries + this.leases + this.uses === 0;
  }

  /** Settles when it is disposed of, or stored once more. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.#whenEnded.push(resolve));
  }

  finish(): void {
    for (const end of this.#whenEnded.splice(0)) end();
  }
}
