/// <reference lib="esnext.disposable" preserve="true" />
import { checkByteBound, checkTrim } from "../bytes/byte-ledger.ts";
import { entriesBytes } from "../bytes/entries-bytes.ts";
import { checkFraction, checkFunction, checkPart, print, refuse } from "../checks/read-options.ts";
import { reportError } from "../checks/report-error.ts";
import type { BulkLoader, Loader, LoadOptions } from "../loading/loader.ts";
import type { Loading } from "../loading/loading.ts";
import type { EntryInfo } from "../observation/entry-info.ts";
import type { CacheStats } from "../observation/stats.ts";
import { coldestFirst, hottestFirst } from "../policy/parts/in-order.ts";
import { makeHottest } from "../policy/lru.ts";
import type { CacheLease } from "../removal/hold.ts";
import { CacheTable } from "../table/cache-table.ts";
import { DerivedOperations, type Keys } from "./derived-operations.ts";
import {
  readCacheOptions,
  readResizeOptions,
  readSetOptions,
  type LRUCacheOptions,
  type ResizeOptions,
  type SetOptions,
} from "./options.ts";
import { restoreSnapshot } from "./restore-snapshot.ts";
import { checkSnapshot, takeSnapshot, type Snapshot } from "./snapshot.ts";

/**
 * A bounded cache: a map that never holds more than its bound, in entries, bytes or weight.
 *
 * Keys are compared as in a `Map` (SameValueZero). `undefined` and `null` are values like others.
 * Every operation leaves the cache consistent before it calls a listener, and a listener may call
 * the cache. If a listener throws, the other listeners are called too, and the operation throws
 * the first error at its end. Memory is taken as entries come, never in proportion to the bound,
 * and given back as they leave.
 *
 * Which entry is evicted is up to the option `policy`. By default it is the least recently used
 * one.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const cache = new LRUCache<string, number>({ max: 2 });
 * cache.set("a", 1).set("b", 2);
 * cache.get("a"); // => 1
 * cache.set("c", 3); // evicts "b", which was used longest ago
 * cache.has("b"); // => false
 * [...cache.keys()]; // => ["c", "a"]
 * ```
 */
export class LRUCache<K, V> extends DerivedOperations<K, V> implements Disposable {
  readonly #table: CacheTable<K, V>;

  /**
   * Creates an empty cache. Calls `watch` of its observers.
   *
   * @throws {TypeError} if no bound is set, an option is not known, or an option has a wrong type
   * @throws {RangeError} if a number is out of range
   */
  constructor(options: LRUCacheOptions<K, V>) {
    super();
    const table = new CacheTable(readCacheOptions(options), this.keepsUndefined);
    this.#table = table;
    const { observers = [], onError } = table.settings;
    for (const observer of observers) {
      observer.watch?.(this, table.stats, (error) => reportError(error, onError));
    }
  }

  /**
   * Number of entries, without those in a stale window. Removes expired entries first, and so may
   * call listeners. If many entries expire at once, the rest is removed in later macrotasks, and
   * until then the result is an upper bound.
   */
  get size(): number {
    const table = this.#table;
    table.expireSome();
    return table.size - (table.expiry?.staleCount ?? 0);
  }

  /**
   * Weight of the entries that `size` counts. Without `maxWeight` it is their bytes if `maxBytes`
   * is set, else their number. Removes expired entries first, as `size` does.
   */
  get weight(): number {
    const table = this.#table;
    table.expireSome();
    const weight = table.weights === undefined ? table.size : table.weight;
    return weight - (table.expiry?.staleWeight ?? 0);
  }

  /**
   * Bytes of keys, values and bookkeeping. With `maxBytes` it is the sum that counts against the
   * bound, and takes constant time. Without it it is an estimate that looks at every entry.
   * Removes expired entries first, as `size` does.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, string>({ maxBytes: "1mb" });
   * cache.set("greeting", "hello");
   * cache.bytes() > 0; // => true
   * ```
   */
  bytes(): number {
    const table = this.#table;
    table.expireSome();
    return table.bytes?.total ?? entriesBytes(table);
  }

  /** Maximum number of entries; Infinity if it is not bounded. Stale entries count against it. */
  get max(): number {
    return this.#table.max;
  }

