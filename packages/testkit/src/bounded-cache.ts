/** Why a value was removed from a cache. */
export type RemovalCause = "evicted" | "expired" | "replaced" | "deleted";

/** The arguments of a removal listener: a removed value with its key and the cause. */
export type Removal<K, V> = readonly [key: K, value: V, cause: RemovalCause];

/**
 * The part of a bounded cache that each suite of this package relies on. The suites can test any
 * object with these members.
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

/** The further members that the model and its commands need: weights, upserts, bulk and tuning. */
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

/**
 * The facts of an entry that a cache returns. Times are ms, and absent if the cache keeps no times.
 */
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
