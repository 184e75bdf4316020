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

/** What the callers find: many of them the same load, each its own load, or all of it there; or a loader of many keys. */
export type LoadingWorkload = "coalesced" | "missed" | "hit" | "batched";

/** The first is the arm that ratios are taken against, the second its null measurement. */
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