  /** Maximum sum of weights; Infinity if it is not bounded. Stale entries count against it. */
  get maxWeight(): number {
    return this.#table.maxWeight;
  }

  /**
   * Maximum bytes, also if the option was a text such as `'25%'`; Infinity if they are not
   * bounded.
   */
  get maxBytes(): number {
    return this.#table.bytes?.max ?? Infinity;
  }

  /**
   * The value of a key. Counts as a use of the entry, and as a hit or miss. Returns undefined if
   * the key is missing or has expired; `has` distinguishes a value of undefined from a missing key.
   * May remove expired entries and call listeners.
   */
  get(key: K): V | undefined {
    const table = this.#table;
    const slot = table.find(key);
    if (slot === 0) {
      table.miss(key);
      return undefined;
    }
    // Returns at once: V8 would otherwise load all fields again after the call, for each hit.
    if (table.gate !== undefined && !table.gate.isSurelyLive(slot)) {
      return table.getInTime(key, slot);
    }
    // Does what `hit` does: V8 does not inline one more call if keys are strings and have a ttl.
    table.stats.hits++;
    if (table.recency !== undefined) makeHottest(table.links, slot);
    else table.policy.access(slot);
    return table.entries[(slot << 1) | 1] as V;
  }

  /**
   * The value of a key, or undefined if the key is missing or has expired. Does not count as a
   * use, nor as a hit or miss. Calls no listener.
   */
  peek(key: K): V | undefined {
    const slot = this.#table.findLive(key);
    return slot === 0 ? undefined : this.#table.value(slot);
  }

  /**
   * Whether a key has a live entry. Does not count as a use, nor as a hit or miss. Calls no
   * listener.
   */
  has(key: K): boolean {
    return this.#table.findLive(key) !== 0;
  }

  /**
   * Stores a value under a key, and replaces the existing value. Counts as a use. Then evicts
   * entries until the bounds hold, and calls listeners. An entry that is larger than the bound or
   * than `maxEntryWeight` or `maxEntryBytes` is not stored: it is reported as evicted at once,
   * and the old entry of its key leaves. So is an entry that the policy does not admit. A load of
   * the key that is in flight is not stored.
   *
   * @param options `weight`, `ttl` in ms, `keepTtl`, and `tags` of this entry
   * @returns the cache, so that calls can be chained
   * @throws {TypeError} if an option is not known or has a wrong type. Nothing changes then.
   * @throws {RangeError} if the weight is not a safe integer of at least 0, or `ttl` is not above
   *   0. Nothing changes then.
   * @throws {CacheDisposedError} if the cache is disposed of
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, string>({ max: 100 });
   * cache.set("a", "first").set("b", "soon over", { ttl: 1000 });
   * cache.set("a", "second", { tags: ["letters"] }).get("a"); // => "second"
   * ```
   */
  set(key: K, value: V, options?: SetOptions): this {
    const table = this.#table;
    table.write(key, value, options);
    table.afterChange();
    return this;
  }

  /**
   * Stores several entries with the same options. Listeners are called after the last entry. If
   * an entry throws, the entries before it stay stored.
   *
   * @param entries pairs of key and value, as of a `Map`
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
  override setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): this {
    // Read once, because tags may come from an iterator.
    return super.setMany(entries, options && readSetOptions(options));
  }

  /** Does what `set` does, and keeps the tags of the entry unless others are given. */
  protected override rewrite(key: K, value: V, given: SetOptions | undefined): void {
    const options = given && readSetOptions(given);
    const { tags } = this.#table;
    const slot = tags === undefined ? 0 : this.#table.findKept(key);
    this.set(key, value, slot === 0 ? options : { tags: tags!.tagsOf(slot), ...options });
  }

  /**
   * Deletes the entry of a key. Returns whether there was a live one. A stale entry is deleted
   * too, and a load of the key that is in flight is not stored. Calls listeners with the cause
   * `deleted`.
   */
  delete(key: K): boolean {
    const deleted = this.#table.deleteKey(key);
    this.#table.afterChange();
    return deleted;
  }

