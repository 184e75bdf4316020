import { print } from "@heapwise/lru/slots";
import { parseBytes } from "@heapwise/sizeof";
import type { Heap } from "./heap.ts";

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

/** Throws a TypeError or RangeError for what is no limit. */
export function readSoftLimit(softLimit: SoftLimit): Gauge {
  const [, digits] = (typeof softLimit === "string" && PERCENT.exec(softLimit)) || [];
  if (digits !== undefined) {
    const part = Number(digits) / 100;
    if (!(part > 0 && part <= 1)) refuse(softLimit, RangeError);
    // Buffers lie outside of what the limit of the heap bounds.
    return ({ used, limit: end }) => ({ used, limit: end * part, end });
  }
  let limit: number;
  try {
    limit = parseBytes(softLimit);
  } catch (error) {
    refuse(softLimit, error instanceof TypeError ? TypeError : RangeError, { cause: error });
  }
  if (limit < 2) refuse(softLimit, RangeError);
  return ({ used, limit: end, external }) => ({
    used: used + external,
    limit,
    end: Math.max(limit, Math.min(end, limit * 1.25)),
  });
}

const PERCENT = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/;

function refuse(limit: unknown, kind: ErrorConstructor, options?: ErrorOptions): never {
  throw new kind(
    `Cannot create cache: softLimit is ${print(limit)}, expected bytes, a size such as "512mb", or a percentage up to "100%"`,
    options,
  );
}
