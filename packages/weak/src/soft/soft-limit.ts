import { print, readBytes, refuse } from "@heapwise/lru/slots";
import type { Heap } from "../host/host.ts";

/**
 * A percentage of the heap's limit, such as `"70%"`; or bytes of heap and buffers: a number, or a
 * size that `parseBytes` of `@heapwise/sizeof` reads, such as `"512mb"` or `"1.5Gi"`.
 */
export type SoftLimit = number | string;

/** A reading of the heap, and a limit to compare it with, in bytes. */
export interface Pressure {
  /** The bytes that count against the limit. */
  readonly used: number;
  readonly limit: number;
  /**
   * The size at which the program runs out of memory, or 1.25 times the limit if that is smaller.
   */
  readonly end: number;
}

/** Measures a heap against a limit. */
export type Gauge = (heap: Heap) => Pressure;

/**
 * Returns how to measure a heap against a limit.
 *
 * @throws {TypeError | RangeError} if the limit is invalid
 */
export function readSoftLimit(softLimit: SoftLimit): Gauge {
  const action = "create cache";
  let part: number | undefined;
  const limit = readBytes(action, "softLimit", softLimit, (given) => {
    part = given;
    // This message is the cause of the error that names the option.
    if (given > 1) throw new RangeError("at most 100%");
    // Passes the check for at least 2 bytes, unless it is 0%.
    return 2 * Math.ceil(given);
  });
  // The caller meant 0.7 or 1 as a part of the heap, which must be written as a percentage.
  if (limit < 2) refuse(action, `softLimit is ${print(softLimit)}`, "at least 2 bytes", RangeError);
  return ({ used_heap_size: used, heap_size_limit: end, external_memory: external }) => {
    // The limit of the heap does not include buffers.
    if (part !== undefined) return { used, limit: end * part, end };
    const most = Math.max(limit, Math.min(end, limit * 1.25));
    return { used: used + external, limit, end: most };
  };
}
