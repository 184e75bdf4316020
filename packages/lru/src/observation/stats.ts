/** Counts since the cache was made or `resetStats` was called. */
export interface CoreStats {
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
  /** Newcomers that were refused: too heavy, or not admitted by the policy. */
  rejections: number;
}

/** Counts since the cache was made or `resetStats` was called, and gauges of now. */
export interface CacheStats extends CoreStats {
  /** Entries that left because their time was over. */
  expirations: number;
  /**
   * Entries that have expired and are in their stale window, which `size` leaves out. A count of
   * now, not since.
   */
  stale: number;
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
  /**
   * Entries stored now whose size has no upper bound, since a part of them is out of sight: proxies,
   * private fields, closures, wasm and the like. 0 without `maxBytes`, and with `bytesOf`.
   */
  opaque: number;
}

/** The counters behind `CoreStats`. */
export class CoreCounter {
  hits = 0;
  misses = 0;
  inserts = 0;
  updates = 0;
  evictions = 0;
  /** Evicted weight beyond 1 for each eviction: nothing to count where every entry weighs 1. */
  extraWeight = 0;
  rejections = 0;

  reset(): void {
    for (const name in this) (this as unknown as Record<string, number>)[name] = 0;
  }

  /** The counts, those of a subclass too. */
  snapshot(): CoreStats & Omit<this, keyof CoreCounter> {
    const { hits, misses, extraWeight, ...counts } = this as CoreCounter;
    const hitRate = hits === 0 ? 0 : hits / (hits + misses);
    const evictedWeight = counts.evictions + extraWeight;
    const stats: CoreStats = { hits, misses, hitRate, evictedWeight, ...counts };
    return stats as CoreStats & Omit<this, keyof CoreCounter>;
  }
}

/** The counters behind `CacheStats`. */
export class StatsCounter extends CoreCounter {
  expirations = 0;
  loads = 0;
  loadFailures = 0;
  loadTimeMs = 0;
  coalesced = 0;
  staleHits = 0;
}
