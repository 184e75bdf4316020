/** Why a value left a cache. */
export type RemovalCause = "evicted" | "expired" | "replaced" | "deleted";

/** A value that left, as a removal listener hears of it. */
export type Removal<K, V> = readonly [key: K, value: V, cause: RemovalCause];

/**
 * The part of a bounded cache that every suite of this package relies on. The shape is structural:
 * whatever has these members can be tested.
 */
export interface BoundedCache<K, V> {
  readonly size: number;
  get(key: K): V | undefined;
  peek(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): unknown;
  delete(key: K): boolean;
  clear(): void;
  keys(): Iterable<K>;
  values(): Iterable<V>;
  entries(): Iterable<[K, V]>;
  [Symbol.iterator](): Iterator<[K, V]>;
  forEach(visit: (value: V, key: K) => void): void;
}

/** What the model and its commands need beyond a bounded cache: weights, upserts, bulk and tuning. */
export interface FullCache<K, V> extends BoundedCache<K, V> {
  readonly weight: number;
  evict(): [K, V] | undefined;
  getOrInsert(key: K, value: V): V;
  getOrInsertComputed(key: K, compute: (key: K) => V): V;
  update(key: K, change: (old: V | undefined) => V | symbol): unknown;
  getMany(keys: Iterable<K>): Map<K, V>;
  set(key: K, value: V, options?: { readonly ttl?: number }): unknown;
  setMany(entries: Iterable<readonly [K, V]>): unknown;
  deleteMany(keys: Iterable<K>): number;
  deleteWhere(matches: (value: V, key: K) => boolean): number;
  resize(bounds: { max?: number; maxWeight?: number }): unknown;
  hottest(n: number): [K, V][];
  coldest(n: number): [K, V][];
  info(key: K): EntryFacts | undefined;
  expireNow?(): number;
  stats(): CacheCounts;
}

/** What a cache tells of an entry. Times are ms, and there only where the cache keeps them. */
export interface EntryFacts {
  readonly weight: number;
  readonly age?: number;
  readonly idle?: number;
  readonly expiresIn?: number;
}

/** The counters of a cache that a model can predict. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly inserts: number;
  readonly updates: number;
  readonly evictions: number;
  readonly rejections: number;
  readonly expirations?: number;
}
