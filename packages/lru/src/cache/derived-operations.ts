import { checkFunction, checkKeys } from "../checks/read-options.ts";
import { canonicalKey } from "../table/canonical-key.ts";
import type { EntryTable } from "../table/entry-table.ts";
import type { SetOptions } from "./options.ts";

/**
 * The callback of `update` returns this symbol to delete the entry.
 * @example
 * ```ts
 * import { LRUCache, REMOVE } from "@heapwise/lru";
 *
 * const counts = new LRUCache<string, number>({ max: 100 });
 * counts.set("a", 1);
 * counts.update("a", (count = 0) => (count > 1 ? count - 1 : REMOVE));
 * counts.has("a"); // => false
 * ```
 */
export const REMOVE: unique symbol = Symbol.for("@heapwise/lru:REMOVE");

/** Several keys. A text is not allowed, because its characters would be taken for keys. */
export type Keys<K> = Iterable<K> & object;

/**
 * The operations of a cache that are made of `get`, `set`, `delete` and `entries`: upserts,
 * operations on several entries, and iteration. Both caches extend it.
 */
export abstract class DerivedOperations<K, V, Options = SetOptions> implements Iterable<[K, V]> {
  abstract get(key: K): V | undefined;
  abstract peek(key: K): V | undefined;
  abstract has(key: K): boolean;
  abstract set(key: K, value: V, options?: Options): this;
  abstract delete(key: K): boolean;
  abstract entries(): IterableIterator<[K, V]>;

  /** The body of the cache, for sibling packages. */
  protected abstract get entryTable(): EntryTable<K, V>;

  /**
   * The value of a key; if the key is missing, stores `value` and returns it. Counts as `get`.
   * Throws as `set` does.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const lists = new LRUCache<string, string[]>({ max: 100 });
   * lists.getOrInsert("a", []).push("first");
   * lists.get("a"); // => ["first"]
   * ```
   */
  getOrInsert(key: K, value: V): V {
    const found = this.get(key);
    // A listener may have stored a value since `get` found none.
    if (found !== undefined || this.has(key)) return found ?? (this.peek(key) as V);
    this.set(key, value);
    return value;
  }

  /**
   * The value of a key; if the key is missing, calls back, stores the result and returns it.
   * Counts as `get`. The result replaces a value that the callback itself has stored under the
   * key. If the callback throws, nothing is stored.
   *
   * @throws {TypeError} if `callback` is not a function
   * @throws {CacheDisposedError} if the cache is disposed of
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const lengths = new LRUCache<string, number>({ max: 100 });
   * lengths.getOrInsertComputed("word", (word) => word.length); // => 4
   * ```
   */
  getOrInsertComputed(key: K, callback: (key: K) => V): V {
    checkFunction("set entry", "callback", callback);
    const found = this.get(key);
    if (found !== undefined || this.has(key)) return found ?? (this.peek(key) as V);
    this.entryTable.refuseDisposed("set entry");
    const value = callback(canonicalKey(key));
    this.set(key, value);
    return value;
  }

  /**
   * Replaces the value of a key by the result of a callback. The callback gets the existing
   * value, or undefined if the key is missing. If it returns `REMOVE`, the entry is deleted.
   * Counts as a write, and neither as hit nor as miss. The entry keeps its tags unless `options`
   * has others. If the callback throws, nothing changes.
   *
   * @param options the options of `set`
   * @returns the new value, or undefined if the entry was deleted
   * @throws {TypeError} if `callback` is not a function
   * @throws {CacheDisposedError} if the cache is disposed of
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const counts = new LRUCache<string, number>({ max: 100 });
   * counts.update("a", (count = 0) => count + 1); // => 1
   * counts.update("a", (count = 0) => count + 1); // => 2
   * ```
   */
  update(
    key: K,
    callback: (old: V | undefined) => V | typeof REMOVE,
    options?: Options,
  ): V | undefined {
    checkFunction("update entry", "callback", callback);
    this.entryTable.refuseDisposed("update entry");
    const value = callback(this.peek(key));
    if (value === REMOVE) {
      this.delete(key);
      return undefined;
    }
    this.rewrite(key, value, options);
    return value;
  }

  /** Stores the value that `update` has made of an entry. */
  protected rewrite(key: K, value: V, options: Options | undefined): void {
    this.set(key, value, options);
  }

  /**
   * The entries of several keys, in the order of the keys. A missing key is omitted. Each key
   * counts as a `get`.
   *
   * @throws {TypeError} if `keys` is a text or cannot be iterated
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).set("b", 2);
   * cache.getMany(["a", "x"]); // => new Map([["a", 1]])
   * ```
   */
  getMany(keys: Keys<K>): Map<K, V> {
    checkKeys("get entries", "keys", keys);
    const found = new Map<K, V>();
    for (const key of keys) {
      const value = this.get(key);
      if (value !== undefined || this.has(key)) found.set(key, value ?? (this.peek(key) as V));
    }
    return found;
  }

  /**
   * Stores several entries with the same options. Listeners are called after the last entry. If
   * an entry throws, the entries before it stay stored.
   *
   * @throws {TypeError} if `entries` is a text or cannot be iterated
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.setMany(new Map([["a", 1], ["b", 2]])).size; // => 2
   * ```
   */
  setMany(entries: Iterable<readonly [K, V]>, options?: Options): this {
    checkKeys("set entries", "entries", entries);
    this.entryTable.batch(() => {
      for (const [key, value] of entries) this.set(key, value, options);
    });
    return this;
  }

  /**
   * Deletes the entries of several keys. Returns the number of live entries that were deleted.
   * Listeners are called after the last key.
   *
   * @throws {TypeError} if `keys` is a text or cannot be iterated
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).deleteMany(["a", "x"]); // => 1
   * ```
   */
  deleteMany(keys: Keys<K>): number {
    checkKeys("delete entries", "keys", keys);
    let deleted = 0;
    this.entryTable.batch(() => {
      for (const key of keys) if (this.delete(key)) deleted++;
    });
    return deleted;
  }

  /**
   * Deletes the entries for which a predicate returns true. Returns their number. Listeners are
   * called at the end.
   *
   * @throws {TypeError} if `predicate` is not a function
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).set("b", 2);
   * cache.deleteWhere((value) => value > 1); // => 1
   * ```
   */
  deleteWhere(predicate: (value: V, key: K) => boolean): number {
    checkFunction("delete entries", "predicate", predicate);
    let deleted = 0;
    this.entryTable.batch(() => {
      for (const [key, value] of this.entries()) {
        // The predicate may have replaced the value.
        if (predicate(value, key) && Object.is(this.peek(key), value) && this.delete(key))
          deleted++;
      }
    });
    return deleted;
  }

  /**
   * Keys from the hottest to the coldest. Does not count as a use. The loop may change the cache:
   * each key that is still there comes once, and later keys do not come.
   */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** Values in the order of `keys`. Does not count as a use. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  /** Entries as pairs of key and value, in the order of `entries`. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /**
   * Calls back with the value and the key of each entry, and with the cache, in the order of
   * `entries`. Does not count as a use.
   *
   * @throws {TypeError} if `callback` is not a function
   */
  forEach(callback: (value: V, key: K, cache: this) => void): void {
    checkFunction("visit entries", "callback", callback);
    for (const [key, value] of this.entries()) callback(value, key, this);
  }
}
