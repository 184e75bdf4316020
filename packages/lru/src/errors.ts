/** A write to a cache that was disposed of. */
export class CacheDisposedError extends Error {
  override readonly name = "CacheDisposedError";
  readonly code = "CACHE_DISPOSED";

  constructor(operation: string) {
    super(`Cannot ${operation}: the cache is disposed of, expected one in use`);
  }
}
