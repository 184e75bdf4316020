import { attempt } from "./host.ts";

/** A view is copied if its block is at least this many times as large. */
const RATIO = 4;

interface Runtime {
  Buffer?: { prototype: object; from(block: ArrayBufferLike): object };
  [name: string]: unknown;
}

/**
 * Copies a Buffer, typed array or DataView, so that it does not keep a large block alive. The copy
 * has a block of its own of exactly its length. Fields that the program added to the view are not
 * copied.
 *
 * Copies only if the block is at least 4 times as large as the view. Does not copy instances of
 * subclasses other than Node's Buffer, and views of blocks that are shared between threads,
 * resizable or detached.
 *
 * @param limit Bytes. A longer view is not copied. Infinity by default.
 * @returns The copy, or the value itself if it is not copied. Never throws.
 *
 * @example
 * ```ts
 * import { detachBuffer } from "@heapwise/sizeof";
 *
 * const chunk = new Uint8Array(65_536);
 * detachBuffer(chunk.subarray(0, 100)).buffer.byteLength; // => 100
 * detachBuffer(chunk) === chunk; // => true
 * ```
 */
export function detachBuffer<T>(value: T, limit: number = Infinity): T {
  if (!ArrayBuffer.isView(value)) return value;
  const realm = globalThis as unknown as Runtime;
  const Buffer = attempt(() => realm.Buffer);
  const proto = Object.getPrototypeOf(value) as object;
  // The getters of the prototypes are used, because the object may have fields with these names.
  const tag = Reflect.get(Uint8Array.prototype, Symbol.toStringTag, value) as string | undefined;
  const Class = realm[tag ?? "DataView"] as new (block: ArrayBufferLike) => object;
  const isBuffer = proto === Buffer?.prototype;
  if (!isBuffer && proto !== Class.prototype) return value;
  try {
    const block = Reflect.get(proto, "buffer", value) as ArrayBuffer;
    const length = Reflect.get(proto, "byteLength", value) as number;
    // These getters throw for a block that threads share.
    const total = Reflect.get(ArrayBuffer.prototype, "byteLength", block);
    const isResizable = Reflect.get(ArrayBuffer.prototype, "resizable", block) as boolean;
    if (isResizable || total === 0 || total < RATIO * length || length > limit) return value;
    const offset = Reflect.get(proto, "byteOffset", value) as number;
    const own = new Uint8Array(new Uint8Array(block, offset, length)).buffer;
    return (isBuffer ? Buffer!.from(own) : new Class(own)) as typeof value;
  } catch {
    return value;
  }
}
