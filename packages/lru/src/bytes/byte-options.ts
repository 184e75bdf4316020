import { parseBytes } from "@heapwise/sizeof";
import { print, refuse } from "../checks/read-options.ts";
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
   * changes nothing. Called once for each `set`, and again where `remeasure` asks for it.
   */
  bytesOf?: ((value: V, key: K) => number) | undefined;
  /**
   * Whether every object that several entries hold is charged once, not only buffers. What entries
   * share is known by its identity: equal texts inside values are charged each. False by default.
   */
  shareAccounting?: boolean | undefined;
  /**
   * Whether texts that are keys or values are copied, so that they do not keep alive what they were
   * cut out of. `"deep"` also replaces, in place, texts of 13 characters and more in writable fields
   * and elements of plain objects and arrays in the value. True by default.
   */
  detachTexts?: boolean | "deep" | undefined;
  /**
   * Whether a value that is a view of a buffer at least 4 times as large is copied, so that it does
   * not keep the rest alive: `get` then returns another object than the one that was set. Buffers
   * inside objects are left as they are. False by default.
   */
  detachBuffers?: boolean | undefined;
  /**
   * Whether `onError`, which it needs, is called with an `OpaqueEntryError` when the first entry is
   * stored whose size has no upper bound: one with a proxy, private fields, a closure and the like.
   * Once for a cache; `stats().opaque` counts all such entries. False by default.
   */
  warnOpaque?: boolean | undefined;
  /**
   * When entries are sized again, for values that grow in place: `"onGet"` whenever an object is read
   * by `get` and the like, `{ ms }` all of them every so many milliseconds, in slices of about 1 ms.
   * What is over the bound then leaves as evicted. A size that cannot be told goes to `onError`, and
   * the entry keeps the one it has. Never by default.
   */
  remeasure?: "onGet" | { ms: number } | undefined;
}

/**
 * Bytes of a size, or of a part of the usable memory, or of what `partOf` takes it of. Throws for what
 * is neither, or is a part of a byte, and if the host does not tell its memory.
 */
export function readBytes(
  action: string,
  name: string,
  value: unknown,
  partOf: (part: number) => number = partOfMemory,
): number {
  const size = value as number | string;
  const [, percent] = (typeof size === "string" && /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(size)) || [];
  let bytes: number;
  try {
    bytes = percent === undefined ? parseBytes(size) : partOf(Number(percent) / 100);
  } catch (error) {
    const kind = error instanceof TypeError ? TypeError : RangeError;
    throw new kind(
      `Cannot ${action}: ${name} is ${print(size)}, expected bytes, a size such as '64mb' or '1gib', or a part of the memory such as '25%'`,
      { cause: error },
    );
  }
  if (Number.isNaN(bytes)) {
    const found = `${name} is ${print(size)}, and the host does not tell its memory`;
    refuse(action, found, "bytes, or a size such as '64mb'", RangeError);
  }
  if (bytes >= 1 || (percent === undefined && parseFloat(String(size)) === 0)) return bytes;
  refuse(action, `${name} is ${print(size)}`, "at least 1 byte", RangeError);
}

function partOfMemory(part: number): number {
  if (part > 1) refuse("take part of memory", `part is ${part}`, "at most 100%", RangeError);
  return Math.floor(part * usableMemory());
}
