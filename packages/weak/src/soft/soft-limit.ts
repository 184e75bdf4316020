import { print } from "@heapwise/lru/slots";
import type { Heap } from "./heap.ts";

/** A percentage of the heap's limit, or bytes of heap and buffers. */
export type SoftLimit = `${number}%` | number;

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

/** Throws a TypeError or RangeError for what is no limit. */
export function readSoftLimit(limit: SoftLimit): Gauge {
  if (typeof limit === "string") {
    const percent = /^\d+(?:\.\d+)?%$/.test(limit) ? Number(limit.slice(0, -1)) : NaN;
    if (!(percent > 0 && percent <= 100)) {
      throw new RangeError(
        `Cannot create cache: softLimit is ${print(limit)}, expected a percentage up to "100%"`,
      );
    }
    // Buffers lie outside of what the limit of the heap bounds.
    return ({ used, limit: end }) => ({ used, limit: (end * percent) / 100, end });
  }
  if (typeof limit !== "number") {
    throw new TypeError(
      `Cannot create cache: softLimit is ${print(limit)}, expected a percentage or bytes`,
    );
  }
  if (!(limit > 1 && limit < Infinity)) {
    throw new RangeError(
      `Cannot create cache: softLimit is ${limit}, expected bytes, or a percentage like "70%"`,
    );
  }
  return ({ used, limit: end, external }) => ({
    used: used + external,
    limit,
    end: Math.max(limit, Math.min(end, limit * 1.25)),
  });
}
