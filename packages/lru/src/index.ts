export { REMOVE } from "./cache/derived-operations.ts";
export type { EntryInfo } from "./observation/entry-info.ts";
export {
  CacheDisposedError,
  LoadCycleError,
  LoadTimeoutError,
  OpaqueEntryError,
} from "./checks/errors.ts";
export type { Clock } from "./expiry/clock.ts";
export type { LoadSignal } from "./loading/abort-signal.ts";
export type { CycleDetector } from "./loading/cycle-detector.ts";
export { failed, type Failed } from "./loading/failed.ts";
export type {
  BatchOptions,
  BulkLoader,
  LoadContext,
  Loader,
  LoadingOptions,
  LoadOptions,
  StaleIfError,
} from "./loading/loader.ts";
export { LRUCache, LRUCache as Cache } from "./cache/lru-cache.ts";
export type { CacheLease } from "./removal/hold.ts";
export type { LRUCacheOptions, ResizeOptions, SetOptions } from "./cache/options.ts";
export type {
  CacheObserver,
  LoadReport,
  ObservedCache,
  ObservedCounts,
} from "./observation/cache-observer.ts";
export type { PolicyFactory } from "./policy/policy.ts";
export type { RemovalCause, RemovalListener } from "./removal/removal-queue.ts";
export type { Snapshot, SnapshotEntry } from "./cache/snapshot.ts";
export type { CacheStats } from "./observation/stats.ts";
