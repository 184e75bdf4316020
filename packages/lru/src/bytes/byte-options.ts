import { parseBytes } from "@heapwise/sizeof";
import { print, refuse } from "../checks/read-options.ts";
import { usableMemory } from "./usable-memory.ts";

/**
 * Options of a cache that is bounded in bytes. All but `maxBytes` need `maxBytes`.
 *
 * An entry is charged an estimate of the bytes of its key and value in the heap, with the buffers
 * that they keep alive, and its part of the columns of the cache. It is charged when it is written:
 * a value that grows later needs `remeasure`.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const files = new LRUCache<string, Uint8Array>({ maxBytes: "1mib", maxEntryBytes: "100kib" });
 * files.set("small", new Uint8Array(50_000));
 * files.set("large", new Uint8Array(500_000));
 * files.has("large"); // => false
 * files.bytes() > 50_000 && files.bytes() < 60_000; // => true
 * ```
 */
export interface ByteOptions<K, V> {
  /**
   * The largest number of bytes of keys, values and the bookkeeping of the cache: a number of
   * bytes, a size such as `'64mb'` or `'64m'` (10^6), `'64mib'` or `'64Mi'` (2^20), or a part of
   * the memory that the process may use, such as `'25%'`. 0 switches the cache off: it refuses each
   * entry as too large. No limit by default.
   */
  maxBytes?: number | string | undefined;
  /**
   * The largest number of bytes of one entry, written as `maxBytes` is; `maxBytes` by default. A
   * larger entry is not stored: `onRemoval` reports it as `'evicted'` at once.
   */
  maxEntryBytes?: number | string | undefined;
  /**
   * Returns the bytes of an entry, instead of the estimate. Called once for each write, and again
   * if `remeasure` is set. If the result is not a safe integer of at least 0, `set` throws a
   * RangeError and changes nothing.
   */
  bytesOf?: ((value: V, key: K) => number) | undefined;
  /**
   * Whether each object that several entries hold is charged once. By default (false) only the
   * blocks of buffers are, and other shared objects are charged for each entry. Objects are
   * compared by identity: equal texts inside values are charged each.
   */
  shareAccounting?: boolean | undefined;
  /**
   * Whether a text that is a key or a value is copied, so that a slice does not keep alive the text
   * that it was cut out of. `"deep"` also replaces, in place, texts of 13 characters and more in
   * the writable fields and elements of plain objects and arrays inside the value. True by default.
   */
  detachTexts?: boolean | "deep" | undefined;
  /**
   * Whether a value is copied if it is a view of a buffer at least 4 times as large, so that it
   * does not keep the rest of the buffer alive, as slices of Node's pool or of a chunk of a stream
   * do. Without this option such an entry is charged the whole buffer. `get` then returns another
   * object than `set` was given. Buffers inside objects are not copied; `detachBuffer` of
   * `@heapwise/sizeof` copies one. False by default.
   */
  detachBuffers?: boolean | undefined;
  /**
   * Whether `onError`, which is required then, is called with an `OpaqueEntryError` when the first
   * entry is stored whose size has no upper bound: an entry with a proxy, private fields, a closure
   * and the like. Called once for a cache; `stats().opaque` counts all such entries. False by
   * default.
   */
  warnOpaque?: boolean | undefined;
  /**
   * When entries are sized again, for values that grow in place. `"onGet"`: an entry whose value is
   * an object, at each use. `{ ms }`: all entries, every `ms` milliseconds, in slices of about 1
   * ms. Entries over the bound are evicted then. If the size cannot be computed, `onError` is
   * called with the error, and the entry keeps its old charge. Never by default.
   */
  remeasure?: "onGet" | { ms: number } | undefined;
}

/**
 * Reads a size: a number of bytes, a text such as `'64mb'`, or a percentage of the usable memory.
 * `partOf` computes the bytes of a percentage, if they are not of the usable memory.
 *
 * @throws {TypeError} if the value is neither a number nor a text
 * @throws {RangeError} if it is not a size, or is below 1 byte but not 0, or if the host does not
 *   report its memory
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
    const found = `${name} is ${print(size)} of a memory that the host does not report`;
    refuse(action, found, "bytes, or a size such as '64mb'", RangeError);
  }
  if (bytes >= 1 || (percent === undefined && parseFloat(String(size)) === 0)) return bytes;
  refuse(action, `${name} is ${print(size)}`, "at least 1 byte", RangeError);
}

function partOfMemory(part: number): number {
  if (part > 1) refuse("take part of memory", `part is ${part}`, "at most 100%", RangeError);
  return Math.floor(part * usableMemory());
}
