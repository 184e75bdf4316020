/** Reads a receiver; undefined for one of another kind. */
type Reader<Result> = (receiver: unknown, ...args: unknown[]) => Result | undefined;

/**
 * A built-in getter or method as a function of its receiver: what an object has under that name itself
 * is never asked. Undefined for receivers of another kind, and for what this engine has not.
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

export const typedArray: object = /* @__PURE__ */ Object.getPrototypeOf(
  Uint8Array.prototype,
) as object;
export const byteLength: Reader<number> = /* @__PURE__ */ of<number>(
  ArrayBuffer.prototype,
  "byteLength",
);
const maxByteLength = /* @__PURE__ */ of<number>(ArrayBuffer.prototype, "maxByteLength");
const sharedByteLength = /* @__PURE__ */ of<number>(
  globalThis.SharedArrayBuffer?.prototype,
  "byteLength",
);
const arrayLength = /* @__PURE__ */ of<number>(typedArray, "byteLength");
const arrayBuffer = /* @__PURE__ */ of<object>(typedArray, "buffer");
const viewLength = /* @__PURE__ */ of<number>(DataView.prototype, "byteLength");
const viewBuffer = /* @__PURE__ */ of<object>(DataView.prototype, "buffer");
const unboxers = /* @__PURE__ */ [String, Number, BigInt, Symbol, Boolean].map(({ prototype }) =>
  of<unknown>(prototype, "valueOf"),
);

export const mapSize: Reader<number> = /* @__PURE__ */ of<number>(Map.prototype, "size");
export const setSize: Reader<number> = /* @__PURE__ */ of<number>(Set.prototype, "size");
const eachEntry = /* @__PURE__ */ of<void>(Map.prototype, "forEach");
const eachElement = /* @__PURE__ */ of<void>(Set.prototype, "forEach");

/** Keys and values of a map by turns, or elements of a set: a copy, because the caller's code may change it meanwhile. */
export function heldBy(collection: object, isMap: boolean): unknown[] {
  const held: unknown[] = [];
  if (isMap) eachEntry(collection, (value: unknown, key: unknown) => held.push(key, value));
  else eachElement(collection, (value: unknown) => held.push(value));
  return held;
}

/** Bytes of a buffer, shared or not, 0 where it is detached; undefined for what is no buffer. */
export function bufferBytes(buffer: unknown): number | undefined {
  return byteLength(buffer) ?? sharedByteLength(buffer);
}

/** What a resizable buffer may grow to. */
export function bufferRoom(buffer: unknown): number {
  return maxByteLength(buffer) ?? bufferBytes(buffer) ?? 0;
}

/** Where a typed array or DataView lies. */
export interface View {
  readonly isDataView: boolean;
  readonly buffer: object;
  readonly byteLength: number;
}

export function viewOf(view: unknown): View {
  const buffer = arrayBuffer(view);
  if (buffer !== undefined) return { isDataView: false, buffer, byteLength: arrayLength(view)! };
  // It throws where the buffer is detached.
  return { isDataView: true, buffer: viewBuffer(view)!, byteLength: viewLength(view) ?? 0 };
}

/** The primitive in a `new String` and its like; undefined for what is none. */
export function unbox(wrapper: unknown): unknown {
  for (const valueOf of unboxers) {
    const value = valueOf(wrapper);
    if (value !== undefined) return value;
  }
  return undefined;
}
