/** So much of something long is read at once. */
export const PART = 1024;

type Read = (value: unknown) => void;

/** Reads a receiver; undefined for one of another kind. */
type Reader<Result> = (receiver: unknown, ...args: unknown[]) => Result | undefined;

/**
 * A built-in getter or method as a function of its receiver: what an object has under that name itself
 * is never asked. Undefined for receivers of another kind, and for what this engine has not.
 */
function of<Result>(prototype: object | undefined, name: PropertyKey): Reader<Result> {
  const call = callOf<Result>(prototype, name);
  return (receiver: unknown, ...args: unknown[]): Result | undefined => {
    try {
      return Reflect.apply(call, receiver, args);
    } catch {
      return undefined;
    }
  };
}

/** A built-in getter or method, as this module found it. */
function callOf<Result>(prototype: object | undefined, name: PropertyKey): () => Result {
  const { get, value } = (prototype && Object.getOwnPropertyDescriptor(prototype, name)) ?? {};
  return (get ?? value) as () => Result;
}

const typedArray = /* @__PURE__ */ Object.getPrototypeOf(Uint8Array.prototype) as object;
const byteLength = /* @__PURE__ */ of<number>(ArrayBuffer.prototype, "byteLength");
const maxByteLength = /* @__PURE__ */ of<number>(ArrayBuffer.prototype, "maxByteLength");
const shared = globalThis.SharedArrayBuffer?.prototype;
const sharedByteLength = /* @__PURE__ */ of<number>(shared, "byteLength");
const sharedMaxByteLength = /* @__PURE__ */ of<number>(shared, "maxByteLength");
const bytesOf = /* @__PURE__ */ of<number>(typedArray, "byteLength");
const arrayLength = /* @__PURE__ */ of<number>(typedArray, "length");
const arrayBuffer = /* @__PURE__ */ of<object>(typedArray, "buffer");
const viewLength = /* @__PURE__ */ of<number>(DataView.prototype, "byteLength");
const viewBuffer = /* @__PURE__ */ of<object>(DataView.prototype, "buffer");
const unboxers = /* @__PURE__ */ [String, Number, BigInt, Symbol, Boolean].map(({ prototype }) =>
  of<unknown>(prototype, "valueOf"),
);

export const mapSize: Reader<number> = /* @__PURE__ */ of<number>(Map.prototype, "size");
export const setSize: Reader<number> = /* @__PURE__ */ of<number>(Set.prototype, "size");
/** What a symbol was given for a name. */
export const describe: Reader<string> = /* @__PURE__ */ of<string>(Symbol.prototype, "description");

const eachEntry = /* @__PURE__ */ callOf(Map.prototype, "forEach");
const eachElement = /* @__PURE__ */ callOf(Set.prototype, "forEach");
const entries = /* @__PURE__ */ of<object>(Map.prototype, "entries");
const elements = /* @__PURE__ */ of<object>(Set.prototype, "values");
const nextEntry = /* @__PURE__ */ nextOf<readonly [key: unknown, value: unknown]>(() =>
  new Map().entries(),
);
const nextElement = /* @__PURE__ */ nextOf<unknown>(() => new Set().values());

/** The `next` of an iterator, like `of`. */
function nextOf<T>(make: () => object): Reader<IteratorResult<T, undefined>> {
  return of(Object.getPrototypeOf(make()) as object, "next");
}

/** Hands over all that a Map or a Set holds, keys and values by turns, but no more than it held when this began. */
export function eachOf(collection: object, isMap: boolean, size: number, read: Read): void {
  let left = size;
  const callback = (value: unknown, key: unknown): void => {
    if (left-- <= 0) return;
    if (isMap) read(key);
    read(value);
  };
  Reflect.apply(isMap ? eachEntry : eachElement, collection, [callback]);
}

/** Does the same in parts of so many entries. Returns whether there is more. */
export function partsOf(
  collection: object,
  isMap: boolean,
  size: number,
  read: Read,
): () => boolean {
  const iterator = isMap ? entries(collection) : elements(collection);
  let left = size;
  return () => {
    for (let at = 0; at < PART && left > 0; at++, left--) {
      if (isMap) {
        const entry = nextEntry(iterator)!.value;
        if (entry === undefined) return false;
        read(entry[0]);
        read(entry[1]);
      } else {
        const element = nextElement(iterator)!;
        if (element.done === true) return false;
        read(element.value);
      }
    }
    return left > 0;
  };
}

/** Bytes of a buffer, shared or not, 0 if it is detached; undefined for anything else. */
export function bufferBytes(buffer: unknown): number | undefined {
  return byteLength(buffer) ?? sharedByteLength(buffer);
}

/** What a resizable buffer may grow to. */
export function bufferRoom(buffer: unknown): number {
  return maxByteLength(buffer) ?? sharedMaxByteLength(buffer) ?? bufferBytes(buffer) ?? 0;
}

/** Where a typed array or DataView lies. */
export interface View {
  readonly isDataView: boolean;
  readonly buffer: object;
  readonly byteLength: number;
  /** Elements. */
  readonly length: number;
}

export function viewOf(view: unknown): View {
  const buffer = arrayBuffer(view);
  const isDataView = buffer === undefined;
  return {
    isDataView,
    buffer: buffer ?? viewBuffer(view)!,
    // It throws for a DataView whose buffer is detached.
    byteLength: (isDataView ? viewLength(view) : bytesOf(view)) ?? 0,
    length: arrayLength(view) ?? 0,
  };
}

/** The primitive in a `new String` and its like; undefined for what is none. */
export function unbox(wrapper: unknown): unknown {
  for (const valueOf of unboxers) {
    const value = valueOf(wrapper);
    if (value !== undefined) return value;
  }
  return undefined;
}
