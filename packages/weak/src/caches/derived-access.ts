import { canonicalKey, checkFunction } from "@heapwise/lru/slots";

/** The operations of a cache that follow from `get`, `peek`, `has`, `set` and `entries`. */
export abstract class DerivedAccess<K, V> implements Iterable<[K, V]> {
  /** The value of a key, or undefined. Counts as a use. */
  abstract get(key: K): V | undefined;
  /** The value of a key, or undefined. Does not count as a use. */
  abstract peek(key: K): V | undefined;
  /** Whether the key has a live value. Does not count as a use. */
  abstract has(key: K): boolean;
  /** Stores a value under a key, and returns the cache. */
  abstract set(key: K, value: V): this;
  /** Live entries, in an order that the cache documents. */
  abstract entries(): IterableIterator<[K, V]>;

  /**
   * Throws if `set` would throw for this key or in this state, before a callback computes a value.
   */
  protected abstract refuseWrite(key: K): void;

  /**
   * Returns the value of a key. If the key has no live value, stores `value` and returns it. Counts
   * as `get`.
   *
   * @throws any error of `set`
   *
   * @example
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const cache = new WeakCache<string, string[]>();
   * cache.getOrInsert("tags", []).push("new");
   * cache.get("tags"); // => ["new"]
   * ```
   */
  getOrInsert(key: K, value: V): V {
    const found = this.get(key);
    // A value that `get` has returned lives until the end of the job. A listener of that `get` may
    // have stored a value since.
    if (found !== undefined || this.has(key)) return found ?? (this.peek(key) as V);
    this.set(key, value);
    return value;
  }

  /**
   * Returns the value of a key. If the key has no live value, calls `callback`, stores its result
   * and returns it. Counts as `get`. If the callback itself stores a value under the key, its
   * result replaces that value. If it throws, nothing is stored.
   *
   * @throws {TypeError} if `callback` is not a function
   * @throws any error of the callback, and any error of `set`
   *
   * @example
   * ```ts
   * import { WeakCache } from "@heapwise/weak";
   *
   * const cache = new WeakCache<string, { length: number }>();
   * cache.getOrInsertComputed("abc", (key) => ({ length: key.length })).length; // => 3
   * ```
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

  /** The live keys, in the order of `entries`. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** The live values, in the order of `entries`. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  /** The same as `entries`. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /**
   * Calls `callback` with each live entry, in the order of `entries`.
   *
   * @throws {TypeError} if `callback` is not a function
   */
  forEach(callback: (value: V, key: K, cache: this) => void): void {
    checkFunction("visit entries", "callback", callback);
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}
