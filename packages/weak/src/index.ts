export {
  CacheDisposedError,
  LoadCycleError,
  type Clock,
  type LoadOptions,
  type LoadSignal,
  type PolicyFactory,
  type RemovalCause,
} from "@heapwise/lru";
export { finalize, type Finalizer, type FinalizerCall } from "./collection/finalize.ts";
export { UnsupportedHostError } from "./host/host.ts";
export { Interner } from "./caches/interner.ts";
export type { MinResidence } from "./collection/residence.ts";
export type { SoftLimit } from "./soft/soft-limit.ts";
export { WeakCache } from "./caches/weak-cache.ts";
export type { WeakLoadContext, WeakLoader } from "./caches/front.ts";
export type { Pin } from "./caches/pinned.ts";
export type {
  StrongOptions,
  WeakCacheOptions,
  WeakSetOptions,
} from "./caches/weak-cache-options.ts";
export type { WeakCacheStats } from "./caches/weak-cache-stats.ts";
export { WeakKeyCache, type WeakKeyCacheOptions } from "./caches/weak-key-cache.ts";
export { weakMemoize, type WeakMemoized, type WeakMemoizeOptions } from "./memoize/weak-memoize.ts";
