import { LRUCache } from "lru-cache";
import type { LoadingAdapter } from "./adapter.ts";

/** The `fetch` of Isaac Schlueter's lru-cache, the baseline of all ratios. */
export const lruCache: LoadingAdapter = {
  name: "lru-cache",
  create(capacity, load) {
    const cache = new LRUCache<string, number>({ max: capacity, fetchMethod: load });
    return (key) => cache.fetch(key);
  },
};
