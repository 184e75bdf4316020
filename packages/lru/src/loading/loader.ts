import type { LoadSignal } from "./abort-signal.ts";
import type { CycleDetector } from "./cycle-detector.ts";
import type { Failed } from "./failed.ts";

/**
 * The second argument of a loader: the state of the load to read, and the options that it
 * may set for the entries that it makes.
 *
 * @example Keep each token for as long as the server says
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const tokens = new LRUCache<string, string>({
 *   max: 100,
 *   load: async (user, context) => {
 *     context.ttl = 60_000;
 *     return `token of ${user}`;
 *   },
 * });
 * await tokens.getOrLoad("ann"); // => "token of ann"
 * tokens.info("ann")!.expiresIn! <= 60_000; // => true
 * ```
 */
export interface LoadContext<Stale> {
  /**
   * Aborts if no caller waits for the load any more, after `hardTimeout`, and if the cache is
   * disposed of. Pass it on to whatever the loader waits for.
   */
  readonly signal: LoadSignal;
  /**
   * The value that the load replaces, live or stale; undefined if there is no such value. For a
   * `BulkLoader`, a Map of these values by key. The value is not disposed of before the load ends,
   * and the loader may return it again.
   */
  readonly stale: Stale;
  /**
   * Set it to give the loaded entry a time to live of its own, ms. If it is 0, the callers get the
   * value, and the value is not stored. By default the `ttl` of the cache.
   */
  ttl: number | undefined;
  /** Set it to give the loaded entry this weight. By default the result of `weigh`. */
  weight: number | undefined;
  /**
   * Set it to give the loaded entry these tags. If one of the tags was deleted during the load, the
   * value is not stored. By default none.
   */
  tags: (Iterable<string> & object) | undefined;
  /**
   * Set it to give the loaded entry a `refreshAfter` of its own, ms. By default the option of the
   * cache.
   */
  refreshAfter: number | undefined;
}

/**
 * Makes the value of a key: the option `load`, and an argument of `getOrLoad`. It returns the value
 * or a promise of it; undefined says that the key has no value, and removes an existing entry. An
 * error that it throws rejects all callers, unless a stale entry stands in.
 *
 * @example
 * ```ts
 * import { LRUCache, type Loader } from "@heapwise/lru";
 *
 * const square: Loader<number, number> = async (n, { signal }) => {
 *   signal.throwIfAborted();
 *   return n * n;
 * };
 * const squares = new LRUCache<number, number>({ max: 100, load: square });
 * await squares.getOrLoad(3); // => 9
 * ```
 */
export type Loader<K, V> = (key: K, context: LoadContext<V | undefined>) => V | PromiseLike<V>;

/**
 * Makes the values of several keys in one call: the option `loadMany`, and an argument of
 * `getOrLoadMany`. It returns a Map or another iterable of entries, or a promise of it.
 *
 * A key that is omitted has no value. `failed(error)` in place of a value says that this key
 * failed. A key that was not asked for is ignored; if there are only such keys, the load fails with
 * a TypeError. `ttl`, `weight`, `tags` and `refreshAfter` of the context apply to each entry.
 *
 * @example
 * ```ts
 * import { LRUCache, type BulkLoader } from "@heapwise/lru";
 *
 * const names: BulkLoader<number, string> = async (ids) =>
 *   new Map(ids.map((id) => [id, `user ${id}`]));
 * const users = new LRUCache<number, string>({ max: 100, loadMany: names });
 * await users.getOrLoadMany([1, 2]); // => new Map([[1, "user 1"], [2, "user 2"]])
 * ```
 */
export type BulkLoader<K, V> = (
  keys: readonly K[],
  context: LoadContext<ReadonlyMap<K, V>>,
) => Iterable<readonly [K, V | Failed]> | PromiseLike<Iterable<readonly [K, V | Failed]>>;

/**
 * The option `staleIfError` in its long form: for which failures of a load a stale entry stands in.
 *
 * @example Serve an old page if the server fails, but not if it refuses
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * let time = 0;
 * let status = 200;
 * const pages = new LRUCache<string, string>({
 *   max: 100,
 *   ttl: 1000,
 *   clock: { now: () => time },
 *   staleIfError: { ms: 60_000, when: (error) => (error as { status: number }).status >= 500 },
 *   load: (path) => {
 *     if (status !== 200) throw Object.assign(new Error(`status ${status}`), { status });
 *     return `page ${path}`;
 *   },
 * });
 * await pages.getOrLoad("/");
 * time = 2000;
 * status = 503;
 * await pages.getOrLoad("/"); // => "page /"
 * status = 403;
 * await pages.getOrLoad("/"); // => throws Error
 * ```
 */
export interface StaleIfError<K> {
  /** How long after its expiry an entry is kept to stand in, ms. */
  readonly ms: number;
  /**
   * Whether the entry stands in for this failure. An error that this function throws rejects the
   * callers.
   */
  readonly when: (error: unknown, key: K) => boolean;
}

