import type { Held } from "./hold.ts";

/** The arm that sizes entries itself. */
export const OURS = "heapwise maxBytes";

/** How the bytes of an entry are found, as users write it. */
export const ARMS = [
  OURS,
  "lru-cache, JSON.stringify",
  "lru-cache, object-sizeof",
  "lru-cache, v8.serialize",
] as const;
export type Arm = (typeof ARMS)[number];

/** A cache that is filled with one kind of values until it evicts. */
export interface BoundTask {
  readonly arm: Arm;
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
