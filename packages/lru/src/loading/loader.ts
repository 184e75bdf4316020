import type { LoadSignal } from "./abort-signal.ts";
import type { CycleDetector } from "./cycle-detector.ts";

/** What a loader is told, and what it may tell of the entry that it makes. */
export interface LoadContext<Stale> {
  /** Aborts when nobody waits for the load any more, after `hardTimeout`, and when the cache is disposed of. */
  readonly signal: LoadSignal;
  /** What is in the cache and is to be replaced, live or stale; undefined where there is nothing. */
  readonly stale: Stale;
  /** Set it to give the loaded entry another `ttl`, ms, than the cache's. */
  ttl: number | undefined;
  /** Set it to give the loaded entry this weight instead of what `weigh` returns. */
  weight: number | undefined;
}

/** Makes the value of a key. A value of undefined says that there is none. */
export type Loader<K, V> = (key: K, context: LoadContext<V | undefined>) => V | PromiseLike<V>;

/**
 * Makes the values of several keys in one call: a `Map`, or other entries. A key that is left out has
 * no value, and one that was not asked for is passed over. `ttl` and `weight` are those of each entry.
 */
export type BulkLoader<K, V> = (
  keys: readonly K[],
  context: LoadContext<ReadonlyMap<K, V>>,
) => Iterable<readonly [K, V]> | PromiseLike<Iterable<readonly [K, V]>>;

/** How a cache loads what it does not hold. All times are in milliseconds. */
export interface LoadingOptions<K, V> {
  /** Loads a key for `getOrLoad` and `refresh`. */
  load?: Loader<K, V> | undefined;
  /** Loads several keys in one call for `getOrLoadMany`, and single ones where `load` is not given. */
  loadMany?: BulkLoader<K, V> | undefined;
  /** From this time after the write on, `getOrLoad` loads an entry again in the background, and goes on with what is there. */
  refreshAfter?: number | undefined;
  /** How long a failed load, or one that yields undefined, is remembered, from its end. Not at all by default. */
  negativeTtl?: number | undefined;
  /** How long after its expiry `getOrLoad` still goes on with an entry, and loads it in the background. */
  staleWhileRevalidate?: number | undefined;
  /** How long after its expiry an entry stands in for a load that fails. */
  staleIfError?: number | undefined;
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
