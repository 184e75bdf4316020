/// <reference lib="esnext.disposable" preserve="true" />
import { CacheDisposedError } from "./errors.ts";
import { HashIndex } from "./index/hash-index.ts";
import type { BulkLoader, Loader, LoadOptions } from "./loading/loader.ts";
import { Loading, type LoadingHost } from "./loading/loading.ts";
import { checkLoadingOptions } from "./loading/loading-options.ts";
import {
  checkFunction,
  checkInteger,
  checkPolicy,
  checkResizeOptions,
  checkSetOptions,
  checkWeight,
  print,
  readBounds,
  type LRUCacheOptions,
  type ResizeOptions,
  type SetOptions,
} from "./options.ts";
import { lru, LruPolicy } from "./policy/lru.ts";
import type { EvictionPolicy, Slot } from "./policy/policy.ts";
import { RemovalQueue, type RemovalCause } from "./removal.ts";
import { checkSnapshot, type Snapshot, type SnapshotEntry } from "./snapshot.ts";
import { checkObservers, observedListener } from "./observation/observed-listener.ts";
import { StatsCounter, type CacheStats } from "./stats.ts";
import { SlotStore } from "./store/slot-store.ts";

/** Returned by the callback of `update` to delete the entry. */
export const REMOVE: unique symbol = Symbol("REMOVE");

/** What a cache knows of one entry. */
export interface EntryInfo {
  /** What the entry counts against `maxWeight`. */
  weight: number;
}

/**
 * A bounded cache: a map that never holds more than its bound, in entries, in weight or in both.
 *
 * Keys are compared as in a `Map` (SameValueZero); `undefined` and `null` are values like others.
 * Every operation leaves the cache consistent before it calls a listener, which may call the cache.
 * Memory is taken as entries come, never in proportion to the bound, and given back as they leave.
 */
export class LRUCache<K, V> implements Iterable<[K, V]>, Disposable {
  readonly #store: SlotStore<K, V>;
  readonly #index: HashIndex<K, V>;
  readonly #policy: EvictionPolicy;
  /** The policy once more where it is strict LRU: a call that V8 can inline however many policies are alive. */
  readonly #recency: LruPolicy | undefined;
  readonly #weigh: ((value: V, key: K) => number) | undefined;
  readonly #hasEntryBound: boolean;
  readonly #removals: RemovalQueue<K, V> | undefined;
  readonly #options: LRUCacheOptions<K, V>;
  /** Made by the first load: a cache that never loads does without. */
  #loading: Loading<K, V> | undefined = undefined;
  #stats = new StatsCounter();
  #max: number;
  #maxWeight: number;
  #maxEntryWeight: number;
  #isDisposed = false;

