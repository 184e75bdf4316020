import { TTLCache } from "@isaacs/ttlcache";
import type { ExpiringAdapter } from "./adapter.ts";

/** Isaac Schlueter's ttlcache: keys by the millisecond of their deadline, and one timer. */
export const ttlcache: ExpiringAdapter = {
  name: "@isaacs/ttlcache",
  create: (max) => {
    const cache = new TTLCache<string, number>({ max, ttl: 60_000 });
    return {
      get size() {
        return cache.size;
      },
      set: (key, value, ttl) => void cache.set(key, value, { ttl }),
      delete: (key) => void cache.delete(key),
    };
  },
};
