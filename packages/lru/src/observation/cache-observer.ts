import type { RemovalCause } from "../removal.ts";
import type { CacheStats } from "../stats.ts";

/** What an observer may read of a cache. */
export interface ObservedCache {
  readonly size: number;
  readonly weight: number;
  stats(): CacheStats;
}

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
 * Hears what happens in a cache, for metrics and traces; an option of the cache. Its methods run when
 * the cache is consistent. What they throw is treated as the error of a listener.
 */
export interface CacheObserver {
  /** Called once, when the cache is made. */
  watch?(cache: ObservedCache): void;
  /** The counts begin anew; these are what they were. */
  reset?(stats: CacheStats): void;
  /** A value has left. A cache with such an observer keeps account of removals as for `onRemoval`. */
  removed?(key: unknown, cause: RemovalCause): void;
  /** A loader is about to be called. */
  loadStarted?(load: LoadReport): void;
  /** A load has ended. */
  loadEnded?(load: LoadReport): void;
}
