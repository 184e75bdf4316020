export { meterCache, type MeterCacheOptions, type MeterShape } from "./observation/meter-cache.ts";
export type { CacheObserver } from "./observation/cache-observer.ts";
