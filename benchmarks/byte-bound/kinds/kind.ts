import type { LRUCacheOptions, SetOptions } from "@heapwise/lru";

/** One kind of entries that caches are filled with. They are made as a program would get them. */
export interface Kind {
  readonly name: string;
  /** Makes value number `i`. Its contents differ from the contents of all others. */
  readonly make?: (i: number) => unknown;
  /** Opens an endless source, for values that come from streams. It is used instead of `make`. */
  readonly open?: () => AsyncIterable<unknown>;
  /** The key of value number `i`. The default is `key:` and the number. */
  readonly keyOf?: (i: number) => unknown;
  /** Options of the cache in addition to `maxBytes`. */
  readonly options?: LRUCacheOptions<unknown, unknown>;
  /** Options of each `set`. */
  readonly setOptions?: (i: number) => SetOptions;
  /** Whether a part of each value cannot be seen, so that its size has no upper bound. */
  readonly isOpaque?: boolean;
  /**
   * Why the memory of such values cannot be seen. The cache may then hold more, or seem to hold
   * less.
   */
  readonly unseen?: string;
  /** Whether the rivals are measured with it too. */
  readonly isCompared?: boolean;
}
