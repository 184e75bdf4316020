import type { LRUCacheOptions, SetOptions } from "@heapwise/lru";

/** One kind of entries that caches are filled with, made as a program would get them. */
export interface Kind {
  readonly name: string;
  /** Makes value number `i`; its contents differ from those of all others. */
  readonly make?: (i: number) => unknown;
  /** Opens a source that never ends, for values that come from streams, in place of `make`. */
  readonly open?: () => AsyncIterable<unknown>;
  /** The key of value number `i`: `key:` and the number by default. */
  readonly keyOf?: (i: number) => unknown;
  /** Options of the cache beside `maxBytes`. */
  readonly options?: LRUCacheOptions<unknown, unknown>;
  /** Options of each `set`. */
  readonly setOptions?: (i: number) => SetOptions;
  /** Whether a part of each value is out of sight, so that its size has no upper bound. */
  readonly isOpaque?: boolean;
  /** Why nothing shows what such values hold; then the cache may hold more, or seem to hold less. */
  readonly unseen?: string;
  /** Whether the caches of others are measured with it too. */
  readonly isCompared?: boolean;
}
