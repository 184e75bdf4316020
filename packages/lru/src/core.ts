export { CoreCache as LRUCache, CoreCache as Cache } from "./cache/core-cache.ts";
export type {
  CoreOptions as LRUCacheOptions,
  CoreResizeOptions as ResizeOptions,
  CoreSetOptions as SetOptions,
} from "./cache/core-options.ts";
export { REMOVE } from "./cache/derived-operations.ts";
export type { EntryInfo } from "./observation/entry-info.ts";
export { CacheDisposedError } from "./checks/errors.ts";
export type { PolicyFactory } from "./policy/policy.ts";
export type { RemovalCause, RemovalListener } from "./removal/removal-queue.ts";
export type { CoreStats as CacheStats } from "./observation/stats.ts";
