import { print } from "./read-options.ts";

/**
 * A cache was used after it was disposed of. Writes throw this error, and loads reject with it. It
 * is also the abort reason of loads that the disposal has ended. Reads do not throw; they find
 * nothing.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const cache = new LRUCache<string, number>({ max: 100 });
 * cache[Symbol.dispose]();
 * cache.get("a"); // => undefined
 * cache.set("a", 1); // => throws CacheDisposedError
 * ```
 */
export class CacheDisposedError extends Error {
  override readonly name = "CacheDisposedError";
  readonly code = "CACHE_DISPOSED";

  constructor(operation: string) {
    super(`Cannot ${operation}: the cache is disposed of, expected one in use`);
  }
}

/**
 * A loader asked for the key that it is loading, directly or through other loads: the call would
 * never settle. The cache always detects such a call before the first `await` of the loader. After
 * that, it detects such a call only with the option `loadCycles`.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const cache: LRUCache<string, string> = new LRUCache<string, string>({
 *   max: 100,
 *   load: (key): Promise<string> => cache.getOrLoad(key),
 * });
 * await cache.getOrLoad("a"); // => throws LoadCycleError
 * ```
 */
export class LoadCycleError extends Error {
  override readonly name = "LoadCycleError";
  readonly code = "LOAD_CYCLE";
  /** The key that the loader asked for. */
  readonly key: unknown;

  constructor(key: unknown) {
    super("Cannot load entry: its own load asks for it, expected another key");
    this.key = key;
  }
}

/**
 * The size of an entry has no upper bound, because a program cannot read a part of it, such as the
 * target of a proxy. With `warnOpaque`, `onError` is called with this error for the first such
 * entry of a cache. The entry is stored.
 *
 * @example
 * ```ts
 * import { LRUCache, OpaqueEntryError } from "@heapwise/lru";
 *
 * let found: unknown;
 * const cache = new LRUCache<string, object>({
 *   maxBytes: "1mb",
 *   warnOpaque: true,
 *   onError: (error) => (found = error),
 * });
 * cache.set("a", new Proxy({}, {}));
 * found instanceof OpaqueEntryError; // => true
 * ```
 */
export class OpaqueEntryError extends Error {
  override readonly name = "OpaqueEntryError";
  readonly code = "OPAQUE_ENTRY";
  /** The key of the entry. */
  readonly key: unknown;

  constructor(key: unknown) {
    super(
      `Cannot bound entry: ${print(key)} has a part out of sight, expected bytesOf or [SIZE]()`,
    );
    this.key = key;
  }
}

/**
 * A load took longer than `hardTimeout`, and was aborted. The loader gets this error as the reason
 * of its signal.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const slow = new LRUCache<string, string>({
 *   max: 100,
 *   hardTimeout: 5,
 *   load: () => new Promise(() => {}),
 * });
 * await slow.getOrLoad("a"); // => throws LoadTimeoutError
 * ```
 */
export class LoadTimeoutError extends Error {
  override readonly name = "LoadTimeoutError";
  readonly code = "LOAD_TIMEOUT";
  /** The keys of the load. */
  readonly keys: readonly unknown[];
  /** The option `hardTimeout`, ms. */
  readonly hardTimeout: number;

  constructor(keys: readonly unknown[], hardTimeout: number) {
    super(`Cannot load entry: no value after ${hardTimeout} ms, expected one within hardTimeout`);
    this.keys = keys;
    this.hardTimeout = hardTimeout;
  }
}
