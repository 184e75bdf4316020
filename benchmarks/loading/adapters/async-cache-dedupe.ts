import { createCache } from "async-cache-dedupe";
import type { LoadingAdapter } from "./adapter.ts";

/**
 * Matteo Collina's async-cache-dedupe, with its storage in memory. Its times to live are in
 * seconds.
 */
export const asyncCacheDedupe: LoadingAdapter = {
  name: "async-cache-dedupe",
  create(capacity, load) {
    const cache = createCache({
      ttl: 3600,
      storage: { type: "memory", options: { size: capacity } },
    }).define("load", load);
    return (key) => cache.load(key);
  },
};
