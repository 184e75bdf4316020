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
  /** Values that have left the cache and are still on loan. A count of now, not since. */
  leased: number;
  /** Calls of a loader; one for many keys is one. */
  loads: number;
  /** Those that threw, rejected, or took longer than `hardTimeout`. */
  loadFailures: number;
  /** Time that loads have taken, from the call of the loader to its result or failure, ms. */
  loadTimeMs: number;
  /** Misses that joined a load which another call had started. */
  coalesced: number;
  /** Misses that were answered with a stale value all the same. */
  staleHits: number;
  /** Keys that are being loaded now. */
  inFlight: number;
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
  loads = 0;
  loadFailures = 0;
  loadTimeMs = 0;
  coalesced = 0;
  staleHits = 0;

  reset(): void {
    Object.assign(this, new StatsCounter());
  }

  /** The counts, with the gauges that the cache reads elsewhere. */
  snapshot(gauges: Pick<CacheStats, "leased" | "inFlight">): CacheStats {
    const { excessWeight, hits, misses, ...counts } = this;
    const hitRate = hits === 0 ? 0 : hits / (hits + misses);
    const evictedWeight = counts.evictions + excessWeight;
    return { hits, misses, hitRate, evictedWeight, ...counts, ...gauges };
  }
}
