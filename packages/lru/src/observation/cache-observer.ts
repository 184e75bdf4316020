import type { RemovalCause } from "../removal/removal-queue.ts";
import type { CacheStats } from "./stats.ts";

/** The members of a cache that an observer may read. */
export interface ObservedCache {
  /** Number of entries. Reading it removes expired entries, and may call listeners. */
  readonly size: number;
  /**
   * Sum of the weights of the entries. Reading it removes expired entries, and may call listeners.
   */
  readonly weight: number;
  /** The counts of the cache. */
  stats(): CacheStats;
}

/**
 * The running counts of a cache, with the names of `stats()`. They go on changing with the cache,
 * and do not keep the cache alive.
 */
export type ObservedCounts = Readonly<
  Pick<
    CacheStats,
    | "hits"
    | "misses"
    | "inserts"
    | "updates"
    | "evictions"
    | "rejections"
    | "expirations"
    | "loads"
    | "loadFailures"
    | "loadTimeMs"
    | "coalesced"
    | "staleHits"
  >
>;

/** The report of one call of a loader. Its start and its end are reported with the same object. */
export interface LoadReport {
  /** The keys of the load: one, or several in a bulk load. */
  readonly keys: readonly unknown[];
  /** Whether the cache itself started the load, to refresh an entry. */
  readonly isRefresh: boolean;
  /**
   * How the load ended; undefined before its end. `abandoned` if no caller waited for it any more,
   * or if the cache was disposed of.
   */
  readonly outcome: "loaded" | "failed" | "abandoned" | undefined;
  /** The duration of the load, ms; 0 before its end. */
  readonly durationMs: number;
  /** The error of a failed load, or the reason of an abandoned load; undefined otherwise. */
  readonly error: unknown;
}

/**
 * Methods that a cache calls for its events, for metrics and traces; given by the option
 * `observers`. All methods are optional.
 *
 * They are called when the cache is consistent, in the order of the events. If a method throws, the
 * other methods are still called, and then the operation throws the first error. An error of
 * `loadStarted` or `loadEnded` goes to `onError`, or is reported as uncaught. Keys are given as
 * they are stored: -0 is 0.
 *
 * `hit`, `miss`, `inserted` and `rejected` are called exactly as often as `stats()` counts `hits`,
 * `misses`, `inserts` and `rejections`; `LRUCache.from` counts nothing. Only a cache that has an
 * observer with one of these four pays for them. Events that an observer causes are events too: a
 * `hit` that calls `get` never ends. `peek` and `has` cause no event.
 *
 * @example
 * ```ts
 * import { LRUCache, type CacheObserver } from "@heapwise/lru";
 *
 * const events: string[] = [];
 * const observer: CacheObserver = {
 *   miss: (key) => events.push(`miss ${key}`),
 *   removed: (key, cause) => events.push(`${cause} ${key}`),
 * };
 * const cache = new LRUCache<string, number>({ max: 1, observers: [observer] });
 * cache.set("a", 1).set("b", 2);
 * cache.get("a");
 * events; // => ["evicted a", "miss a"]
 * ```
 */
export interface CacheObserver {
  /**
   * Called once, when the cache is created. `counts` does not keep the cache alive. `report` gives
   * an error to `onError`, or reports it as uncaught; it may keep the cache alive.
   */
  watch?(cache: ObservedCache, counts: ObservedCounts, report: (error: unknown) => void): void;
  /** Called by `resetStats()` with the counts so far. The counts start from 0 again. */
  reset?(stats: CacheStats): void;
  /** Called if a key was read and found. A value that comes from a load is not a hit. */
  hit?(key: unknown): void;
  /** Called if a key was read and not found, whether or not it is loaded then. */
  miss?(key: unknown): void;
  /** Called if an entry was added. If it is evicted at once, `rejected` or `removed` follows. */
  inserted?(key: unknown, value: unknown): void;
  /** Called if a newcomer was not stored: too heavy, or not admitted. `removed` follows. */
  rejected?(key: unknown, value: unknown): void;
  /** Called for each value that was removed. Costs the cache as much as `onRemoval`. */
  removed?(key: unknown, cause: RemovalCause): void;
  /** Called before the call of a loader. */
  loadStarted?(load: LoadReport): void;
  /** Called after the end of a load. */
  loadEnded?(load: LoadReport): void;
}
