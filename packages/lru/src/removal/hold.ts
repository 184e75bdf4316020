/// <reference lib="esnext.disposable" preserve="true" />

/**
 * A loan of a value, from `acquire`, `acquireOrLoad` or `acquireOrLoadMany`. The value is not
 * disposed of before its last loan is given back, even if its entry is removed or replaced.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const closed: string[] = [];
 * const files = new LRUCache<string, string>({ max: 1, dispose: (file) => closed.push(file) });
 * files.set("a", "file a");
 * const lease = files.acquire("a")!;
 * files.set("b", "file b"); // evicts "a"
 * closed; // => []
 * lease.release();
 * closed; // => ["file a"]
 * ```
 */
export interface CacheLease<V> extends Disposable {
  /** The value on loan. */
  readonly value: V;
  /**
   * Gives the loan back. If it was the last one and the entry has been removed, the value is
   * disposed of. A second call has no effect.
   */
  release(): void;
}

/**
 * The record of one value and its holders: entries, leases and uses. A use is a load or a call that
 * works with the value, or a removal that is being reported. The value is disposed of if there are
 * no holders left.
 */
export class Hold<K, V> {
  readonly value: V;
  /** The key of the disposal: the key of the last entry. */
  key: K;
  entries = 0;
  leases = 0;
  uses = 0;
  /** Whether a removal of the value was reported. */
  isReported = false;
  /**
   * Whether the program itself has removed the last entry, so that the value is disposed of at
   * once.
   */
  isTakenBack = false;
  /** Whether `disposed()` waits for the value. */
  hasLeft = false;
  isDisposed = false;
  #whenEnded: (() => void)[] = [];

  constructor(key: K, value: V) {
    this.key = key;
    this.value = value;
  }

  /** Whether the value has no holders, and was not yet disposed of. */
  get isFree(): boolean {
    return !this.isDisposed && this.entries + this.leases + this.uses === 0;
  }

  /** Settles when the value is disposed of, or stored again. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.#whenEnded.push(resolve));
  }

  /** Settles the promises of `ended`. */
  finish(): void {
    for (const end of this.#whenEnded.splice(0)) end();
  }
}
