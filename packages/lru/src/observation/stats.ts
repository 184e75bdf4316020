/**
 * The counts of a core cache since its creation or the last `resetStats()`.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru/core";
 *
 * const cache = new LRUCache<string, number>({ max: 1 });
 * cache.set("a", 1).set("b", 2);
 * cache.get("a");
 * cache.get("b");
 * const { hits, misses, hitRate, evictions } = cache.stats();
 * [hits, misses, hitRate, evictions]; // => [1, 1, 0.5, 1]
 * ```
 */
export interface CoreStats {
  /** Calls of `get`, and of the operations that count as `get`, that found an entry. */
  hits: number;
  /** Such calls that found no entry. */
  misses: number;
  /** `hits / (hits + misses)`, from 0 to 1; 0 before the first hit. */
  hitRate: number;
  /** Entries that were added. */
  inserts: number;
  /** Values that were written under a key that had an entry. */
  updates: number;
  /** Entries that were removed because of a bound. Rejected newcomers do not count. */
  evictions: number;
  /** The sum of the weights of the evicted entries. */
  evictedWeight: number;
  /** Newcomers that were not stored: too heavy, or not admitted by the policy. */
  rejections: number;
}

/**
 * The counts of a cache since its creation or the last `resetStats()`, and a few values of the
 * moment, as `stats()` returns them.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const users = new LRUCache<number, string>({ max: 100, load: async (id) => `user ${id}` });
 * await Promise.all([users.getOrLoad(1), users.getOrLoad(1)]);
 * const { misses, loads, coalesced, inFlight } = users.stats();
 * [misses, loads, coalesced, inFlight]; // => [2, 1, 1, 0]
 * ```
 */
export interface CacheStats extends CoreStats {
  /** Entries that were removed because their time was over. */
  expirations: number;
  /**
   * Entries that have expired and are still kept for `staleWhileRevalidate` or `staleIfError`, at
   * this moment. `size` does not count them.
   */
  stale: number;
  /** Values that were removed and are still on loan, at this moment. */
  leased: number;
  /** Calls of a loader. A call for several keys counts as one. */
  loads: number;
  /** Loads that threw, rejected, or took longer than `hardTimeout`. */
  loadFailures: number;
  /** The sum of the durations of loads, from the call of the loader to its end, ms. */
  loadTimeMs: number;
  /** Misses that joined a load that another call had started. */
  coalesced: number;
  /** Misses that were answered with a stale value. */
  staleHits: number;
  /** Keys that are being loaded at this moment. */
  inFlight: number;
  /**
   * Entries at this moment whose size has no upper bound, because a part of them is out of sight:
   * proxies, private fields, closures, wasm and the like. 0 without `maxBytes`, and with `bytesOf`.
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
  /** The evicted weight minus 1 for each eviction: nothing to count if each entry weighs 1. */
  extraWeight = 0;
  rejections = 0;

  reset(): void {
    for (const name in this) (this as unknown as Record<string, number>)[name] = 0;
  }

  /** A copy of the counts, including the counts of a subclass. */
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
