import type { LoadSignal } from "./abort-signal.ts";
import type { CycleDetector } from "./cycle-detector.ts";
import type { Failed } from "./failed.ts";

/** What a loader is told, and what it may tell of the entry that it makes. */
export interface LoadContext<Stale> {
  /** Aborts when nobody waits for the load any more, after `hardTimeout`, and when the cache is disposed of. */
  readonly signal: LoadSignal;
  /**
   * What is in the cache and is to be replaced, live or stale; undefined if there is nothing. It is
   * not disposed of before the load ends, which may give it back as the value.
   */
  readonly stale: Stale;
  /** Set it to give the loaded entry another `ttl`, ms, than the cache's. With 0 the value is delivered, and not stored. */
  ttl: number | undefined;
  /** Set it to give the loaded entry this weight instead of what `weigh` returns. */
  weight: number | undefined;
  /** Set it to give the loaded entry these tags. If one of them was deleted during the load, the value is not stored. */
  tags: (Iterable<string> & object) | undefined;
  /** Set it to give the loaded entry another `refreshAfter`, ms, than the cache's. */
  refreshAfter: number | undefined;
}

/** Makes the value of a key. A value of undefined says that there is none. */
export type Loader<K, V> = (key: K, context: LoadContext<V | undefined>) => V | PromiseLike<V>;

/**
 * Makes the values of several keys in one call: a `Map`, or other entries. A key that is left out has
 * no value, `failed(error)` says that a key failed, and a key that was not asked for is passed over;
 * an answer of such keys alone is a TypeError. `ttl`, `weight` and the like are those of each entry.
 */
export type BulkLoader<K, V> = (
  keys: readonly K[],
  context: LoadContext<ReadonlyMap<K, V>>,
) => Iterable<readonly [K, V | Failed]> | PromiseLike<Iterable<readonly [K, V | Failed]>>;

/** For which failures a stale entry stands in. */
export interface StaleIfError<K> {
  /** How long after its expiry an entry is kept for that, ms. */
  readonly ms: number;
  /** Whether the entry stands in for this failure. What it throws rejects the callers. */
  readonly when: (error: unknown, key: K) => boolean;
}

/** How single calls of one turn are loaded together. */
export interface BatchOptions {
  /** Most keys of one call of `loadMany`. No limit by default. */
  readonly maxSize?: number | undefined;
  /** How long calls are collected, ms. By default until the microtasks of the turn have run. */
  readonly delay?: number | undefined;
}

/** How a cache loads what it does not hold. All times are in milliseconds. */
export interface LoadingOptions<K, V> {
  /** Loads a key for `getOrLoad` and `refresh`. */
  load?: Loader<K, V> | undefined;
  /** Loads several keys in one call for `getOrLoadMany`, and for the `getOrLoad`s of one turn if `load` is not given. */
  loadMany?: BulkLoader<K, V> | undefined;
  /** How `getOrLoad`s are collected into one call of `loadMany`, in a cache without `load`; false to call it for each at once. */
  batch?: false | BatchOptions | undefined;
  /** Whether a load is finished, and its value kept, when its callers have all left. False by default. */
  finishLoads?: boolean | undefined;
  /** From this time after the write on, `getOrLoad` loads an entry again in the background, and goes on with what is there. */
  refreshAfter?: number | undefined;
  /**
   * How long a failed load, or one that yields undefined, is remembered, ms from its end: for all, or
   * for each error (undefined for a load without a value). Not at all by default.
   */
  negativeTtl?: number | ((error: unknown, key: K) => number) | undefined;
  /** How long after its expiry `getOrLoad` still goes on with an entry, and loads it in the background. */
  staleWhileRevalidate?: number | undefined;
  /** How long after its expiry an entry stands in for a load that fails, ms: for every failure, or for those that `when` says. */
  staleIfError?: number | StaleIfError<K> | undefined;
  /** How long `getOrLoad` waits for a load when a stale entry could stand in; the load goes on in the background. */
  softTimeout?: number | undefined;
  /** How long a load may take. After it the load is aborted and fails with a `LoadTimeoutError`. */
  hardTimeout?: number | undefined;
  /** Most loads in the background at a time, 100 by default. A refresh above it is left to the next call. */
  maxRefreshes?: number | undefined;
  /** Finds loads that wait for one another: `detectLoadCycles()` of `@heapwise/lru/load-cycles` (Node). */
  loadCycles?: CycleDetector | undefined;
}

/** Choices for one call of `getOrLoad` or `getOrLoadMany`. */
export interface LoadOptions {
  /** Its abort rejects this call with its reason, and aborts the load when no other call waits for it. */
  signal?: LoadSignal | undefined;
}
