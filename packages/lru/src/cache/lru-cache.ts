/// <reference lib="esnext.disposable" preserve="true" />
import { checkByteBound, checkTrim } from "../bytes/byte-ledger.ts";
import { entriesBytes } from "../bytes/entries-bytes.ts";
import { checkFraction, checkFunction, checkPart, print, refuse } from "../checks/read-options.ts";
import { reportError } from "../checks/report-error.ts";
import type { BulkLoader, Loader, LoadOptions } from "../loading/loader.ts";
import type { Loading } from "../loading/loading.ts";
import type { EntryInfo } from "../observation/entry-info.ts";
import type { CacheStats } from "../observation/stats.ts";
import { coldestFirst, hottestFirst } from "../policy/in-order.ts";
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
 * Keys are compared as in a `Map` (SameValueZero); `undefined` and `null` are values like others.
 * Every operation leaves the cache consistent before it calls a listener, which may call the cache.
 * Memory is taken as entries come, never in proportion to the bound, and given back as they leave.
 */
export class LRUCache<K, V> extends DerivedOperations<K, V> implements Disposable {
  readonly #table: CacheTable<K, V>;

  /** Throws a TypeError or RangeError for a missing bound, an unknown option or a bad value. */
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
   * Entries in the cache, those in a stale window left out. While many expire at once, up to as
   * many more.
   */
  get size(): number {
    const table = this.#table;
    table.expireSome();
    return table.size - (table.expiry?.staleCount ?? 0);
  }

  /**
   * Weight of the entries that `size` counts; their bytes where only bytes are bounded, `size`
   * where neither is.
   */
  get weight(): number {
    const table = this.#table;
    table.expireSome();
    const weight = table.weights === undefined ? table.size : table.weight;
    return weight - (table.expiry?.staleWeight ?? 0);
  }

  /** Bytes of keys, values and bookkeeping: what counts against `maxBytes`, else an estimate that looks at every entry. */
  bytes(): number {
    const table = this.#table;
    table.expireSome();
    return table.bytes?.total ?? entriesBytes(table);
  }

  /** Most entries; Infinity where they are not bounded. */
  get max(): number {
    return this.#table.max;
  }

  /** Most weight; Infinity where it is not bounded. */
  get maxWeight(): number {
    return this.#table.maxWeight;
  }

  /** Most bytes, what `'25%'` came to as well; Infinity where they are not bounded. */
  get maxBytes(): number {
    return this.#table.bytes?.max ?? Infinity;
  }

  /** The value of a key, or undefined. A use of the entry; counted as hit or miss. */
  get(key: K): V | undefined {
    const table = this.#table;
    const slot = table.find(key);
    if (slot === 0) {
      table.miss(key);
      return undefined;
    }
    // Nothing comes after a reading here: V8 would load all it knows once more, for each hit.
    if (table.gate !== undefined && !table.gate.isSurelyLive(slot)) {
      return table.getInTime(key, slot);
    }
    // As `hit`, which is one call more than V8 inlines here where keys are strings and have a ttl.
    table.stats.hits++;
    if (table.recency !== undefined) makeHottest(table.links, slot);
    else table.policy.access(slot);
    return table.entries[(slot << 1) | 1] as V;
  }

  /** The value of a key, or undefined. No use of the entry, and not counted. */
  peek(key: K): V | undefined {
    const slot = this.#table.findLive(key);
    return slot === 0 ? undefined : this.#table.value(slot);
  }

  /** Whether the key is there. No use of the entry, and not counted. */
  has(key: K): boolean {
    return this.#table.findLive(key) !== 0;
  }

  /**
   * Stores a value under a key; what is there is replaced. Throws a RangeError for a weight that is
   * no safe integer >= 0, and then changes nothing.
   */
  set(key: K, value: V, options?: SetOptions): this {
    const table = this.#table;
    table.write(key, value, options);
    table.afterChange();
    return this;
  }

