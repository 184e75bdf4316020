export {
  CacheDisposedError,
  LoadCycleError,
  type Clock,
  type LoadOptions,
  type LoadSignal,
  type PolicyFactory,
  type RemovalCause,
} from "@heapwise/lru";
export { finalize, type Finalizer, type FinalizerCall } from "./finalize.ts";
export { UnsupportedHostError } from "./host.ts";
export { Interner } from "./interner.ts";
export type { MinResidence } from "./residence.ts";
export type { SoftLimit } from "./soft/soft-limit.ts";
export { WeakCache } from "./weak-cache.ts";
export type { WeakLoadContext, WeakLoader } from "./weak-cache/front.ts";
export type { Pin } from "./weak-cache/pinned.ts";
export type { StrongOptions, WeakCacheOptions, WeakSetOptions } from "./weak-cache-options.ts";
export type { WeakCacheStats } from "./weak-cache-stats.ts";
export { WeakKeyCache, type WeakKeyCacheOptions } from "./weak-key-cache.ts";
export { weakMemoize, type WeakMemoized, type WeakMemoizeOptions } from "./weak-memoize.ts";
