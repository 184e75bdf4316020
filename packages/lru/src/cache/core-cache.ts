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
import { CacheDisposedError } from "../checks/errors.ts";
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
  readonly #slots: EntryTable<K, V>;
  readonly #weigh: ((value: V, key: K) => number) | undefined;
  readonly #maxEntryWeight: number | undefined;
  #isDisposed = false;
  /** Whether all that a write has to do is to store a key and a value. */
  #isPlain: boolean;

  /** Throws a TypeError or RangeError for a missing bound, an unknown option or a bad value. */
  constructor(given: CoreOptions<K, V>) {
    super();
    const options = readCoreOptions(given);
    const { max = Infinity, maxWeight = Infinity, onRemoval } = options;
    this.#slots = new EntryTable<K, V>(
      max,
      maxWeight,
      new CoreCounter(),
      options.seed,
      options.policy,
    );
    if (onRemoval !== undefined) this.#slots.removals = new RemovalQueue<K, V>([onRemoval]);
    this.#weigh = options.weigh;
    this.#maxEntryWeight = options.maxEntryWeight;
    this.#isPlain = this.#slots.weights === undefined && max > 0;
  }

  /** Entries in the cache. */
  get size(): number {
    return this.#slots.size;
  }

  /** Weight of all entries; `size` where it is not bounded. */
  get weight(): number {
    return this.#slots.weights === undefined ? this.#slots.size : this.#slots.weight;
  }

  /** Most entries; Infinity where they are not bounded. */
  get max(): number {
    return this.#slots.max;
  }

  /** Most weight; Infinity where it is not bounded. */
  get maxWeight(): number {
    return this.#slots.weights === undefined ? Infinity : this.#slots.capacity;
  }

  /** The value of a key, or undefined. A use of the entry; counted as hit or miss. */
  get(key: K): V | undefined {
    const slots = this.#slots;
    const slot = slots.find(key);
    if (slot === 0) {
      slots.stats.misses++;
      return undefined;
    }
    slots.hit(slot);
    return slots.value(slot);
  }

  /** The value of a key, or undefined. No use of the entry, and not counted. */
  peek(key: K): V | undefined {
    // Slot 0 has none.
    return this.#slots.value(this.#slots.find(key));
  }

  /** Whether the key is there. No use of the entry, and not counted. */
  has(key: K): boolean {
    return this.#slots.find(key) !== 0;
  }

  /**
   * Stores a value under a key; what is there is replaced. Throws a RangeError for a weight that is
   * no safe integer >= 0, and then changes nothing.
   */
  set(key: K, value: V, options?: CoreSetOptions): this {
    if (this.#isPlain && options === undefined) this.#write(key, value, 1);
    else this.#writeWithCare(canonicalKey(key), value, options);
    this.#slots.removals?.flush();
    return this;
  }

  /** Deletes an entry. Returns whether it was there. */
  delete(key: K): boolean {
    const slot = this.#slots.find(key);
    if (slot === 0) return false;
    this.#slots.policy.remove(slot);
    this.#slots.erase(slot, "deleted");
    this.#finish();
    return true;
  }

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    this.#slots.eraseAll();
    this.#finish();
  }

  /** Removes the entry that the policy would evict next. Returns it, or undefined where there is none. */
  evict(): [K, V] | undefined {
    const slots = this.#slots;
    if (slots.size === 0) return undefined;
    const slot = slots.choose(0, 0);
    const entry = slots.entry(slot);
    slots.erase(slot, "evicted");
    this.#finish();
    return entry;
  }

  /** Changes bounds; what is over a smaller one is evicted. Throws for a bad bound, and then changes nothing. */
  resize(bounds: CoreResizeOptions): void {
    const { max = this.max, maxWeight = this.maxWeight } = readCoreResizeOptions(bounds);
    checkPart("resize cache", "maxEntryWeight", this.#maxEntryWeight ?? 0, "maxWeight", maxWeight);
    this.#slots.bound(max, maxWeight);
    this.#isPlain &&= max > 0;
    this.#slots.fitColumns();
    this.#slots.policy.resize();
    this.#evictDownTo(max, maxWeight, 0);
    this.#finish();
  }

  /** Evicts entries until at most this fraction (0 to 1) of the weight is left. Returns how many. */
  trim(fractionToKeep: number): number {
    checkFraction("trim cache", "fraction", fractionToKeep);
    const { size, weight, weights } = this.#slots;
    // Without weights, and where entries without weight are to go too, entries are counted.
    const most = weights === undefined || fractionToKeep === 0 ? size * fractionToKeep : Infinity;
    this.#evictDownTo(most, weight * fractionToKeep, 0);
    const evicted = size - this.#slots.size;
    this.#finish();
    return evicted;
  }

  /** Entries in the order of `keys`: strict LRU has the most recently used first, other policies about what they would keep longest. */
  *entries(): IterableIterator<[K, V]> {
    const slots = this.#slots;
    // A copy of the keys: the loop body may move, delete and add entries at will.
    for (const key of Array.from(hottestFirst(slots.policy), (slot) => slots.key(slot))) {
      const slot = slots.find(key);
      if (slot !== 0) yield [key, slots.value(slot)];
    }
  }

  /** The first `count` entries in the order of `entries`. No use of them. */
  hottest(count: number): [K, V][] {
    return this.#slots.first(count, hottestFirst(this.#slots.policy));
  }

  /** The last `count` entries in the order of `entries`, the last first: strict LRU has its next victims there. No use of them. */
  coldest(count: number): [K, V][] {
    return this.#slots.first(count, coldestFirst(this.#slots.policy));
  }

  /** What the cache knows of an entry, or undefined where there is none. No use of it. */
  info(key: K): EntryInfo | undefined {
    const slot = this.#slots.find(key);
    return slot === 0 ? undefined : { weight: this.#slots.weightOf(slot) };
  }

  /** Counts since the cache was made or `resetStats` was called. */
  stats(): CoreStats {
    return this.#slots.stats.snapshot();
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    this.#slots.stats.reset();
  }

  /** Clears the cache. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#isPlain = false;
    this.clear();
  }

  get [Symbol.toStringTag](): string {
    return "LRUCache";
  }

  protected override batch(operation: () => void): void {
    if (this.#slots.removals === undefined) operation();
    else this.#slots.removals.batch(operation);
  }

  protected override refuseDisposed(action: string): void {
    if (this.#isDisposed) throw new CacheDisposedError(action);
  }

  /** All user code runs before anything changes. */
  #writeWithCare(key: K, value: V, options: CoreSetOptions | undefined): void {
    this.refuseDisposed("set entry");
    const weight = this.#weightOf(key, value, options);
    this.refuseDisposed("set entry");
    const slots = this.#slots;
    if (slots.max > 0 && weight <= (this.#maxEntryWeight ?? this.maxWeight)) {
      this.#write(key, value, weight);
      return;
    }
    const slot = slots.find(key);
    if (slot !== 0) {
      const isSame = Object.is(slots.value(slot), value);
      slots.policy.remove(slot);
      slots.erase(slot, isSame ? undefined : "replaced");
      slots.shrinkIfSparse();
    }
    slots.stats.rejections++;
    slots.removals?.push(key, value, "evicted");
  }

  #weightOf(key: K, value: V, options: CoreSetOptions | undefined): number {
    let weight = options === undefined ? undefined : readCoreSetOptions(options).weight;
    if (weight === undefined) {
      if (this.#weigh === undefined) return 1;
      weight = this.#weigh(value, key);
    } else if (this.#slots.weights === undefined) {
      refuse("set entry", "weight is given to a cache without one", "a cache with maxWeight");
    }
    checkAmount("set entry", "weight", weight);
    return weight;
  }

  #write(key: K, value: V, weight: number): void {
    const slots = this.#slots;
    slots.prefetchVictim();
    let slot = slots.find(key);
    if (slot !== 0) {
      slots.update(slot, key, value, weight);
    } else if (slots.canRecycle && slots.weights === undefined) {
      slots.recycle(key, value);
      return;
    } else {
      slot = slots.insert(key, value, weight);
    }
    if (slots.size > slots.max || slots.weight > slots.capacity) {
      this.#evictDownTo(slots.max, this.maxWeight, slot);
    }
  }

  /** Evicts until no more than this is there. `newcomer` is the slot just written: refused at once, or kept when another one left for it. */
  #evictDownTo(size: number, weight: number, newcomer: Slot): void {
    const slots = this.#slots;
    let spared = 0;
    while (slots.size > size || slots.weight > weight) {
      slots.erase(slots.choose(newcomer, spared), "evicted");
      spared = newcomer;
    }
    slots.shrinkIfSparse();
  }

  /** The cache is consistent: user code may run. */
  #finish(): void {
    this.#slots.shrinkIfSparse();
    this.#slots.removals?.flush();
  }
}
