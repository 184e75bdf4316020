import { checkFunction, checkKeys } from "../checks/read-options.ts";
import { canonicalKey } from "../table/canonical-key.ts";
import type { EntryTable } from "../table/entry-table.ts";
import type { SetOptions } from "./options.ts";

/** Returned by the callback of `update` to delete the entry. */
export const REMOVE: unique symbol = Symbol.for("@heapwise/lru:REMOVE");

/** Several keys. A text is not: it would be taken apart into its characters. */
export type Keys<K> = Iterable<K> & object;

/** What a cache does in terms of `get`, `set`, `delete` and `entries`: upserts, several entries at once, iteration. */
export abstract class DerivedOperations<K, V, Options = SetOptions> implements Iterable<[K, V]> {
  abstract get(key: K): V | undefined;
  abstract peek(key: K): V | undefined;
  abstract has(key: K): boolean;
  abstract set(key: K, value: V, options?: Options): this;
  abstract delete(key: K): boolean;
  abstract entries(): IterableIterator<[K, V]>;

  /** For subclasses in sibling packages. */
  protected abstract get table(): EntryTable<K, V>;

  /** The value of a key; stores and returns `value` where there is none. Counted as `get`. */
  getOrInsert(key: K, value: V): V {
    const found = this.get(key);
    // A listener may have stored a value since `get` found none.
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
    this.table.refuseDisposed("set entry");
    const value = callback(canonicalKey(key));
    this.set(key, value);
    return value;
  }

  /**
   * Replaces the value of a key by what the callback makes of it; undefined is what it gets where
   * there is none. `REMOVE` deletes the entry. Returns the new value, or undefined. A write, counted
   * neither as hit nor as miss; when the callback throws, nothing changes. Options are those of `set`.
   */
  update(
    key: K,
    callback: (old: V | undefined) => V | typeof REMOVE,
    options?: Options,
  ): V | undefined {
    checkFunction("update entry", "callback", callback);
    this.table.refuseDisposed("update entry");
    const value = callback(this.peek(key));
    if (value === REMOVE) {
      this.delete(key);
      return undefined;
    }
    this.rewrite(key, value, options);
    return value;
  }

  /** Stores what `update` made of an entry. */
  protected rewrite(key: K, value: V, options: Options | undefined): void {
    this.set(key, value, options);
  }

  /** The entries of several keys that are there, in the order of the keys. Each key counts as a `get`. Throws a TypeError for keys that are a text. */
  getMany(keys: Keys<K>): Map<K, V> {
    checkKeys("get entries", "keys", keys);
    const found = new Map<K, V>();
    for (const key of keys) {
      const value = this.get(key);
      if (value !== undefined || this.has(key)) found.set(key, value ?? (this.peek(key) as V));
    }
    return found;
  }

  /** Stores several entries. When one of them throws, those before it stay stored. */
  setMany(entries: Iterable<readonly [K, V]>, options?: Options): this {
    checkKeys("set entries", "entries", entries);
    this.table.batch(() => {
      for (const [key, value] of entries) this.set(key, value, options);
    });
    return this;
  }

  /** Deletes several entries. Returns how many were there. Throws a TypeError for keys that are a text. */
  deleteMany(keys: Keys<K>): number {
    checkKeys("delete entries", "keys", keys);
    let deleted = 0;
    this.table.batch(() => {
      for (const key of keys) if (this.delete(key)) deleted++;
    });
    return deleted;
  }

  /** Deletes the entries that the predicate holds for. Returns how many. */
  deleteWhere(predicate: (value: V, key: K) => boolean): number {
    checkFunction("delete entries", "predicate", predicate);
    let deleted = 0;
    this.table.batch(() => {
      for (const [key, value] of this.entries()) {
        // The predicate may have replaced what it judged.
        if (predicate(value, key) && Object.is(this.peek(key), value) && this.delete(key))
          deleted++;
      }
    });
    return deleted;
  }

  /** Keys from the hottest to the coldest. The loop may change the cache: each key that is still there comes once, later ones do not. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** Values in the order of `keys`. */
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