  /**
   * Deletes the entries for which a predicate returns true, stale ones too. Returns their number.
   * No load that is in flight is stored, because the predicate cannot be asked about its result.
   * Removes all expired entries first. Listeners are called at the end.
   *
   * @throws {TypeError} if `predicate` is not a function
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.setMany(new Map([["a", 1], ["b", 2], ["c", 3]]));
   * cache.deleteWhere((value) => value > 1); // => 2
   * [...cache.keys()]; // => ["a"]
   * ```
   */
  override deleteWhere(predicate: (value: V, key: K) => boolean): number {
    checkFunction("delete entries", "predicate", predicate);
    const table = this.#table;
    table.loads?.fenceAll();
    let deleted = 0;
    table.batch(() => {
      table.expireDue();
      for (const key of table.keysNow()) {
        const slot = table.findKept(key);
        if (slot === 0) continue;
        const value = table.value(slot);
        if (!predicate(value, key)) continue;
        // The predicate may have replaced the value.
        const judged = table.findKept(key);
        if (judged === 0 || !Object.is(table.value(judged), value)) continue;
        table.deleteSlot(judged);
        deleted++;
      }
      table.shrinkIfSparse();
    });
    table.afterChange();
    return deleted;
  }

  /**
   * Deletes the entries that have a tag, stale ones too. Returns their number. Takes time in
   * proportion to them, not to the size of the cache. A load in flight is not stored if it gives
   * its entry the tag.
   *
   * @throws {TypeError} if the tag is not a string
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const pages = new LRUCache<string, string>({ max: 100 });
   * pages.set("/", "start", { tags: ["user:1"] });
   * pages.set("/about", "about us");
   * pages.deleteByTag("user:1"); // => 1
   * pages.has("/about"); // => true
   * ```
   */
  deleteByTag(tag: string): number {
    if (typeof tag !== "string") {
      refuse("delete entries", `tag is ${print(tag)}`, "a string");
    }
    const table = this.#table;
    table.loads?.fenceTag(tag);
    table.expireDue(table.expiry?.slotsOfCall);
    let deleted = 0;
    for (const slot of table.tags?.slotsOf(tag) ?? []) if (table.deleteSlot(slot)) deleted++;
    table.shrinkIfSparse();
    table.afterChange();
    return deleted;
  }

  /**
   * Deletes all entries, and gives back the memory held for them. Entries that have expired are
   * reported as expired, the others as deleted. No load that is in flight is stored.
   */
  clear(): void {
    this.#table.expireDue();
    this.#table.deleteAll();
  }

  /**
   * Removes the entry that the policy would evict next. Returns it as a pair of key and value, or
   * undefined if the cache is empty. Removes all expired and stale entries first, which are
   * reported too but not returned. Calls listeners.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).set("b", 2);
   * cache.evict(); // => ["a", 1]
   * cache.size; // => 1
   * ```
   */
  evict(): [K, V] | undefined {
    const table = this.#table;
    table.expireDue();
    while (table.evictStale());
    let entry: [K, V] | undefined;
    if (table.size > 0) {
      const slot = table.choose(0, 0);
      entry = table.entry(slot);
      table.erase(slot, "evicted");
    }
    table.shrinkIfSparse();
    table.afterChange();
    return entry;
  }

  /**
   * Changes bounds, and evicts entries until the new ones hold. A bound that is omitted stays. 0
   * for `max` or `maxBytes` switches the cache off. Removes all expired entries first. Calls
   * listeners.
   *
   * @throws {TypeError} if an option is not known, or `maxBytes` is set for a cache without it.
   *   Nothing changes then.
   * @throws {RangeError} if a bound is out of range or below `maxEntryWeight` or `maxEntryBytes`.
   *   Nothing changes then.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).set("b", 2);
   * cache.resize({ max: 1 });
   * [...cache.keys()]; // => ["b"]
   * ```
   */
  resize(given: ResizeOptions): void {
    const table = this.#table;
    const bounds = readResizeOptions(given);
    const { max = table.max, maxWeight = table.maxWeight } = bounds;
    const { maxEntryWeight = 0 } = table.settings;
    checkPart("resize cache", "maxEntryWeight", maxEntryWeight, "maxWeight", maxWeight);
    table.setBounds(
      max,
      maxWeight,
      checkByteBound(table.bytes, bounds, table.maxWeight !== Infinity),
    );
    table.afterChange();
  }

