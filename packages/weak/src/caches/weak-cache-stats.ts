import type { CacheStats } from "@heapwise/lru";

/** Counts since the cache was made or `resetStats` was called, and gauges of now. */
export interface WeakCacheStats {
  /** Calls of `get`, and of the operations that read through it, that found a value. */
  hits: number;
  /** Such calls that found none; a dead value is none. */
  misses: number;
  /** `hits / (hits + misses)`; 0 before the first. */
  hitRate: number;
  /** Hits that found a value behind the front, where it was held weakly. */
  revivals: number;
  /** Values that were found to be collected. */
  collections: number;
  /** Values that went behind the front, where they are held weakly. */
  demotions: number;
  /** Values that left the front and were let go of: the heap was short in a long job. */
  dropped: number;
  /** Values that left the front and can't be held weakly: primitives and registered symbols. */
  evictions: number;
  /** Entries that left because their time was over. */
  expirations: number;
  /** Calls of a loader. */
  loads: number;
  /** Those that threw or rejected. */
  loadFailures: number;
  /** Time that loads have taken, from the call of the loader to its result or failure, ms. */
  loadTimeMs: number;
  /** Misses that joined a load which another call had started. */
  coalesced: number;
  /** Keys that are being loaded now. */
  inFlight: number;
  /** Keys with a pin now. */
  pinned: number;
}

/** The counters of a weak cache beside those of its front. */
export class WeakStatsCounter {
  /** `get` without a front. */
  reads = 0;
  /** Hits behind the front. */
  revivals = 0;
  collections = 0;
  demotions = 0;
  dropped = 0;
  evictions = 0;
  expirations = 0;

  /** `front` counts a hit behind it as a miss. */
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