  override setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): this {
    // Read once: tags may come from an iterator.
    return super.setMany(entries, options && readSetOptions(options));
  }

  /** `set`, but for tags: the entry keeps those that it has, unless others are given. */
  protected override rewrite(key: K, value: V, given: SetOptions | undefined): void {
    const options = given && readSetOptions(given);
    const { tags } = this.#table;
    const slot = tags === undefined ? 0 : this.#table.findKept(key);
    this.set(key, value, slot === 0 ? options : { tags: tags!.tagsOf(slot), ...options });
  }

  /** Deletes an entry. Returns whether it was there. */
  delete(key: K): boolean {
    const deleted = this.#table.deleteKey(key);
    this.#table.afterChange();
    return deleted;
  }

  /**
   * Deletes the entries that the predicate holds for, those in their stale window too. Returns how many.
   * No load that is under way is stored: whether the predicate would hold for its result, nobody knows.
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
        // The predicate may have replaced what it judged.
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
   * Deletes the entries with a tag, those in their stale window too. Returns how many. Takes time in
   * proportion to them. A load that is under way is not stored if it gives its entry the tag.
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

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    this.#table.expireDue();
    this.#table.deleteAll();
  }

  /** Removes the entry that the policy would evict next. Returns it, or undefined where there is none. */
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

  /** Changes bounds; what is over a smaller one is evicted. Throws for a bad bound, and then changes nothing. */
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

  /** Evicts entries until at most this fraction (0 to 1) of the weight is left, or so many bytes of a cache with `maxBytes`. Returns how many. */
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
    // Without weights, and where entries without weight are to go too, entries are counted.
    const size = table.weights === undefined || part === 0 ? before * part : Infinity;
    table.evictDownTo(size, table.weight * part, 0, bytes);
    const evicted = before - table.size;
    table.afterChange();
    return evicted;
  }

  /** Entries in the order of `keys`: strict LRU has the most recently used first, other policies about what they would keep longest. */
  *entries(): IterableIterator<[K, V]> {
    const table = this.#table;
    for (const key of table.keysNow()) {
      const slot = table.findLive(key);
      if (slot !== 0) yield [key, table.value(slot)];
    }
  }

  /** The first `count` entries in the order of `entries`. No use of them. */
  hottest(count: number): [K, V][] {
    return this.#table.first(count, this.#table.live(hottestFirst));
  }

  /** The last `count` entries in the order of `entries`, the last first: strict LRU has its next victims there. No use of them. */
  coldest(count: number): [K, V][] {
    return this.#table.first(count, this.#table.live(coldestFirst));
  }

  /** What the cache knows of an entry, or undefined where there is none. No use of it. */
  info(key: K): EntryInfo | undefined {
    const table = this.#table;
    const slot = table.findLive(key);
    if (slot === 0) return undefined;
    return { weight: table.weightOf(slot), ...table.expiry?.timesOf(slot) };
  }

  /**
   * Lets go of all entries that have expired, which also happens by itself. Returns how many left.
   */
  expireNow(): number {
    const expired = this.#table.expireDue();
    this.#table.afterChange();
    return expired;
  }

  /** A lease of the value of a key, or undefined. A use of the entry, counted as `get`. The value is not disposed of before the lease is given back, whatever becomes of the entry. */
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

  /** Settles when all values that have left by now are disposed of, which waits for their leases. Never rejects. */
  async disposed(): Promise<void> {
    await this.#table.disposal?.disposed();
  }

  /**
   * The value of a key, which is loaded where there is none: once, for all who ask meanwhile. A write,
   * a deletion or an eviction of the key during the load keeps its result out of the cache, not from
   * those who wait. In a cache that disposes of its values, the value is open until this turn of the
   * event loop is over: to use it across an `await`, take `acquireOrLoad`. Rejects with what the
   * loader throws, with the reason of the signal, with a `LoadCycleError`, a `LoadTimeoutError` or a
   * `CacheDisposedError`. Counted as `get`.
   */
  getOrLoad(key: K, load?: Loader<K, V>, options?: LoadOptions): Promise<V> {
    return this.#told(this.#loads.getOrLoad(key, load, options));
  }

  /**
   * The values of several keys, in their order; what is missing is loaded in one call. A key without
   * a value is left out. Rejects when any of them fails; the others are loaded and stored all the same.
   */
  getOrLoadMany(
    keys: Keys<K>,
    loadMany?: BulkLoader<K, V>,
    options?: LoadOptions,
  ): Promise<Map<K, V>> {
    return this.#told(this.#loads.getOrLoadMany(keys, loadMany, options));
  }

  /**
   * A lease of the value of a key, which is loaded if it is not there. A stale value that a window
   * serves is lent, and so is one that the cache could not store. Undefined if the load yields no
   * value. From now on values are disposed of as after `acquire`. Rejects as `getOrLoad`.
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
   * Leases of the values of several keys, in their order; a key without a value is left out. All or
   * nothing: if it rejects, as `getOrLoadMany` does, what was leased is released.
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
   * Loads a key again, or for the first time, with the cache's own loader. What is there stays until
   * the value comes, and when it does not. A failure rejects the promise, which may be left alone:
   * it is also treated as that of a load in the background.
   */
  refresh(key: K): Promise<V> {
    return this.#loads.refresh(key);
  }

  /** Counts since the cache was made or `resetStats` was called. */
  stats(): CacheStats {
    const table = this.#table;
    // For the count of stale entries. Who looks after a cache is told nothing of its clock and
    // listeners.
    if (table.expiry !== undefined) table.expireQuietly();
    return {
      ...table.stats.snapshot(),
      leased: table.disposal?.leased ?? 0,
      stale: table.expiry?.staleCount ?? 0,
      inFlight: table.loads?.inFlight ?? 0,
      opaque: table.bytes?.opaque ?? 0,
    };
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    const counted = this.stats();
    this.#table.stats.reset();
    for (const observer of this.#table.settings.observers ?? []) observer.reset?.(counted);
  }

  /** The content as plain data, for `LRUCache.from`. */
  snapshot(): Snapshot<K, V> {
    const table = this.#table;
    table.expiry?.read();
    return takeSnapshot(table);
  }

  /**
   * A new cache with the content of a snapshot, in its order; what does not fit is evicted from the
   * cold end. Weights come from `weigh`, else from the snapshot. The snapshot is not changed. An entry
   * that cannot be read is left out, and `onError` is told how many are and why the first one is.
   */
  static from<K, V>(snapshot: Snapshot<K, V>, options: LRUCacheOptions<K, V>): LRUCache<K, V> {
    checkSnapshot(snapshot);
    const cache = new this<K, V>(options);
    restoreSnapshot(cache.#table, snapshot);
    return cache;
  }

  /** Clears the cache. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    this.#table.dispose();
  }

  get [Symbol.toStringTag](): string {
    return "LRUCache";
  }

  /** Whether a load that yields undefined stores it, as of any other value. */
  protected get keepsUndefined(): boolean {
    return false;
  }

  protected override get table(): CacheTable<K, V> {
    return this.#table;
  }

  /** Ends a call that may have counted hits and misses. Returns its result. */
  #told<Result>(result: Result): Result {
    this.#table.afterReads();
    return result;
  }

  /** Made by the first load: a cache that never loads does without. */
  get #loads(): Loading<K, V> {
    return (this.#table.loads ??= this.#table.createLoading());
  }
}
