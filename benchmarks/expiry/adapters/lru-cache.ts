import { LRUCache } from "lru-cache";
import type { ExpiringAdapter } from "./adapter.ts";

/** Isaac Schlueter's lru-cache with `ttlAutopurge`: a timer for each entry. */
export const lruCache: ExpiringAdapter = {
  name: "lru-cache ttlAutopurge",
  create: (max) => {
    const cache = new LRUCache<string, number>({ max, ttl: 60_000, ttlAutopurge: true });
    return {
      get size() {
        return cache.size;
      },
      set: (key, value, ttl) => void cache.set(key, value, { ttl }),
      delete: (key) => void cache.delete(key),
    };
  },
};