  /**
   * Evicts entries until at most a part of the cache is left: a fraction of its weight, or of its
   * entries if no weight is bounded; or a number of bytes, in a cache with `maxBytes`. Returns
   * the number of evicted entries. The bounds stay. Removes all expired entries first. Calls
   * listeners.
   *
   * @param fractionToKeep a number from 0 to 1, or `{ toBytes }` with a number or a text such as
   *   `'1mb'`
   * @throws {TypeError} if `toBytes` is given to a cache without `maxBytes`, or the argument has
   *   a wrong type
   * @throws {RangeError} if the fraction is not from 0 to 1
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<number, string>({ max: 100 });
   * for (let i = 0; i < 100; i++) cache.set(i, "value");
   * cache.trim(0.25); // => 75
   * cache.size; // => 25
   * ```
   */
  trim(fractionToKeep: number | { toBytes: number | string }): number {
    const table = this.#table;
    let bytes = Infinity;
    let part = 1;
    if (typeof fractionToKeep === "object") bytes = checkTrim(table.bytes, fractionToKeep);
    else {
      checkFraction("trim cache", "fraction", fractionToKeep);
      part = fractionToKeep;
    }
    table.expireDue();
    const before = table.size;
    // Entries are counted if they have no weights, or if entries of weight 0 have to go too.
    const size = table.weights === undefined || part === 0 ? before * part : Infinity;
    table.evictDownTo(size, table.weight * part, 0, bytes);
    const evicted = before - table.size;
    table.afterChange();
    return evicted;
  }

  /**
   * Entries from the hottest to the coldest, as pairs of key and value. Strict LRU has the most
   * recently used entry first; other policies have first the entries that they will probably keep
   * longest. Does not count as a use. The loop body may get, set and delete: each key that is still
   * there comes once, and later keys do not come.
   */
  *entries(): IterableIterator<[K, V]> {
    const table = this.#table;
    for (const key of table.keysNow()) {
      const slot = table.findLive(key);
      if (slot !== 0) yield [key, table.value(slot)];
    }
  }

  /**
   * The first `count` entries in the order of `entries`. Does not count as a use.
   *
   * @throws {TypeError} or a RangeError if `count` is not an integer of at least 0
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).set("b", 2).set("c", 3);
   * cache.hottest(2); // => [["c", 3], ["b", 2]]
   * ```
   */
  hottest(count: number): [K, V][] {
    return this.#table.first(count, this.#table.live(hottestFirst));
  }

  /**
   * The last `count` entries in the order of `entries`, the last first: with strict LRU they are
   * the next to be evicted. Does not count as a use.
   *
   * @throws {TypeError} or a RangeError if `count` is not an integer of at least 0
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).set("b", 2).set("c", 3);
   * cache.coldest(2); // => [["a", 1], ["b", 2]]
   * ```
   */
  coldest(count: number): [K, V][] {
    return this.#table.first(count, this.#table.live(coldestFirst));
  }

  /**
   * The weight of an entry, and in a cache with time options its `age`, its `idle` time and the
   * time until it expires, in ms. Returns undefined if the key is missing or has expired. Does
   * not count as a use.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100, ttl: 1000, clock: { now: () => 0 } });
   * cache.set("a", 1).info("a"); // => { weight: 1, age: 0, expiresIn: 1000 }
   * ```
   */
  info(key: K): EntryInfo | undefined {
    const table = this.#table;
    const slot = table.findLive(key);
    if (slot === 0) return undefined;
    return { weight: table.weightOf(slot), ...table.expiry?.timesOf(slot) };
  }

  /**
   * Removes all expired entries now instead of waiting for the timer. Returns their number.
   * Entries in a stale window stay. Calls listeners with the cause `expired`.
   */
  expireNow(): number {
    const expired = this.#table.expireDue();
    this.#table.afterChange();
    return expired;
  }

  /**
   * Borrows the value of a key. Counts as `get`. Returns undefined if the key is missing or has
   * expired. The value is not disposed of before `release()`, even if its entry is removed or
   * replaced. From the first lease on the cache owns its values: it disposes of values that leave,
   * as with the option `dispose: true`.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const log: string[] = [];
   * const files = new LRUCache<string, string>({ max: 1, dispose: (file) => log.push(file) });
   * const lease = files.set("a", "file A").acquire("a");
   * files.set("b", "file B"); // evicts "a"
   * log; // => []
   * lease?.release();
   * log; // => ["file A"]
   * ```
   */
  acquire(key: K): CacheLease<V> | undefined {
    const table = this.#table;
    for (const [own, value] of this.getMany([key])) {
      const slot = table.find(own);
      // An observer of the hit may have removed it.
      if (slot === 0 || !Object.is(table.value(slot), value)) break;
      const disposal = this.#table.beginDisposal();
      const hold = disposal.hold(own, value);
      hold.uses--;
      return disposal.lease(hold);
    }
    return undefined;
  }

