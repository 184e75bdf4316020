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
import { coldestFirst, hottestFirst } from "../policy/in-order.ts";
import type { Slot } from "../policy/policy.ts";
import { checkAmount, checkFraction, checkPart, refuse } from "../checks/read-options.ts";
import { RemovalQueue } from "../removal/removal-queue.ts";
import { CoreCounter, type CoreStats } from "../observation/stats.ts";

/**
 * A bounded cache for pages that count bytes: what `LRUCache` does with entries and their weight,
 * without time, loading, leases, snapshots and sizes in bytes, in about a third of the code.
 */
export class CoreCache<K, V> extends DerivedOperations<K, V, CoreSetOptions> implements Disposable {
  readonly #table: EntryTable<K, V>;
  readonly #weigh: ((value: V, key: K) => number) | undefined;
  readonly #maxEntryWeight: number | undefined;
  /** Whether all that a write has to do is to store a key and a value. */
  #hasTrivialWrites: boolean;

  /** Throws a TypeError or RangeError for a missing bound, an unknown option or a bad value. */
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

  /** Entries in the cache. */
  get size(): number {
    return this.#table.size;
  }

  /** Weight of all entries; `size` where it is not bounded. */
  get weight(): number {
    return this.#table.weights === undefined ? this.#table.size : this.#table.weight;
  }

  /** Most entries; Infinity where they are not bounded. */
  get max(): number {
    return this.#table.max;
  }

  /** Most weight; Infinity where it is not bounded. */
  get maxWeight(): number {
    return this.#table.weights === undefined ? Infinity : this.#table.capacity;
  }

  /** The value of a key, or undefined. A use of the entry; counted as hit or miss. */
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

  /** The value of a key, or undefined. No use of the entry, and not counted. */
  peek(key: K): V | undefined {
    // Slot 0 has none.
    return this.#table.value(this.#table.find(key));
  }

  /** Whether the key is there. No use of the entry, and not counted. */
  has(key: K): boolean {
    return this.#table.find(key) !== 0;
  }

  /**
   * Stores a value under a key; what is there is replaced. Throws a RangeError for a weight that is
   * no safe integer >= 0, and then changes nothing.
   */
  set(key: K, value: V, options?: CoreSetOptions): this {
    if (this.#hasTrivialWrites && options === undefined) this.#write(key, value, 1);
    else this.#writeWithCare(canonicalKey(key), value, options);
    this.#table.afterChange();
    return this;
  }

  /** Deletes an entry. Returns whether it was there. */
  delete(key: K): boolean {
    const table = this.#table;
    const slot = table.find(key);
    if (slot === 0) return false;
    table.take(slot, "deleted");
    table.shrinkIfSparse();
    table.afterChange();
    return true;
  }

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    this.#table.eraseAll();
    this.#table.afterChange();
  }

  /** Removes the entry that the policy would evict next. Returns it, or undefined where there is none. */
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

  /** Changes bounds; what is over a smaller one is evicted. Throws for a bad bound, and then changes nothing. */
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

  /** Evicts entries until at most this fraction (0 to 1) of the weight is left. Returns how many. */
  trim(fractionToKeep: number): number {
    checkFraction("trim cache", "fraction", fractionToKeep);
    const { size, weight, weights } = this.#table;
    // Without weights, and where entries without weight are to go too, entries are counted.
    const most = weights === undefined || fractionToKeep === 0 ? size * fractionToKeep : Infinity;
    this.#evictDownTo(most, weight * fractionToKeep, 0);
    const evicted = size - this.#table.size;
    this.#table.afterChange();
    return evicted;
  }

  /** Entries in the order of `keys`: strict LRU has the most recently used first, other policies about what they would keep longest. */
  *entries(): IterableIterator<[K, V]> {
    const table = this.#table;
    // A copy of the keys: the loop body may move, delete and add entries at will.
    for (const key of Array.from(hottestFirst(table.policy), (slot) => table.key(slot))) {
      const slot = table.find(key);
      if (slot !== 0) yield [key, table.value(slot)];
    }
  }

  /** The first `count` entries in the order of `entries`. No use of them. */
  hottest(count: number): [K, V][] {
    return this.#table.first(count, hottestFirst(this.#table.policy));
  }

  /** The last `count` entries in the order of `entries`, the last first: strict LRU has its next victims there. No use of them. */
  coldest(count: number): [K, V][] {
    return this.#table.first(count, coldestFirst(this.#table.policy));
  }

  /** What the cache knows of an entry, or undefined where there is none. No use of it. */
  info(key: K): EntryInfo | undefined {
    const slot = this.#table.find(key);
    return slot === 0 ? undefined : { weight: this.#table.weightOf(slot) };
  }

  /** Counts since the cache was made or `resetStats` was called. */
  stats(): CoreStats {
    return this.#table.stats.snapshot();
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    this.#table.stats.reset();
  }

  /** Clears the cache. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    this.#table.isDisposed = true;
    this.#hasTrivialWrites = false;
    this.clear();
  }

  get [Symbol.toStringTag](): string {
    return "LRUCache";
  }

  protected override get table(): EntryTable<K, V> {
    return this.#table;
  }

  /** All user code runs before anything changes. */
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

  /** Evicts until no more than this is there. `newcomer` is the slot just written: refused at once, or kept when another one left for it. */
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
