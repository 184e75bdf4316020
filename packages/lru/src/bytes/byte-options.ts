import { parseBytes } from "@heapwise/sizeof";
import { print, refuse } from "../read-options.ts";
import { usableMemory } from "./usable-memory.ts";

/** Options of a cache that is bounded in bytes. */
export interface ByteOptions<K, V> {
  /**
   * Most bytes of keys, values and the cache's own bookkeeping: a number, a size such as `'64mb'` (10^6) or
   * `'64mib'` (2^20), or a part of the memory that this process may use, such as `'25%'`. 0 switches the
   * cache off: it refuses each entry as one that is too large.
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

/** Bytes of a size, or of a part of the usable memory. Throws for what is neither, or is a part of a byte. */
export function readBytes(action: string, name: string, value: unknown): number {
  const size = value as number | string;
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
  if (bytes >= 1 || (percent === undefined && parseFloat(String(size)) === 0)) return bytes;
  refuse(action, `${name} is ${print(size)}`, "at least 1 byte", RangeError);
}

function partOfMemory(part: number): number {
  if (part > 1) refuse("take part of memory", `part is ${part}`, "at most 100%", RangeError);
  return Math.floor(part * usableMemory());
}
