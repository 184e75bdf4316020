/// <reference lib="esnext.disposable" preserve="true" />
import {
  readCoreOptions,
  readCoreResizeOptions,
  readCoreSetOptions,
  type CoreOptions,
  type CoreResizeOptions,
  type CoreSetOptions,
} from "./core-options.ts";
import { DerivedOperations } from "./derived-operations.ts";
import { canonicalKey } from "../table/canonical-key.ts";
import type { EntryInfo } from "../observation/entry-info.ts";
import { EntryTable } from "../table/entry-table.ts";
import { coldestFirst, hottestFirst } from "../policy/parts/in-order.ts";
import type { Slot } from "../policy/policy.ts";
import { checkAmount, checkFraction, checkPart, refuse } from "../checks/read-options.ts";
import { RemovalQueue } from "../removal/removal-queue.ts";
import { CoreCounter, type CoreStats } from "../observation/stats.ts";

/**
 * A bounded cache for pages that count bytes: it does what `LRUCache` of `@heapwise/lru` does
 * with entries and their weight, without time, loading, leases, snapshots and sizes in bytes, in
 * about a quarter of the code. Its entry exports it as `LRUCache`.
 *
 * Keys are compared as in a `Map` (SameValueZero). Listeners are called when the cache is
 * consistent, and may call it.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru/core";
 *
 * const cache = new LRUCache<string, number>({ max: 2 });
 * cache.set("a", 1).set("b", 2).set("c", 3); // evicts "a"
 * [...cache.keys()]; // => ["c", "b"]
 * ```
 */
export class CoreCache<K, V> extends DerivedOperations<K, V, CoreSetOptions> implements Disposable {
  readonly #table: EntryTable<K, V>;
  readonly #weigh: ((value: V, key: K) => number) | undefined;
  readonly #maxEntryWeight: number | undefined;
  /** Whether a write without options has nothing to do but to store a key and a value. */
  #hasTrivialWrites: boolean;

