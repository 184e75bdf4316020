export { REMOVE } from "./derived-operations.ts";
export type { EntryInfo } from "./entry-info.ts";
export {
  CacheDisposedError,
  LoadCycleError,
  LoadTimeoutError,
  OpaqueEntryError,
} from "./errors.ts";
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
export { LRUCache, LRUCache as Cache } from "./lru-cache.ts";
export type { CacheLease } from "./leases/hold.ts";
export type { LRUCacheOptions, ResizeOptions, SetOptions } from "./options.ts";
export type {
  CacheObserver,
  LoadReport,
  ObservedCache,
  ObservedCounts,
} from "./observation/cache-observer.ts";
export type { PolicyFactory } from "./policy/policy.ts";
export type { RemovalCause, RemovalListener } from "./removal.ts";
export type { Snapshot, SnapshotEntry } from "./snapshot.ts";
export type { CacheStats } from "./stats.ts";
