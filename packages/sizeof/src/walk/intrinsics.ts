/** A built-in getter or method as a function of its receiver: what an object has under that name itself is never asked. */
function of<Result>(prototype: object, name: PropertyKey): (receiver: unknown) => Result {
  const { get, value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
  const call = (get ?? value) as () => Result;
  return (receiver) => Reflect.apply(call, receiver, []);
}

/** Like `of`, for what may not exist or throws for other receivers: undefined then. */
function orUndefined<Result>(
  read: (receiver: unknown) => Result,
): (receiver: unknown) => Result | undefined {
  return (receiver) => {
    try {
      return read(receiver);
    } catch {
      return undefined;
    }
  };
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const byteLength = orUndefined(of<number>(ArrayBuffer.prototype, "byteLength"));
const maxByteLength = orUndefined(of<number>(ArrayBuffer.prototype, "maxByteLength"));
const sharedByteLength =
  typeof SharedArrayBuffer === "function"
    ? orUndefined(of<number>(SharedArrayBuffer.prototype, "byteLength"))
    : () => undefined;

/** Entries of a map; undefined for what is none. */
export const entriesOf: (map: unknown) => IterableIterator<[unknown, unknown]> | undefined =
  /* @__PURE__ */ orUndefined(of<IterableIterator<[unknown, unknown]>>(Map.prototype, "entries"));
/** Elements of a set; undefined for what is none. */
export const valuesOf: (set: unknown) => IterableIterator<unknown> | undefined =
  /* @__PURE__ */ orUndefined(of<IterableIterator<unknown>>(Set.prototype, "values"));
export const mapSize: (map: unknown) => number | undefined = /* @__PURE__ */ orUndefined(
  of<number>(Map.prototype, "size"),
);
export const setSize: (set: unknown) => number | undefined = /* @__PURE__ */ orUndefined(
  of<number>(Set.prototype, "size"),
);

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
  readonly buffer: unknown;
  readonly byteLength: number;
}

const arrayLength = of<number>(typedArray, "byteLength");
const arrayBuffer = of<unknown>(typedArray, "buffer");
const arrayTag = of<string | undefined>(typedArray, Symbol.toStringTag);
const viewLength = orUndefined(of<number>(DataView.prototype, "byteLength"));
const viewBuffer = of<unknown>(DataView.prototype, "buffer");

export function viewOf(view: unknown): View {
  if (arrayTag(view) === undefined) {
    return {
      isDataView: true,
      buffer: viewBuffer(view),
      // It throws where the buffer is detached.
      byteLength: viewLength(view) ?? 0,
    };
  }
  return {
    isDataView: false,
    buffer: arrayBuffer(view),
    byteLength: arrayLength(view),
  };
}

const unboxers = [String, Number, BigInt, Symbol, Boolean].map(({ prototype }) =>
  orUndefined(of<unknown>(prototype, "valueOf")),
);

/** The primitive in a `new String` and its like; undefined for what is none. */
export function unbox(wrapper: unknown): unknown {
  for (const valueOf of unboxers) {
    const value = valueOf(wrapper);
    if (value !== undefined) return value;
  }
  return undefined;
}
