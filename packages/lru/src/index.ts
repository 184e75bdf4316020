export { CacheDisposedError } from "./errors.ts";
export { LRUCache, LRUCache as Cache, REMOVE, type EntryInfo } from "./lru-cache.ts";
export type { LRUCacheOptions, ResizeOptions, SetOptions } from "./options.ts";
export type { PolicyFactory } from "./policy/policy.ts";
export type { RemovalCause, RemovalListener } from "./removal.ts";
export type { Snapshot, SnapshotEntry } from "./snapshot.ts";
export type { CacheStats } from "./stats.ts";
