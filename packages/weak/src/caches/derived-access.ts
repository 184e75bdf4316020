import { canonicalKey, checkFunction } from "@heapwise/lru/slots";

/** What a cache does in terms of `get`, `peek`, `has`, `set` and `entries`. */
export abstract class DerivedAccess<K, V> implements Iterable<[K, V]> {
  abstract get(key: K): V | undefined;
  abstract peek(key: K): V | undefined;
  abstract has(key: K): boolean;
  abstract set(key: K, value: V): this;
  abstract entries(): IterableIterator<[K, V]>;

  /** Throws for a key or a state that `set` throws for, before a callback computes a value. */
  protected abstract refuseWrite(key: K): void;

  /** The value of a key; stores and returns `value` where there is none. Counted as `get`. */
  getOrInsert(key: K, value: V): V {
    const found = this.get(key);
    // A value that `get` has found lives to the end of the job. A listener may have stored one since.
    if (found !== undefined || this.has(key)) return found ?? (this.peek(key) as V);
    this.set(key, value);
    return value;
  }

  /**
   * The value of a key; stores and returns what the callback returns where there is none. Counted as
   * `get`. The callback's value wins over what it set itself; when it throws, nothing is stored.
   */
  getOrInsertComputed(key: K, callback: (key: K) => V): V {
    checkFunction("set entry", "callback", callback);
    const found = this.get(key);
    if (found !== undefined || this.has(key)) return found ?? (this.peek(key) as V);
    this.refuseWrite(key);
    const value = callback(canonicalKey(key));
    this.set(key, value);
    return value;
  }

  /** Keys in the order of `entries`. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** Values in the order of `entries`. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** Calls back with each entry, in the order of `entries`. */
  forEach(callback: (value: V, key: K, cache: this) => void): void {
    checkFunction("visit entries", "callback", callback);
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}