  /**
   * Creates an empty cache.
   *
   * @throws {TypeError} if no bound is set, an option is not known, or an option has a wrong type
   * @throws {RangeError} if a number is out of range
   */
  constructor(given: CoreOptions<K, V>) {
    super();
    const options = readCoreOptions(given);
    const { max = Infinity, maxWeight = Infinity, onRemoval } = options;
    this.#table = new EntryTable<K, V>(
      max,
      maxWeight,
      new CoreCounter(),
      options.seed,
      options.policy,
    );
    if (onRemoval !== undefined) this.#table.removals = new RemovalQueue<K, V>([onRemoval]);
    this.#weigh = options.weigh;
    this.#maxEntryWeight = options.maxEntryWeight;
    this.#hasTrivialWrites = this.#table.weights === undefined && max > 0;
  }

  /** Number of entries. */
  get size(): number {
    return this.#table.size;
  }

  /** Weight of all entries; their number if no weight is bounded. */
  get weight(): number {
    return this.#table.weights === undefined ? this.#table.size : this.#table.weight;
  }

  /** Maximum number of entries; Infinity if it is not bounded. */
  get max(): number {
    return this.#table.max;
  }

  /** Maximum sum of weights; Infinity if it is not bounded. */
  get maxWeight(): number {
    return this.#table.weights === undefined ? Infinity : this.#table.capacity;
  }

  /**
   * The value of a key, or undefined if the key is missing. Counts as a use of the entry, and as
   * a hit or miss.
   */
  get(key: K): V | undefined {
    const table = this.#table;
    const slot = table.find(key);
    if (slot === 0) {
      table.stats.misses++;
      return undefined;
    }
    table.hit(slot);
    return table.value(slot);
  }

  /** The value of a key, or undefined if the key is missing. Does not count as a use. */
  peek(key: K): V | undefined {
    // Slot 0 has the value undefined.
    return this.#table.value(this.#table.find(key));
  }

  /** Whether a key has an entry. Does not count as a use. */
  has(key: K): boolean {
    return this.#table.find(key) !== 0;
  }

  /**
   * Stores a value under a key, and replaces the existing value. Counts as a use. Then evicts
   * entries until the bounds hold, and calls the listener. An entry that is heavier than
   * `maxEntryWeight` or `maxWeight` is not stored: it is reported as evicted at once, and the old
   * entry of its key leaves.
   *
   * @returns the cache, so that calls can be chained
   * @throws {TypeError} if an option is not known or has a wrong type. Nothing changes then.
   * @throws {RangeError} if the weight is not a safe integer of at least 0. Nothing changes then.
   * @throws {CacheDisposedError} if the cache is disposed of
   *
   * @example
   * ```ts
   * import { LRUCache } from "@heapwise/lru/core";
   *
   * const cache = new LRUCache<string, string>({ maxWeight: 10 });
   * cache.set("a", "light", { weight: 4 }).set("b", "heavy", { weight: 8 }); // evicts "a"
   * cache.weight; // => 8
   * ```
   */
  set(key: K, value: V, options?: CoreSetOptions): this {
    if (this.#hasTrivialWrites && options === undefined) this.#write(key, value, 1);
    else this.#writeWithCare(canonicalKey(key), value, options);
    this.#table.afterChange();
    return this;
  }

  /** Deletes the entry of a key. Returns whether there was one. Calls the listener. */
  delete(key: K): boolean {
    const table = this.#table;
    const slot = table.find(key);
    if (slot === 0) return false;
    table.take(slot, "deleted");
    table.shrinkIfSparse();
    table.afterChange();
    return true;
  }

  /** Deletes all entries, and gives back the memory held for them. Calls the listener. */
  clear(): void {
    this.#table.eraseAll();
    this.#table.afterChange();
  }

  /**
   * Removes the entry that the policy would evict next. Returns it as a pair of key and value, or
   * undefined if the cache is empty. Calls the listener.
   */
  evict(): [K, V] | undefined {
    const table = this.#table;
    if (table.size === 0) return undefined;
    const slot = table.choose(0, 0);
    const entry = table.entry(slot);
    table.erase(slot, "evicted");
    table.shrinkIfSparse();
    table.afterChange();
    return entry;
  }

  /**
   * Changes bounds, and evicts entries until the new ones hold. A bound that is omitted stays.
   * Calls the listener.
   *
   * @throws {TypeError} or a RangeError if a bound is not allowed. Nothing changes then.
   */
  resize(bounds: CoreResizeOptions): void {
    const { max = this.max, maxWeight = this.maxWeight } = readCoreResizeOptions(bounds);
    checkPart("resize cache", "maxEntryWeight", this.#maxEntryWeight ?? 0, "maxWeight", maxWeight);
    this.#table.bound(max, maxWeight);
    this.#hasTrivialWrites &&= max > 0;
    this.#table.fitColumns();
    this.#table.policy.resize();
    this.#evictDownTo(max, maxWeight, 0);
    this.#table.afterChange();
  }

  /**
   * Evicts entries until at most a fraction (0 to 1) of the weight is left, or of the entries if
   * no weight is bounded. Returns the number of evicted entries. Calls the listener.
   *
   * @throws {TypeError} or a RangeError if the fraction is not a number from 0 to 1
   */
  trim(fractionToKeep: number): number {
    checkFraction("trim cache", "fraction", fractionToKeep);
    const { size, weight, weights } = this.#table;
    // Entries are counted if they have no weights, or if entries of weight 0 have to go too.
    const most = weights === undefined || fractionToKeep === 0 ? size * fractionToKeep : Infinity;
    this.#evictDownTo(most, weight * fractionToKeep, 0);
    const evicted = size - this.#table.size;
    this.#table.afterChange();
    return evicted;
  }

  /**
   * Entries from the hottest to the coldest, as pairs of key and value. Strict LRU has the most
   * recently used entry first; other policies have first the entries that they will probably keep
   * longest. Does not count as a use. The loop body may get, set and delete.
   */
  *entries(): IterableIterator<[K, V]> {
    const table = this.#table;
    // A copy of the keys: the loop body may move, delete and add entries at will.
    for (const key of Array.from(hottestFirst(table.policy), (slot) => table.key(slot))) {
      const slot = table.find(key);
      if (slot !== 0) yield [key, table.value(slot)];
    }
  }

  /**
   * The first `count` entries in the order of `entries`. Does not count as a use. Throws a
   * TypeError or RangeError if `count` is not an integer of at least 0.
   */
  hottest(count: number): [K, V][] {
    return this.#table.first(count, hottestFirst(this.#table.policy));
  }

  /**
   * The last `count` entries in the order of `entries`, the last first: with strict LRU they are
   * the next to be evicted. Does not count as a use. Throws as `hottest` does.
   */
  coldest(count: number): [K, V][] {
    return this.#table.first(count, coldestFirst(this.#table.policy));
  }

  /** The weight of an entry, or undefined if the key is missing. Does not count as a use. */
  info(key: K): EntryInfo | undefined {
    const slot = this.#table.find(key);
    return slot === 0 ? undefined : { weight: this.#table.weightOf(slot) };
  }

  /** Counts since the cache was created or `resetStats` was called. */
  stats(): CoreStats {
    return this.#table.stats.snapshot();
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    this.#table.stats.reset();
  }

  /**
   * Deletes all entries. The cache stays readable and empty; later writes throw a
   * CacheDisposedError.
   */
  [Symbol.dispose](): void {
    this.#table.isDisposed = true;
    this.#hasTrivialWrites = false;
    this.clear();
  }

  /** `LRUCache`, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "LRUCache";
  }

  /** The body of the cache, for sibling packages. */
  protected override get entryTable(): EntryTable<K, V> {
    return this.#table;
  }

  /** A write with all its rules. User code runs before anything changes. */
  #writeWithCare(key: K, value: V, options: CoreSetOptions | undefined): void {
    this.#table.refuseDisposed("set entry");
    const weight = this.#weightOf(key, value, options);
    this.#table.refuseDisposed("set entry");
    const table = this.#table;
    if (table.max > 0 && weight <= (this.#maxEntryWeight ?? this.maxWeight)) {
      this.#write(key, value, weight);
      return;
    }
    const slot = table.find(key);
    if (slot !== 0) {
      const isSame = Object.is(table.value(slot), value);
      table.take(slot, isSame ? undefined : "replaced");
      table.shrinkIfSparse();
    }
    table.stats.rejections++;
    table.removals?.push(key, value, "evicted");
  }

  #weightOf(key: K, value: V, options: CoreSetOptions | undefined): number {
    let weight = options === undefined ? undefined : readCoreSetOptions(options).weight;
    if (weight === undefined) {
      if (this.#weigh === undefined) return 1;
      weight = this.#weigh(value, key);
    } else if (this.#table.weights === undefined) {
      refuse("set entry", "weight is given to a cache without one", "a cache with maxWeight");
    }
    checkAmount("set entry", "weight", weight);
    return weight;
  }

  #write(key: K, value: V, weight: number): void {
    const table = this.#table;
    table.prefetchVictim();
    let slot = table.find(key);
    if (slot !== 0) {
      table.update(slot, key, value, weight);
    } else if (table.canRecycle && table.weights === undefined) {
      table.recycle(key, value);
      return;
    } else {
      slot = table.insert(key, value, weight);
    }
    if (table.size > table.max || table.weight > table.capacity) {
      this.#evictDownTo(table.max, this.maxWeight, slot);
    }
  }

  /**
   * Evicts entries down to a size and a weight. `newcomer` is the slot just written, or 0: it is
   * refused at once, or kept as soon as another entry has left for it.
   */
  #evictDownTo(size: number, weight: number, newcomer: Slot): void {
    const table = this.#table;
    let spared = 0;
    while (table.size > size || table.weight > weight) {
      table.erase(table.choose(newcomer, spared), "evicted");
      spared = newcomer;
    }
    table.shrinkIfSparse();
  }
}
