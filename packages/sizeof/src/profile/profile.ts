/**
 * How one engine lays values out: bytes of what is always there, and formulas for the rest. All
 * sizes are multiples of `alignment`.
 */
export interface EngineProfile {
  /** `v8`, `v8-compressed` or `jsc`. */
  readonly name: string;
  /** Bytes of a reference, of a field of an object and of an element of an array. */
  readonly slot: number;
  /** Sizes are rounded up to a multiple of it, a power of two. */
  readonly alignment: number;
  /** Integers from `-smallest` to `smallest - 1` need no box. */
  readonly smallest: number;
  /** A number outside of that range, where it is not an element of an array of numbers. */
  readonly double: number;
  /** A string without its characters. */
  readonly stringHeader: number;
  /** An object without fields. */
  readonly objectHeader: number;
  /** `{}`, with the room that it reserves for fields. */
  readonly emptyObject: number;
  /** From so many fields on an object is a hash table. */
  readonly dictionaryFrom: number;
  /** An empty array. */
  readonly emptyArray: number;
  /** What an array that is not empty has beside its elements. */
  readonly arrayHeader: number;
  /** Bytes of the fields of an object that is a hash table with room for `count`, without the object. */
  dictionary(count: number): number;
  /** Bytes of `count` elements of an array that is a hash table, without the array. */
  sparse(count: number): number;
  /** Bytes of a `Map`, without keys and values. */
  map(size: number): number;
  /** Bytes of a `Set`, without its elements. */
  set(size: number): number;
  /** Bytes of a `bigint` of so many 64-bit digits. */
  bigint(digits: number): number;
  readonly symbol: number;
  readonly date: number;
  readonly regexp: number;
  readonly error: number;
  readonly promise: number;
  readonly weakRef: number;
  /** An empty `WeakMap` or `WeakSet`. */
  readonly weakMap: number;
  readonly finalizationRegistry: number;
  readonly proxy: number;
  /** A function, with a scope of its own of one variable. */
  readonly closure: number;
  /** A boxed primitive, without the primitive. */
  readonly wrapper: number;
  /** An `ArrayBuffer`, without its bytes. */
  readonly arrayBuffer: number;
  /** A typed array, without buffer. */
  readonly typedArray: number;
  readonly dataView: number;
  /** The largest typed array, in bytes, whose elements are stored with it in the heap. */
  readonly onHeapBytes: number;
  /** What goes before such elements. */
  readonly onHeapHeader: number;
}

/** Bytes rounded up to what the engine allocates. */
export function aligned(bytes: number, { alignment }: EngineProfile): number {
  if (bytes < 2 ** 30) return (bytes + alignment - 1) & -alignment;
  return Math.ceil(bytes / alignment) * alignment;
}
