export { CoreCache as LRUCache, CoreCache as Cache } from "./core-cache.ts";
export type {
  CoreOptions as LRUCacheOptions,
  CoreResizeOptions as ResizeOptions,
  CoreSetOptions as SetOptions,
} from "./core-options.ts";
export { REMOVE } from "./derived-operations.ts";
export type { EntryInfo } from "./entry-info.ts";
export { CacheDisposedError } from "./errors.ts";
export type { PolicyFactory } from "./policy/policy.ts";
export type { RemovalCause, RemovalListener } from "./removal.ts";
export type { CoreStats as CacheStats } from "./stats.ts";
