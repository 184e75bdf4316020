import type { CacheStats } from "@heapwise/lru";

/** Counts since the cache was created or `resetStats` was called, and two gauges of the present. */
export interface WeakCacheStats {
  /** Calls of `get`, and of operations that read through `get`, that found a value. */
  hits: number;
  /** Calls of the same operations that found no value, or a value that was collected. */
  misses: number;
  /** `hits / (hits + misses)`; 0 if there was no hit. */
  hitRate: number;
  /** Hits that found the value in the tail, which holds its values weakly. */
  revivals: number;
  /** Values that the cache found to be collected. */
  collections: number;
  /** Values that moved from the front to the tail. */
  demotions: number;
  /**
   * Values that left the front in soft mode without a move to the tail, because the heap was short
   * in a long job.
   */
  dropped: number;
  /** Values that left the front and cannot be held weakly: primitives and registered symbols. */
  evictions: number;
  /** Entries that expired. */
  expirations: number;
  /** Calls of a loader. */
  loads: number;
  /** Calls of a loader that threw or rejected. */
  loadFailures: number;
  /** Total time of all loads, from the call of the loader to its result or failure, in ms. */
  loadTimeMs: number;
  /** Misses that joined a load which another call had started. */
  coalesced: number;
  /** Keys that are being loaded now. */
  inFlight: number;
  /** Keys that have a pin now. */
  pinned: number;
}

/** The counters of a weak cache, in addition to the counters of its front. */
export class WeakStatsCounter {
  /** Reads of a cache without a front. */
  reads = 0;
  /** Hits in the tail. */
  revivals = 0;
  collections = 0;
  demotions = 0;
  dropped = 0;
  evictions = 0;
  expirations = 0;

  /** Adds up all counts. The front counts a hit in the tail as a miss. */
  snapshot(front: CacheStats, inFlight: number, pinned: number): WeakCacheStats {
    const { loads, loadFailures, loadTimeMs, coalesced } = front;
    const { reads, ...own } = this;
    const hits = front.hits + own.revivals;
    const misses = front.misses + reads - own.revivals;
    const hitRate = hits === 0 ? 0 : hits / (hits + misses);
    const counts = { hits, misses, hitRate, ...own };
    return { ...counts, loads, loadFailures, loadTimeMs, coalesced, inFlight, pinned };
  }
}
