import { print, readBytes, refuse } from "@heapwise/lru/slots";
import type { Heap } from "../host/host.ts";

/**
 * A percentage of the heap's limit, as `"70%"`; or bytes of heap and buffers: a number, or a size as
 * `parseBytes` of `@heapwise/sizeof` reads it, such as `"512mb"` or `"1.5Gi"`.
 */
export type SoftLimit = number | string;

/** How far a reading of the heap is above a limit, and how much there is up to the end, bytes. */
export interface Pressure {
  /** What counts against the limit. */
  readonly used: number;
  readonly limit: number;
  /** Where the program ends, or a quarter above the limit where that is nearer. */
  readonly end: number;
}

/** Measures a heap against a limit. */
export type Gauge = (heap: Heap) => Pressure;

/** How to measure a heap against a limit. Throws a TypeError or RangeError for a bad limit. */
export function readSoftLimit(softLimit: SoftLimit): Gauge {
  const action = "create cache";
  let part: number | undefined;
  const limit = readBytes(action, "softLimit", softLimit, (given) => {
    part = given;
    // The message of it is the cause of the error that names the option.
    if (given > 1) throw new RangeError("at most 100%");
    // Enough bytes, unless it is 0%.
    return 2 * Math.ceil(given);
  });
  // 0.7 or 1 is meant as a part of the heap, which has to be a percentage.
  if (limit < 2) refuse(action, `softLimit is ${print(softLimit)}`, "at least 2 bytes", RangeError);
  return ({ used_heap_size: used, heap_size_limit: end, external_memory: external }) => {
    // Buffers lie outside of what the limit of the heap bounds.
    if (part !== undefined) return { used, limit: end * part, end };
    const most = Math.max(limit, Math.min(end, limit * 1.25));
    return { used: used + external, limit, end: most };
  };
}
