import { parseBytes } from "@heapwise/sizeof";
import { checkFunction, print } from "../check-function.ts";
import { usableMemory } from "./usable-memory.ts";

/** Options of a cache that is bounded in bytes. */
export interface ByteOptions<K, V> {
  /**
   * Most bytes of keys, values and the cache's own bookkeeping: a number, a size such as `'64mb'` (10^6) or
   * `'64mib'` (2^20), or a part of the memory that this process may use, such as `'25%'`.
   */
  maxBytes?: number | string | undefined;
  /** An entry that takes more is not stored: it is reported as evicted at once. `maxBytes` by default. */
  maxEntryBytes?: number | string | undefined;
  /**
   * Bytes of an entry, a safe integer >= 0, instead of the estimate; else `set` throws a RangeError and
   * changes nothing. Called once for each `set`.
   */
  bytesOf?: ((value: V, key: K) => number) | undefined;
  /** Whether every object that several entries hold is charged once, not only buffers and texts of 1 KB and more. False by default. */
  shareAccounting?: boolean | undefined;
  /** Whether texts that are keys or values are copied, so that they do not keep alive what they were cut out of. True by default. */
  detachTexts?: boolean | undefined;
}

/** The bounds of a cache in bytes. */
export interface ByteBounds {
  readonly maxBytes: number;
  /** Undefined where it follows `maxBytes`. */
  readonly maxEntryBytes: number | undefined;
}

/** Checks the options; undefined where bytes are not bounded. */
export function readByteOptions(options: ByteOptions<never, never>): ByteBounds | undefined {
  const { maxBytes, maxEntryBytes, bytesOf, shareAccounting, detachTexts } = options;
  const others = { maxEntryBytes, bytesOf, shareAccounting, detachTexts };
  if (maxBytes === undefined) {
    const alone = Object.entries(others).find(([, value]) => value !== undefined);
    if (alone === undefined) return undefined;
    throw new TypeError(`Cannot create cache: ${alone[0]} is set alone, expected maxBytes too`);
  }
  if (bytesOf !== undefined) checkFunction("create cache", "bytesOf", bytesOf);
  for (const [name, value] of Object.entries({ shareAccounting, detachTexts })) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`Cannot create cache: ${name} is ${print(value)}, expected a boolean`);
  }
  const bound = readBytes("create cache", "maxBytes", maxBytes);
  if (maxEntryBytes === undefined) return { maxBytes: bound, maxEntryBytes };
  const entryBound = readBytes("create cache", "maxEntryBytes", maxEntryBytes);
  checkEntryBound("create cache", entryBound, bound);
  return { maxBytes: bound, maxEntryBytes: entryBound };
}

/** Throws a RangeError where a single entry may take more than all of them. */
export function checkEntryBound(action: string, maxEntryBytes: number, maxBytes: number): void {
  if (maxEntryBytes <= maxBytes) return;
  throw new RangeError(
    `Cannot ${action}: maxEntryBytes is ${maxEntryBytes}, expected at most maxBytes, ${maxBytes}`,
  );
}

/** Bytes of a size, or of a part of the usable memory. Throws for what is neither, or is less than 1. */
export function readBytes(action: string, name: string, size: number | string): number {
  const [, percent] = (typeof size === "string" && /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(size)) || [];
  let bytes: number;
  try {
    bytes = percent === undefined ? parseBytes(size) : partOfMemory(Number(percent) / 100);
  } catch (error) {
    const kind = error instanceof TypeError ? TypeError : RangeError;
    throw new kind(
      `Cannot ${action}: ${name} is ${print(size)}, expected bytes, a size such as '64mb', or a part of the memory such as '25%'`,
      { cause: error },
    );
  }
  if (bytes >= 1) return bytes;
  throw new RangeError(`Cannot ${action}: ${name} is ${print(size)}, expected at least 1 byte`);
}

function partOfMemory(part: number): number {
  if (part <= 1) return Math.floor(part * usableMemory());
  throw new RangeError(`Cannot take part of memory: part is ${part}, expected at most 100%`);
}