  /**
   * Settles when all values that have left until now are disposed of, which may wait for their
   * leases. Never rejects: errors of disposals go to `onError`.
   */
  async disposed(): Promise<void> {
    await this.#table.disposal?.disposed();
  }

  /**
   * The value of a key, which is loaded if the key is missing: once for all callers that ask for
   * it at the same time. Counts as `get`. May return a stale value, if a stale window is set. A
   * write, a deletion or an eviction of the key during the load keeps its result out of the
   * cache, but not from its callers.
   *
   * In a cache that disposes of its values, the value stays open until this turn of the event
   * loop is over. To use it across an `await`, call `acquireOrLoad`.
   *
   * @param load the loader of this call, instead of the option `load`
   * @param options `signal` aborts this call. The load is aborted if no other caller waits for
   *   it.
   * @returns a promise of the value. It rejects with the error of the loader, with the reason of
   *   the signal, with a `LoadCycleError`, a `LoadTimeoutError` or a `CacheDisposedError`, and
   *   with a TypeError if no loader is given.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const users = new LRUCache<number, string>({ max: 100, load: async (id) => `user ${id}` });
   * await Promise.all([users.getOrLoad(1), users.getOrLoad(1)]); // => ["user 1", "user 1"]
   * users.stats().loads; // => 1
   * ```
   */
  getOrLoad(key: K, load?: Loader<K, V>, options?: LoadOptions): Promise<V> {
    return this.#told(this.#loads.getOrLoad(key, load, options));
  }

  /**
   * The values of several keys, in their order. Missing keys are loaded in one call of
   * `loadMany`, or join loads in flight. A key without a value is omitted. Each key counts as a
   * `get`.
   *
   * @param loadMany the loader of this call, instead of the options `loadMany` and `load`
   * @returns a promise, which rejects if any key fails, as `getOrLoad` does. The other
   *   keys are loaded and stored all the same.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const users = new LRUCache<number, string>({
   *   max: 100,
   *   loadMany: async (ids) => new Map(ids.map((id) => [id, `user ${id}`])),
   * });
   * await users.getOrLoadMany([1, 2]); // => new Map([[1, "user 1"], [2, "user 2"]])
   * ```
   */
  getOrLoadMany(
    keys: Keys<K>,
    loadMany?: BulkLoader<K, V>,
    options?: LoadOptions,
  ): Promise<Map<K, V>> {
    return this.#told(this.#loads.getOrLoadMany(keys, loadMany, options));
  }

  /**
   * Borrows the value of a key, which is loaded if the key is missing. Also lends a stale value,
   * and a value that the cache could not store. From now on the cache owns its values, as after
   * `acquire`. Counts as `get`.
   *
   * @returns a promise of a lease, or of undefined if the load yields no value. It rejects as the
   *   promise of `getOrLoad` does.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const files = new LRUCache<string, string>({ max: 1, load: async (path) => `file ${path}` });
   * const lease = await files.acquireOrLoad("a");
   * lease?.value; // => "file a"
   * lease?.release();
   * ```
   */
  acquireOrLoad(
    key: K,
    load?: Loader<K, V>,
    options?: LoadOptions,
  ): Promise<CacheLease<V> | undefined> {
    this.#table.beginDisposal();
    return this.#told(this.#loads.acquireOrLoad(key, load, options));
  }

  /**
   * Borrows the values of several keys, in their order. Missing keys are loaded as by
   * `getOrLoadMany`. A key without a value is omitted. If the promise rejects, no value stays on
   * loan.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const files = new LRUCache<string, string>({ max: 9, load: async (path) => `file ${path}` });
   * const leases = await files.acquireOrLoadMany(["a", "b"]);
   * [...leases.values()].map((lease) => lease.value); // => ["file a", "file b"]
   * for (const lease of leases.values()) lease.release();
   * ```
   */
  acquireOrLoadMany(
    keys: Keys<K>,
    loadMany?: BulkLoader<K, V>,
    options?: LoadOptions,
  ): Promise<Map<K, CacheLease<V>>> {
    this.#table.beginDisposal();
    return this.#told(this.#loads.acquireOrLoadMany(keys, loadMany, options));
  }

