import type { Held } from "./hold.ts";

/** A cache that is filled with one kind of values until it evicts. */
export interface BoundTask {
  /** Name of an adapter, or `OURS`. */
  readonly arm: string;
  readonly kind: string;
  /** The bound of the cache in bytes. */
  readonly budget: number;
}

export interface BoundAnswer {
  /** Version of Node. */
  readonly runtime: string;
  /** Growth of heap and external memory; Infinity if it reached a multiple of the budget. */
  readonly grownBytes: number;
  readonly entries: number;
  /**
   * Time of a `set` in microseconds: the median of batches. The time to make the value does not
   * count.
   */
  readonly microseconds: number;
  /** For our cache only. */
  readonly held?: Held;
}
