import { LRUCache } from "@heapwise/lru";
import type { LoadingAdapter } from "./adapter.ts";

/** Our `getOrLoad` of a cache with only `loadMany`, which collects the calls of a turn. */
export const heapwiseBatches: LoadingAdapter = {
  name: "heapwise loadMany",
  create(capacity, _load, loadMany) {
    const cache = new LRUCache<string, number>({
      max: capacity,
      loadMany: async (keys) => {
        const values = await loadMany(keys);
        return keys.map((key, at) => [key, values[at]!] as const);
      },
    });
    return (key) => cache.getOrLoad(key);
  },
};
