import { asyncCacheDedupe } from "./async-cache-dedupe.ts";
import { bentocache } from "./bentocache.ts";
import { dataloader } from "./dataloader.ts";
import { heapwiseBatches } from "./heapwise-batches.ts";
import { heapwiseMemoize } from "./heapwise-memoize.ts";
import { heapwise } from "./heapwise.ts";
import { lruCache } from "./lru-cache.ts";
import { pMemoizeOverQuickLru } from "./p-memoize.ts";
import { promises } from "./promises.ts";
import type { LoadingAdapter } from "./adapter.ts";

/**
 * The keys of the callers: many callers for the same missing key, each caller its own missing key,
 * or stored keys. `batched` has missing keys and a loader of many keys.
 */
export type LoadingWorkload = "coalesced" | "missed" | "hit" | "batched";

/**
 * Ratios are relative to the first arm. The second is the same arm again, which shows the noise.
 */
const FETCHERS = [
  lruCache,
  lruCache,
  heapwise,
  heapwiseMemoize,
  asyncCacheDedupe,
  pMemoizeOverQuickLru,
  bentocache,
  promises,
];

/** The caches of each workload. */
export const LOADING_CACHES: Readonly<Record<LoadingWorkload, readonly LoadingAdapter[]>> = {
  coalesced: FETCHERS,
  missed: FETCHERS,
  hit: FETCHERS,
  batched: [dataloader, dataloader, heapwiseBatches, heapwise],
};
