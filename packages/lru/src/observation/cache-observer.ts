import type { RemovalCause } from "../removal/removal-queue.ts";
import type { CacheStats } from "./stats.ts";

/** What an observer may read of a cache. */
export interface ObservedCache {
  readonly size: number;
  readonly weight: number;
  stats(): CacheStats;
}

/** The running counts of a cache, as `stats()` names them. They hold nothing of the cache, and outlive it. */
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

/** One call of a loader. The same object when it starts and when it ends. */
export interface LoadReport {
  /** The keys that are loaded: one, or those of a bulk load. */
  readonly keys: readonly unknown[];
  /** Whether the cache started it by itself, to refresh what it holds. */
  readonly isRefresh: boolean;
  /** How it ended, undefined until then. `abandoned`: nobody waited for it any more, or the cache was disposed of. */
  readonly outcome: "loaded" | "failed" | "abandoned" | undefined;
  /** Time that it took, ms. */
  readonly durationMs: number;
  /** Why it failed. */
  readonly error: unknown;
}

/**
 * Is told what happens in a cache, for metrics and traces; an option of the cache. Its methods run
 * when the cache is consistent, in the order in which things happened. What they throw is treated as
 * the error of a listener: all others are called, and the operation throws the first error; that of a
 * load goes to `onError`, or is reported as uncaught. Keys are as they are stored: -0 is 0.
 *
 * `hit`, `miss`, `inserted` and `rejected` are called exactly as often as `stats()` counts `hits`,
 * `misses`, `inserts` and `rejections`; `LRUCache.from` counts nothing. Only a cache that has an
 * observer with one of them pays for them. What an observer itself causes is told as well, so that a
 * `hit` which reads with `get` never ends: `peek` and `has` are not counted.
 */
export interface CacheObserver {
  /**
   * Called once, when the cache is made. `counts` do not hold the cache. `report` hands an error to
   * `onError`, or reports it as uncaught; it may hold the cache.
   */
  watch?(cache: ObservedCache, counts: ObservedCounts, report: (error: unknown) => void): void;
  /** The counts start from 0 again; these are what they were. */
  reset?(stats: CacheStats): void;
  /** A key was asked for and found. Not for what a load answers. */
  hit?(key: unknown): void;
  /** A key was asked for and not found, whether or not it is loaded then. */
  miss?(key: unknown): void;
  /** An entry was added. If it is evicted at once, `rejected` or `removed` follows. */
  inserted?(key: unknown, value: unknown): void;
  /** A newcomer was refused: too heavy, or not admitted by the policy. `removed` follows. */
  rejected?(key: unknown, value: unknown): void;
  /** A value has left. A cache with such an observer keeps account of removals as for `onRemoval`. */
  removed?(key: unknown, cause: RemovalCause): void;
  /** A loader is about to be called. */
  loadStarted?(load: LoadReport): void;
  /** A load has ended. */
  loadEnded?(load: LoadReport): void;
}