  /** Throws a TypeError or RangeError for a missing bound, an unknown option or a bad value. */
  constructor(options: LRUCacheOptions<K, V>) {
    const { max, maxWeight, maxEntryWeight } = readBounds(options);
    checkLoadingOptions(options);
    checkObservers(options.observers);
    this.#options = { ...options };
    this.#max = max;
    this.#maxWeight = maxWeight;
    this.#maxEntryWeight = maxEntryWeight;
    this.#hasEntryBound = options.maxEntryWeight !== undefined;
    this.#weigh = options.weigh;
    const seed = options.seed ?? Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    this.#store = new SlotStore<K, V>(max, maxWeight, seed);
    this.#index = new HashIndex<K, V>(this.#store);
    this.#policy = (options.policy ?? lru())(this.#store);
    checkPolicy(this.#policy);
    this.#recency = this.#policy instanceof LruPolicy ? this.#policy : undefined;
    const listener = observedListener(options);
    this.#removals = listener && new RemovalQueue<K, V>(listener);
    for (const observer of options.observers ?? []) observer.watch?.(this);
  }

  /** Entries in the cache. */
  get size(): number {
    return this.#store.size;
  }

  /** Weight of all entries; `size` where no weight is bounded. */
  get weight(): number {
    return this.#store.weights === undefined ? this.#store.size : this.#store.weight;
  }

  /** Most entries; Infinity where only weight is bounded. */
  get max(): number {
    return this.#max;
  }

  /** Most weight; Infinity where only entries are bounded. */
  get maxWeight(): number {
    return this.#maxWeight;
  }

  /** The value of a key, or undefined. A use of the entry; counted as hit or miss. */
  get(key: K): V | undefined {
    const slot = this.#index.find(key);
    if (slot === 0) {
      this.#stats.misses++;
      return undefined;
    }
    this.#hit(slot);
    return this.#store.entries[2 * slot + 1] as V;
  }

  /** The value of a key, or undefined. No use of the entry, and not counted. */
  peek(key: K): V | undefined {
    const slot = this.#index.find(key);
    return slot === 0 ? undefined : this.#store.value(slot);
  }

  /** Whether the key is there. No use of the entry, and not counted. */
  has(key: K): boolean {
    return this.#index.find(key) !== 0;
  }

  /**
   * Stores a value under a key; what is there is replaced. Throws a RangeError for a weight that is
   * no safe integer >= 0, and then changes nothing.
   */
  set(key: K, value: V, options?: SetOptions): this {
    this.#write(key, value, options);
    this.#removals?.flush();
    return this;
  }

  /** Deletes an entry. Returns whether it was there. */
  delete(key: K): boolean {
    this.#loading?.fence(key);
    const slot = this.#index.find(key);
    if (slot === 0) return false;
    this.#policy.remove(slot);
    this.#drop(slot, "deleted");
    this.#giveBack();
    this.#removals?.flush();
    return true;
  }

  /** Deletes all entries, and gives back the memory held for them. */
  clear(): void {
    this.#loading?.fenceAll();
    const removals = this.#removals;
    if (removals !== undefined) {
      for (let slot = this.#policy.hotter(0); slot !== 0; slot = this.#policy.hotter(slot)) {
        removals.push(this.#store.key(slot), this.#store.value(slot), "deleted");
      }
    }
    this.#store.clear();
    this.#index.clear();
    this.#policy.clear();
    removals?.flush();
  }

  /** Removes the entry that the policy would evict next. Returns it, or undefined where there is none. */
  evict(): [K, V] | undefined {
    if (this.#store.size === 0) return undefined;
    const slot = this.#policy.evict(0);
    const entry: [K, V] = [this.#store.key(slot), this.#store.value(slot)];
    this.#countEviction(slot);
    this.#drop(slot, "evicted");
    this.#giveBack();
    this.#removals?.flush();
    return entry;
  }

  /** The value of a key; stores and returns `value` where there is none. Counted as `get`. */
  getOrInsert(key: K, value: V): V {
    const slot = this.#index.find(key);
    if (slot !== 0) {
      this.#hit(slot);
      return this.#store.value(slot);
    }
    this.#stats.misses++;
    this.set(key, value);
    return value;
  }

  /**
   * The value of a key; stores and returns what the callback returns where there is none. Counted as
   * `get`. The callback's value wins over what it set itself; when it throws, nothing is stored.
   */
  getOrInsertComputed(key: K, callback: (key: K) => V): V {
    checkFunction("set entry", "callback", callback);
    const slot = this.#index.find(key);
    if (slot !== 0) {
      this.#hit(slot);
      return this.#store.value(slot);
    }
    this.#stats.misses++;
    this.#refuseDisposed("set entry");
    const value = callback(canonical(key));
    this.set(key, value);
    return value;
  }

  /**
   * Replaces the value of a key by what the callback makes of it; undefined is what it gets where
   * there is none. `REMOVE` deletes the entry. Returns the new value, or undefined. A write, counted
   * neither as hit nor as miss; when the callback throws, nothing changes.
   */
  update(key: K, callback: (old: V | undefined) => V | typeof REMOVE): V | undefined {
    checkFunction("update entry", "callback", callback);
    this.#refuseDisposed("update entry");
    const value = callback(this.peek(key));
    if (value === REMOVE) {
      this.delete(key);
      return undefined;
    }
    this.set(key, value);
    return value;
  }

  /** The entries of several keys that are there, in the order of the keys. Each key counts as a `get`. */
  getMany(keys: Iterable<K>): Map<K, V> {
    const found = new Map<K, V>();
    for (const key of keys) {
      const slot = this.#index.find(key);
      if (slot === 0) {
        this.#stats.misses++;
        continue;
      }
      this.#hit(slot);
      found.set(key, this.#store.value(slot));
    }
    return found;
  }

  /** Stores several entries. When one of them throws, those before it stay stored. */
  setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): this {
    this.#inOneGo(() => {
      for (const [key, value] of entries) this.#write(key, value, options);
    });
    return this;
  }

  /** Deletes several entries. Returns how many were there. */
  deleteMany(keys: Iterable<K>): number {
    let deleted = 0;
    this.#inOneGo(() => {
      for (const key of keys) {
        this.#loading?.fence(key);
        const slot = this.#index.find(key);
        if (slot === 0) continue;
        this.#policy.remove(slot);
        this.#drop(slot, "deleted");
        deleted++;
      }
    });
    return deleted;
  }