  /**
   * Loads a key again, or for the first time, with the loader of the cache. The existing entry
   * stays until the new value comes, and stays if the load fails. Does not count as a use. Joins
   * a load of the key that is in flight.
   *
   * @returns a promise, which rejects if the load fails, and may be left alone: the failure also
   *   goes to `onError`
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * let version = 1;
   * const cache = new LRUCache<string, number>({ max: 100, load: async () => version });
   * await cache.getOrLoad("a"); // => 1
   * version = 2;
   * await cache.refresh("a"); // => 2
   * ```
   */
  refresh(key: K): Promise<V> {
    return this.#loads.refresh(key);
  }

  /**
   * Counts since the cache was created or `resetStats` was called, and a few numbers of now.
   * Removes expired entries first; errors of listeners and of the clock go to `onError`, and are
   * not thrown.
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).get("a");
   * cache.get("b");
   * cache.stats().hitRate; // => 0.5
   * ```
   */
  stats(): CacheStats {
    const table = this.#table;
    // For the count of stale entries. Errors are not thrown at code that only watches the cache.
    if (table.expiry !== undefined) table.expireQuietly();
    return {
      ...table.stats.snapshot(),
      leased: table.disposal?.leased ?? 0,
      stale: table.expiry?.staleCount ?? 0,
      inFlight: table.loads?.inFlight ?? 0,
      opaque: table.bytes?.opaque ?? 0,
    };
  }

  /** Starts all counts from 0. Calls `reset` of the observers with the counts until now. */
  resetStats(): void {
    const counted = this.stats();
    this.#table.stats.reset();
    for (const observer of this.#table.settings.observers ?? []) observer.reset?.(counted);
  }

  /**
   * The entries as plain data, with their weights, tags and times, for `LRUCache.from`. Does not
   * count as a use. Keys and values are not copied.
   */
  snapshot(): Snapshot<K, V> {
    const table = this.#table;
    table.expiry?.read();
    return takeSnapshot(table);
  }

  /**
   * A new cache with the entries of a snapshot, in their order. Entries above the bounds are
   * evicted from the cold end, and reported to `onRemoval`. Expired entries are not stored.
   * Weights come from `weigh` if it is set, else from the snapshot. The snapshot is not changed,
   * and nothing is counted. An entry that cannot be read is omitted; `onError` is called with the
   * number of such entries and the error of the first one.
   *
   * @throws {TypeError} if `snapshot` is not the result of `snapshot()`, or as the constructor
   *   throws
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru";
   *
   * const cache = new LRUCache<string, number>({ max: 100 });
   * cache.set("a", 1).set("b", 2);
   * const text = JSON.stringify(cache.snapshot());
   * const warm = LRUCache.from<string, number>(JSON.parse(text), { max: 100 });
   * [...warm]; // => [["b", 2], ["a", 1]]
   * ```
   */
  static from<K, V>(snapshot: Snapshot<K, V>, options: LRUCacheOptions<K, V>): LRUCache<K, V> {
    checkSnapshot(snapshot);
    const cache = new this<K, V>(options);
    restoreSnapshot(cache.#table, snapshot);
    return cache;
  }

  /**
   * Deletes all entries, and ends all loads. The cache stays readable and empty. Later writes
   * throw a CacheDisposedError, and later loads reject with one.
   */
  [Symbol.dispose](): void {
    this.#table.dispose();
  }

  /** `LRUCache`, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "LRUCache";
  }

  /** Whether a load that yields undefined stores it, like any other value. For subclasses. */
  protected get keepsUndefined(): boolean {
    return false;
  }

  /** The body of the cache, for sibling packages. */
  protected override get entryTable(): CacheTable<K, V> {
    return this.#table;
  }

  /** Ends a call that may have counted hits and misses. Returns its result. */
  #told<Result>(result: Result): Result {
    this.#table.afterReads();
    return result;
  }

  /** Created by the first load, so that a cache that never loads has none. */
  get #loads(): Loading<K, V> {
    return (this.#table.loads ??= this.#table.createLoading());
  }
}
