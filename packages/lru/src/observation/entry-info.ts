import type { EntryTimes } from "../expiry/expiry.ts";

/**
 * The weight and the times of one entry, as `info` returns them.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const cache = new LRUCache<string, string>({ maxWeight: 100, weigh: (text) => text.length });
 * cache.set("a", "hello");
 * cache.info("a"); // => { weight: 5 }
 * cache.info("b"); // => undefined
 * ```
 */
export interface EntryInfo extends EntryTimes {
  /**
   * The weight that counts against `maxWeight`. In a cache without `maxWeight`, the bytes that
   * count against `maxBytes`; in a cache without both, 1.
   */
  weight: number;
}
