import type { Held } from "./hold.ts";

/** A cache that is filled with one kind of values until it evicts. */
export interface BoundTask {
  /** Name of an adapter, or `OURS`. */
  readonly arm: string;
  readonly kind: string;
  /** What it is told to hold, in bytes. */
  readonly budget: number;
}

export interface BoundAnswer {
  /** Version of Node. */
  readonly runtime: string;
  /** Growth of heap and external memory, or Infinity if it had not stopped at a multiple of the budget. */
  readonly grownBytes: number;
  readonly entries: number;
  /** Time of a `set`, in microseconds, the making of the value not counted: the median of batches. */
  readonly microseconds: number;
  /** Of ours alone. */
  readonly held?: Held;
}