/**
 * The option `batch`: how single calls of `getOrLoad` are collected into one call of `loadMany`.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const calls: number[][] = [];
 * const users = new LRUCache<number, string>({
 *   max: 100,
 *   batch: { maxSize: 2 },
 *   loadMany: async (ids) => {
 *     calls.push([...ids]);
 *     return ids.map((id) => [id, `user ${id}`] as const);
 *   },
 * });
 * await Promise.all([1, 2, 3].map((id) => users.getOrLoad(id)));
 * calls; // => [[1, 2], [3]]
 * ```
 */
export interface BatchOptions {
  /** The most keys of one call of `loadMany`, an integer from 1. No limit by default. */
  readonly maxSize?: number | undefined;
  /** How long calls are collected, ms. By default until the microtasks of the turn have run. */
  readonly delay?: number | undefined;
}

/**
 * The options of a cache that say how it loads missing values. All times are in milliseconds.
 *
 * @example Answer from the cache while a new value is loaded
 * ```ts
 * import { LRUCache, type LoadingOptions } from "@heapwise/lru";
 *
 * const loading: LoadingOptions<string, string> = {
 *   load: async (path) => `page ${path}`,
 *   staleWhileRevalidate: 30_000,
 *   hardTimeout: 5000,
 * };
 * const pages = new LRUCache<string, string>({ max: 100, ttl: 1000, ...loading });
 * await pages.getOrLoad("/"); // => "page /"
 * ```
 */
export interface LoadingOptions<K, V> {
  /** Loads the value of a key for `getOrLoad`, `acquireOrLoad` and `refresh`. */
  load?: Loader<K, V> | undefined;
  /**
   * Loads the values of several keys in one call for `getOrLoadMany` and `acquireOrLoadMany`. In a
   * cache without `load`, also for the calls of `getOrLoad` of one turn.
   */
  loadMany?: BulkLoader<K, V> | undefined;
  /**
   * How calls of `getOrLoad` are collected into one call of `loadMany`, in a cache without `load`;
   * false to call `loadMany` at once for each key. By default all calls of one turn are collected.
   */
  batch?: false | BatchOptions | undefined;
  /**
   * True if a load is finished, and its value stored, even if all its callers have left. By default
   * false: such a load is aborted.
   */
  finishLoads?: boolean | undefined;
  /**
   * The age from which `getOrLoad` loads an entry again in the background, ms, while it returns the
   * existing value. Never by default.
   */
  refreshAfter?: number | undefined;
  /**
   * How long a failed load, or a load without a value, is remembered, ms from its end. Calls in
   * this time get the same answer without a load. A function decides for each error, which is
   * undefined for a load without a value. 0 by default. Up to 1000 failures are remembered.
   */
  negativeTtl?: number | ((error: unknown, key: K) => number) | undefined;
  /**
   * How long after its expiry `getOrLoad` still returns an entry, ms, and loads it again in the
   * background. 0 by default.
   */
  staleWhileRevalidate?: number | undefined;
  /**
   * How long after its expiry an entry stands in for a load that fails, ms; an object says for
   * which failures. 0 by default.
   */
  staleIfError?: number | StaleIfError<K> | undefined;
  /**
   * How long `getOrLoad` waits for a load if a stale entry could stand in, ms. Then the stale value
   * is returned, and the load goes on in the background. No limit by default. Needs `staleIfError`
   * or `staleWhileRevalidate`.
   */
  softTimeout?: number | undefined;
  /**
   * How long a load may take, ms. Then the load is aborted, and fails with a `LoadTimeoutError`. No
   * limit by default.
   */
  hardTimeout?: number | undefined;
  /**
   * The most loads in the background at a time, 100 by default. A refresh above this limit is left
   * to a later call.
   */
  maxRefreshes?: number | undefined;
  /**
   * Finds loads that wait for one another: `detectLoadCycles()` of `@heapwise/lru/load-cycles`, for
   * Node and other hosts with `AsyncLocalStorage`. By default the cache finds only a loader that
   * asks for its own key before its first `await`.
   */
  loadCycles?: CycleDetector | undefined;
}

/**
 * The options of one call of `getOrLoad`, `getOrLoadMany`, `acquireOrLoad` or `acquireOrLoadMany`.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const slow = new LRUCache<string, string>({ max: 100, load: () => new Promise(() => {}) });
 * const controller = new AbortController();
 * const page = slow.getOrLoad("a", undefined, { signal: controller.signal });
 * controller.abort();
 * await page; // => throws AbortError
 * ```
 */
export interface LoadOptions {
  /**
   * If it aborts, this call rejects with the reason of the signal, and the load is aborted if no
   * other call waits for it. No signal by default.
   */
  signal?: LoadSignal | undefined;
}