  /**
   * Deletes the entries that the predicate holds for. Returns how many. No load that is under way is
   * stored: whether the predicate would hold for its result, nobody knows.
   */
  deleteWhere(predicate: (value: V, key: K) => boolean): number {
    checkFunction("delete entries", "predicate", predicate);
    this.#loading?.fenceAll();
    let deleted = 0;
    this.#inOneGo(() => {
      for (const [key, value] of this.entries()) {
        if (!predicate(value, key)) continue;
        const slot = this.#index.find(key);
        if (slot === 0 || !Object.is(this.#store.value(slot), value)) continue;
        this.#policy.remove(slot);
        this.#drop(slot, "deleted");
        deleted++;
      }
    });
    return deleted;
  }

  /** Changes bounds; what is over a smaller one is evicted. Throws for a bad bound, and then changes nothing. */
  resize(bounds: ResizeOptions): void {
    checkResizeOptions(bounds);
    const { max = this.#max, maxWeight = this.#maxWeight } = bounds;
    if (this.#hasEntryBound && this.#maxEntryWeight > maxWeight) {
      throw new RangeError(
        `Cannot resize cache: maxWeight is ${maxWeight}, expected at least maxEntryWeight, ${this.#maxEntryWeight}`,
      );
    }
    this.#max = max;
    this.#maxWeight = maxWeight;
    if (!this.#hasEntryBound) this.#maxEntryWeight = maxWeight;
    this.#store.bound(max, maxWeight);
    this.#policy.grow(this.#store.length);
    this.#policy.resize();
    this.#keepBounds(0);
    this.#removals?.flush();
  }

  /** Evicts entries until at most this fraction (0 to 1) of the weight is left. Returns how many. */
  trim(fractionToKeep: number): number {
    if (typeof fractionToKeep !== "number" || !(fractionToKeep >= 0 && fractionToKeep <= 1)) {
      throw new RangeError(
        `Cannot trim cache: fraction is ${print(fractionToKeep)}, expected a number from 0 to 1`,
      );
    }
    const before = this.#store.size;
    const isWeighted = this.#store.weights !== undefined && fractionToKeep > 0;
    const size = isWeighted ? Infinity : before * fractionToKeep;
    this.#evictDownTo(size, isWeighted ? this.#store.weight * fractionToKeep : Infinity, 0);
    this.#removals?.flush();
    return before - this.#store.size;
  }

  /** Keys from the hottest to the coldest. The loop may change the cache: each key that is still there comes once, later ones do not. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** Values in the order of `keys`. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  /** Entries in the order of `keys`: strict LRU has the most recently used first, other policies what they would keep longest. */
  *entries(): IterableIterator<[K, V]> {
    // A copy of the keys: the loop body may move, delete and add entries at will.
    for (const key of this.#orderedKeys()) {
      const slot = this.#index.find(key);
      if (slot !== 0) yield [key, this.#store.value(slot)];
    }
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /** Calls back with each entry, in the order of `entries`. */
  forEach(callback: (value: V, key: K, cache: this) => void): void {
    checkFunction("visit entries", "callback", callback);
    for (const [key, value] of this.entries()) callback(value, key, this);
  }

  /** The `count` entries that would stay longest, the hottest first. No use of them. */
  hottest(count: number): [K, V][] {
    const found: [K, V][] = [];
    checkInteger("list entries", "count", count, 0, Infinity);
    for (let at = this.#policy.colder(0); at !== 0 && found.length < count;) {
      found.push([this.#store.key(at), this.#store.value(at)]);
      at = this.#policy.colder(at);
    }
    return found;
  }

  /** The `count` entries that would leave first, the next victim first. No use of them. */
  coldest(count: number): [K, V][] {
    const found: [K, V][] = [];
    checkInteger("list entries", "count", count, 0, Infinity);
    for (let at = this.#policy.hotter(0); at !== 0 && found.length < count;) {
      found.push([this.#store.key(at), this.#store.value(at)]);
      at = this.#policy.hotter(at);
    }
    return found;
  }

  /** What the cache knows of an entry, or undefined where there is none. No use of it. */
  info(key: K): EntryInfo | undefined {
    const slot = this.#index.find(key);
    return slot === 0 ? undefined : { weight: this.#store.weightOf(slot) };
  }

  /**
   * The value of a key, which is loaded where there is none: once, for all who ask meanwhile. A write,
   * a deletion or an eviction of the key during the load keeps its result out of the cache, not from
   * those who wait. Rejects with what the loader throws, with the reason of the signal, with a
   * `LoadCycleError`, a `LoadTimeoutError` or a `CacheDisposedError`. Counted as `get`.
   */
  getOrLoad(key: K, load?: Loader<K, V>, options?: LoadOptions): Promise<V> {
    return this.#load().getOrLoad(key, load, options);
  }

  /**
   * The values of several keys, in their order; what is missing is loaded in one call. A key without
   * a value is left out. Rejects when any of them does.
   */
  getOrLoadMany(
    keys: Iterable<K>,
    loadMany?: BulkLoader<K, V>,
    options?: LoadOptions,
  ): Promise<Map<K, V>> {
    return this.#load().getOrLoadMany(keys, loadMany, options);
  }

  /** Loads a key again, or for the first time, with the cache's own loader. What is there stays until the value comes. */
  refresh(key: K): Promise<V> {
    return this.#load().refresh(key);
  }

  /** Counts since the cache was made or `resetStats` was called. */
  stats(): CacheStats {
    return this.#stats.snapshot({ inFlight: this.#loading?.inFlight ?? 0 });
  }

  /** Starts all counts from 0. */
  resetStats(): void {
    this.#stats = new StatsCounter();
  }

  /** The content as plain data, for `LRUCache.from`. */
  snapshot(): Snapshot<K, V> {
    const isWeighted = this.#store.weights !== undefined;
    const entries: SnapshotEntry<K, V>[] = [];
    for (let at = this.#policy.colder(0); at !== 0; at = this.#policy.colder(at)) {
      const entry = { key: this.#store.key(at), value: this.#store.value(at) };
      entries.push(isWeighted ? { ...entry, weight: this.#store.weightOf(at) } : entry);
    }
    return { version: 1, entries };
  }

  /**
   * A new cache with the content of a snapshot, in its order; what does not fit is evicted from the
   * cold end. Weights come from `weigh`, else from the snapshot. The snapshot is not changed.
   */
  static from<K, V>(snapshot: Snapshot<K, V>, options: LRUCacheOptions<K, V>): LRUCache<K, V> {
    checkSnapshot(snapshot);
    const cache = new this<K, V>(options);
    cache.#inOneGo(() => {
      for (let i = snapshot.entries.length - 1; i >= 0; i--) {
        const { key, value, weight } = snapshot.entries[i]!;
        const keepsWeight = options.weigh === undefined && options.maxWeight !== undefined;
        cache.#write(key, value, keepsWeight ? { weight } : undefined);
      }
    });
    cache.resetStats();
    return cache;
  }

  /** Clears the cache. It stays readable and empty; later writes throw a CacheDisposedError. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#loading?.dispose();
    this.clear();
  }

  get [Symbol.toStringTag](): string {
    return "LRUCache";
  }

  #load(): Loading<K, V> {
    return (this.#loading ??= new Loading(this.#host(), this.#options));
  }

  #host(): LoadingHost<K, V> {
    const isDisposed = (): boolean => this.#isDisposed;
    const stats = (): StatsCounter => this.#stats;
    return {
      get isDisposed() {
        return isDisposed();
      },
      get stats() {
        return stats();
      },
      observers: this.#options.observers ?? [],
      schedule: undefined,
      now: () => 0,
      use: (key) => {
        const slot = this.#index.find(key);
        if (slot === 0) this.#stats.misses++;
        else this.#hit(slot);
        return slot;
      },
      find: (key) => this.#index.find(key),
      value: (slot) => this.#store.value(slot),
      age: () => 0,
      staleness: () => -1,
      store: (key, value, _ttl, weight) => {
        this.#write(key, value, weight === undefined ? undefined : { weight });
        this.#removals?.flush();
      },
      settled: () => undefined,
      report: () => {},
    };
  }

  #hit(slot: Slot): void {
    this.#stats.hits++;
    if (this.#recency !== undefined) this.#recency.access(slot);
    else this.#policy.access(slot);
  }

  #write(key: K, value: V, options: SetOptions | undefined): void {
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
    if (this.#store.weights !== undefined || options !== undefined) {
      this.#writeWeighed(key, value, this.#weightOf(key, value, options));
      return;
    }
    this.#loading?.fence(key);
    const slot = this.#index.find(key);
    if (slot !== 0) this.#replace(slot, key, value, 1);
    else if (this.#recency !== undefined && this.#store.size === this.#max)
      this.#recycle(key, value);
    else this.#insert(key, value, 1);
  }

  /**
   * Strict LRU names its victim without having seen the newcomer, which moves in. The caller
   * guarantees what it does for `#insert`.
   */
  #recycle(key: K, value: V): void {
    const store = this.#store;
    const slot = this.#recency!.recycle();
    this.#stats.inserts++;
    this.#stats.evictions++;
    this.#removals?.push(store.key(slot), store.value(slot), "evicted");
    this.#loading?.fence(store.key(slot));
    this.#index.remove(slot);
    store.put(slot, canonical(key), value);
    this.#index.add(slot);
  }

  #writeWeighed(key: K, value: V, weight: number): void {
    // The weigher may have done anything.
    if (this.#isDisposed) throw new CacheDisposedError("set entry");
    this.#loading?.fence(key);
    const slot = this.#index.find(key);
    if (weight > this.#maxEntryWeight) this.#reject(slot, key, value);
    else if (slot === 0) this.#insert(key, value, weight);
    else this.#replace(slot, key, value, weight);
  }

  #weightOf(key: K, value: V, options: SetOptions | undefined): number {
    if (options !== undefined) checkSetOptions(options);
    let weight = options?.weight;
    if (weight === undefined) {
      if (this.#weigh === undefined) return 1;
      weight = this.#weigh(value, key);
    } else if (this.#store.weights === undefined) {
      throw new TypeError(
        "Cannot set entry: weight is given to a cache without one, expected a cache with maxWeight",
      );
    }
    checkWeight(weight);
    return weight;
  }

  /** The caller guarantees that the last use of the index was a `find` of the key, which returned 0. */
  #insert(key: K, value: V, weight: number): void {
    const store = this.#store;
    this.#stats.inserts++;
    if (store.isFull) this.#grow();
    const slot = store.take();
    store.put(slot, canonical(key), value);
    this.#index.add(slot);
    if (store.weights !== undefined) {
      store.weights[slot] = weight;
      store.weight += weight;
    }
    if (this.#recency !== undefined) this.#recency.add(slot);
    else this.#policy.add(slot, this.#index.hashOf(slot));
    if (store.size > this.#max || store.weight > this.#maxWeight) this.#keepBounds(slot);
  }

  #replace(slot: Slot, key: K, value: V, weight: number): void {
    const store = this.#store;
    const old = store.value(slot);
    store.entries[2 * slot + 1] = value;
    this.#stats.updates++;
    if (this.#removals !== undefined && !Object.is(old, value)) {
      this.#removals.push(canonical(key), old, "replaced");
    }
    const oldWeight = store.weightOf(slot);
    if (store.weights !== undefined) {
      store.weights[slot] = weight;
      store.weight += weight - oldWeight;
    }
    if (this.#recency !== undefined) this.#recency.update(slot);
    else this.#policy.update(slot, oldWeight);
    if (store.weight > this.#maxWeight) this.#keepBounds(slot);
  }

  #grow(): void {
    this.#store.grow();
    this.#index.resize();
    this.#policy.grow(this.#store.length);
  }

  #reject(slot: Slot, key: K, value: V): void {
    if (slot !== 0) {
      const isSame = Object.is(this.#store.value(slot), value);
      this.#policy.remove(slot);
      this.#drop(slot, isSame ? undefined : "replaced");
      this.#giveBack();
    }
    this.#stats.rejections++;
    this.#removals?.push(canonical(key), value, "evicted");
  }

  /** Evicts until the bounds hold. `newcomer` is the slot just written: refused at once, or kept when another one left for it. */
  #keepBounds(newcomer: Slot): void {
    this.#evictDownTo(this.#max, this.#maxWeight, newcomer);
  }

  #evictDownTo(size: number, weight: number, newcomer: Slot): void {
    const store = this.#store;
    let spared = 0;
    while (store.size > size || store.weight > weight) {
      const slot = this.#policy.evict(spared);
      spared = newcomer;
      if (slot === newcomer) this.#stats.rejections++;
      else this.#countEviction(slot);
      this.#drop(slot, "evicted");
    }
    this.#giveBack();
  }

  #countEviction(slot: Slot): void {
    this.#stats.evictions++;
    this.#stats.excessWeight += this.#store.weightOf(slot) - 1;
  }

  /** Takes an entry out that the policy no longer tracks. */
  #drop(slot: Slot, cause: RemovalCause | undefined): void {
    const store = this.#store;
    if (this.#removals !== undefined && cause !== undefined) {
      this.#removals.push(store.key(slot), store.value(slot), cause);
    }
    if (cause !== "expired") this.#loading?.fence(store.key(slot));
    if (store.weights !== undefined) store.weight -= store.weights[slot]!;
    this.#index.remove(slot);
    store.release(slot);
  }

  /** Shrinks columns that are mostly empty. */
  #giveBack(): void {
    const store = this.#store;
    if (store.isSparse) {
      store.shrink((from, to) => this.#policy.move(from, to));
      this.#index.rebuild();
      this.#policy.grow(store.length);
    }
  }

  /** Runs an operation on several entries; listeners run at its end, also when it throws, and its error is the one thrown. */
  #inOneGo(operation: () => void): void {
    try {
      operation();
    } catch (error) {
      try {
        this.#giveBack();
        this.#removals?.flush();
      } catch {
        // The operation's error came first.
      }
      throw error;
    }
    this.#giveBack();
    this.#removals?.flush();
  }

  #orderedKeys(): K[] {
    const keys: K[] = [];
    for (let at = this.#policy.colder(0); at !== 0; at = this.#policy.colder(at)) {
      keys.push(this.#store.key(at));
    }
    return keys;
  }

  #refuseDisposed(action: string): void {
    if (this.#isDisposed) throw new CacheDisposedError(action);
  }
}

/** A key as a `Map` stores it: -0 is 0. */
function canonical<K>(key: K): K {
  return Object.is(key, -0) ? (0 as K) : key;
}
