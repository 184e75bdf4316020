import { LRUCache } from "@heapwise/lru";
import type { ExpiringAdapter } from "./adapter.ts";

/** Ours: a timing wheel, and one timer. */
export const heapwise: ExpiringAdapter = {
  name: "heapwise lru",
  create: (max) => {
    const cache = new LRUCache<string, number>({ max, ttl: 60_000 });
    return {
      get size() {
        return cache.size;
      },
      set: (key, value, ttl) => void cache.set(key, value, { ttl }),
      delete: (key) => void cache.delete(key),
    };
  },
};
