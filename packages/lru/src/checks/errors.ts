import { print } from "./read-options.ts";

/** A write to a cache that was disposed of, or a load that its disposal has ended. */
export class CacheDisposedError extends Error {
  override readonly name = "CacheDisposedError";
  readonly code = "CACHE_DISPOSED";

  constructor(operation: string) {
    super(`Cannot ${operation}: the cache is disposed of, expected one in use`);
  }
}

/** A loader that asked for a key whose load it is itself a part of, and would have waited for ever. */
export class LoadCycleError extends Error {
  override readonly name = "LoadCycleError";
  readonly code = "LOAD_CYCLE";
  /** The key that was asked for. */
  readonly key: unknown;

  constructor(key: unknown) {
    super("Cannot load entry: its own load asks for it, expected another key");
    this.key = key;
  }
}

/** An entry whose size has no upper bound: the first one of a cache with `warnOpaque`. It is stored. */
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

/** A load that took longer than `hardTimeout`, and was aborted. */
export class LoadTimeoutError extends Error {
  override readonly name = "LoadTimeoutError";
  readonly code = "LOAD_TIMEOUT";
  /** The keys of the load. */
  readonly keys: readonly unknown[];
  /** The limit, ms. */
  readonly hardTimeout: number;

  constructor(keys: readonly unknown[], hardTimeout: number) {
    super(`Cannot load entry: no value after ${hardTimeout} ms, expected one within hardTimeout`);
    this.keys = keys;
    this.hardTimeout = hardTimeout;
  }
}
