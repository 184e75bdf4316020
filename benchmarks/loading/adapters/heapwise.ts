import { LRUCache } from "@heapwise/lru";
import type { LoadingAdapter } from "./adapter.ts";

/** Our `getOrLoad`. */
export const heapwise: LoadingAdapter = {
  name: "heapwise getOrLoad",
  create(capacity, load) {
    const cache = new LRUCache<string, number>({ max: capacity, load });
    return (key) => cache.getOrLoad(key);
  },
};
