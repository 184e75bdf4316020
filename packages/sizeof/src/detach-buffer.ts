import { byteLength, of, typedArray, viewOf } from "./walk/intrinsics.ts";

/** A view is copied if its block is at least so many times as large. */
const RATIO = 4;

interface Runtime {
  Buffer?: { prototype: object; from(block: ArrayBufferLike): object };
}

/** Classes of views, as this module found them. */
type ViewClass = new (block: ArrayBufferLike) => object;
const classes = globalThis as unknown as Record<string, ViewClass | undefined>;
const resizable = /* @__PURE__ */ of<boolean>(ArrayBuffer.prototype, "resizable");
const arrayName = /* @__PURE__ */ of<string>(typedArray, Symbol.toStringTag);
const arrayOffset = /* @__PURE__ */ of<number>(typedArray, "byteOffset");
const viewOffset = /* @__PURE__ */ of<number>(DataView.prototype, "byteOffset");

/**
 * A copy of a Buffer, typed array or DataView that does not keep a large block alive: with a block of its
 * own of exactly its length, if the block is at least 4 times as large as the view. Any other value is
 * returned itself.
 *
 * Left alone: instances of subclasses other than Node's Buffer, and views of blocks that are shared between
 * threads, resizable or detached. Own fields that a program added to the view are not copied.
 *
 * ```ts
 * import { detachBuffer } from "@heapwise/sizeof";
 *
 * const chunk = new Uint8Array(65_536);
 * detachBuffer(chunk.subarray(0, 100)).buffer.byteLength; // => 100
 * detachBuffer(chunk) === chunk; // => true
 * ```
 */
export function detachBuffer<T>(value: T): T {
  if (!ArrayBuffer.isView(value)) return value;
  const { buffer, byteLength: length, isDataView } = viewOf(value);
  // Undefined for a block that threads share, 0 for one that is detached.
  const total = byteLength(buffer) ?? 0;
  if (total === 0 || total < RATIO * length || resizable(buffer)) return value;
  const { Buffer } = globalThis as Runtime;
  const proto: unknown = Object.getPrototypeOf(value);
  const Class = classes[isDataView ? "DataView" : arrayName(value)!];
  const isBuffer = Buffer !== undefined && proto === Buffer.prototype;
  if (!isBuffer && proto !== Class?.prototype) return value;
  const offset = arrayOffset(value) ?? viewOffset(value)!;
  const own = new Uint8Array(new Uint8Array(buffer as ArrayBuffer, offset, length)).buffer;
  return (isBuffer ? Buffer.from(own) : new Class!(own)) as typeof value;
}
