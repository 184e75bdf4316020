/** Counts since the cache was made or `resetStats` was called. */
export interface CacheStats {
  /** Calls of `get`, and of the operations that read through it, that found an entry. */
  hits: number;
  /** Such calls that found none. */
  misses: number;
  /** `hits / (hits + misses)`; 0 before the first. */
  hitRate: number;
  /** Entries that were added. */
  inserts: number;
  /** Values that were written under a key that was there. */
  updates: number;
  /** Entries that left because of a bound, newcomers that were refused not among them. */
  evictions: number;
  /** Sum of their weights. */
  evictedWeight: number;
  /** Entries that left because their time was over. */
  expirations: number;
  /** Newcomers that were refused: too heavy, or not admitted by the policy. */
  rejections: number;
}

/** The counters behind `CacheStats`. */
export class StatsCounter {
  hits = 0;
  misses = 0;
  inserts = 0;
  updates = 0;
  evictions = 0;
  /** Evicted weight beyond 1 for each eviction: nothing to count where every entry weighs 1. */
  excessWeight = 0;
  expirations = 0;
  rejections = 0;

  snapshot(): CacheStats {
    const { hits, misses, inserts, updates, evictions, expirations, rejections } = this;
    const hitRate = hits === 0 ? 0 : hits / (hits + misses);
    const evictedWeight = evictions + this.excessWeight;
    return {
      hits,
      misses,
      hitRate,
      inserts,
      updates,
      evictions,
      evictedWeight,
      expirations,
      rejections,
    };
  }
}
