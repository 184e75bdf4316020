import { attempt } from "../host.ts";

/** Reads a receiver. Returns undefined for a receiver of another kind. */
type Reader<Result> = (receiver: unknown, ...args: unknown[]) => Result | undefined;

/**
 * A built-in getter or method as a function of its receiver. A property of the same name that the
 * object itself has is never read. Returns undefined for a receiver of another kind, and always if
 * the engine lacks the getter.
 */
export function of<Result>(prototype: object | undefined, name: PropertyKey): Reader<Result> {
  const { get, value } = (prototype && Object.getOwnPropertyDescriptor(prototype, name)) ?? {};
  const call = (get ?? value) as () => Result;
  return (receiver: unknown, ...args: unknown[]): Result | undefined => {
    try {
      return Reflect.apply(call, receiver, args);
    } catch {
      return undefined;
    }
  };
}

const typedArray = /* @__PURE__ */ Object.getPrototypeOf(Uint8Array.prototype) as object;
const byteLength = /* @__PURE__ */ of<number>(ArrayBuffer.prototype, "byteLength");
const maxByteLength = /* @__PURE__ */ of<number>(ArrayBuffer.prototype, "maxByteLength");
const shared = /* @__PURE__ */ attempt(() => SharedArrayBuffer.prototype);
const sharedByteLength = /* @__PURE__ */ of<number>(shared, "byteLength");
const sharedMaxByteLength = /* @__PURE__ */ of<number>(shared, "maxByteLength");
const arrayLength = /* @__PURE__ */ of<number>(typedArray, "byteLength");
const arrayBuffer = /* @__PURE__ */ of<object>(typedArray, "buffer");
const viewLength = /* @__PURE__ */ of<number>(DataView.prototype, "byteLength");
const viewBuffer = /* @__PURE__ */ of<object>(DataView.prototype, "buffer");
const unboxers = /* @__PURE__ */ [String, Number, BigInt, Symbol, Boolean].map(({ prototype }) =>
  of<unknown>(prototype, "valueOf"),
);

/** Number of elements of a typed array. */
export const lengthOfView: Reader<number> = /* @__PURE__ */ of<number>(typedArray, "length");
export const mapSize: Reader<number> = /* @__PURE__ */ of<number>(Map.prototype, "size");
export const setSize: Reader<number> = /* @__PURE__ */ of<number>(Set.prototype, "size");
const entries = /* @__PURE__ */ of<Iterator<unknown>>(Map.prototype, "entries");
const elements = /* @__PURE__ */ of<Iterator<unknown>>(Set.prototype, "values");

/** An iterator over the entries of a Map or the elements of a Set. It copies nothing. */
export function iterate(collection: object, isMap: boolean): Iterator<unknown> {
  return (isMap ? entries : elements)(collection)!;
}

/**
 * Bytes of a buffer, shared or not. 0 if it is detached, undefined if the value is not a buffer.
 */
export function bufferBytes(buffer: unknown): number | undefined {
  return byteLength(buffer) ?? sharedByteLength(buffer);
}

/** Bytes that a buffer may grow to: its bytes, if it is not resizable. */
export function bufferRoom(buffer: unknown): number {
  return maxByteLength(buffer) ?? sharedMaxByteLength(buffer) ?? bufferBytes(buffer) ?? 0;
}

/** What a typed array or DataView shows of its buffer. */
export interface View {
  readonly isDataView: boolean;
  readonly buffer: object;
  readonly byteLength: number;
}

/** The part of its buffer that a typed array or DataView shows. */
export function viewOf(view: unknown): View {
  const buffer = arrayBuffer(view);
  const isDataView = buffer === undefined;
  return {
    isDataView,
    buffer: buffer ?? viewBuffer(view)!,
    // The getter of a DataView throws if the buffer is detached.
    byteLength: (isDataView ? viewLength(view) : arrayLength(view)) ?? 0,
  };
}

/** The primitive in a `new String`, `new Number` and so on. Undefined for any other value. */
export function unbox(wrapper: unknown): unknown {
  for (const valueOf of unboxers) {
    const value = valueOf(wrapper);
    if (value !== undefined) return value;
  }
  return undefined;
}
