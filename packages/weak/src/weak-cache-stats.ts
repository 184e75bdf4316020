/** Counts since the cache was made or `resetStats` was called. */
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

  /** `front` counts a hit behind it as a miss. */
  snapshot(front: { readonly hits: number; readonly misses: number } | undefined): WeakCacheStats {
    const { reads, revivals, collections, demotions, dropped, evictions } = this;
    const hits = (front?.hits ?? 0) + revivals;
    const misses = (front?.misses ?? reads) - revivals;
    const hitRate = hits === 0 ? 0 : hits / (hits + misses);
    return { hits, misses, hitRate, revivals, collections, demotions, dropped, evictions };
  }
}
