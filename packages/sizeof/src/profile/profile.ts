/**
 * How one engine lays out values in memory: figures for the parts that always have the same size,
 * and formulas for the others. All figures are bytes and multiples of `alignment`, unless they say
 * something else.
 *
 * `detectProfile()`, `v8()`, `compressedV8` and `jsc` return such layouts. Pass one as `profile` to
 * size a value as another engine stores it. A copy with other figures works too.
 *
 * @example
 * ```ts
 * import { compressedV8, sizeOf, type EngineProfile } from "@heapwise/sizeof";
 *
 * const inChromium: EngineProfile = compressedV8;
 * sizeOf({ id: 1.5 }, { profile: inChromium }); // => 28
 * ```
 */
export interface EngineProfile {
  // Of all values

  /** `"v8"`, `"v8-compressed"` or `"jsc"`. Nothing depends on it. */
  readonly name: string;
  /** A reference, which is also a field of an object and an element of an array. */
  readonly slot: number;
  /** Each size is rounded up to a multiple of this number, a power of 2. */
  readonly alignment: number;

  // Primitives

  /** Integers from `-smallest` to `smallest - 1` are stored in a slot, without a box. Not bytes. */
  readonly smallest: number;
  /** The box of any other number, if it is not an element of an array of numbers. */
  readonly double: number;
  /** A string without its characters. */
  readonly stringHeader: number;
  /** A `bigint` with this many digits of 64 bits. */
  bigint(digits: number): number;
  /** A symbol without its description. */
  readonly symbol: number;

  // Objects and arrays

  /** An object without fields. */
  readonly objectHeader: number;
  /** `{}`, with the room for fields that it reserves. */
  readonly emptyObject: number;
  /** An object with this many fields or more is a hash table. Not bytes. */
  readonly dictionaryFrom: number;
  /**
   * The fields of an object that is a hash table with room for `count` fields, without the object.
   */
  dictionary(count: number): number;
  /** An empty array. */
  readonly emptyArray: number;
  /** An array that is not empty, without its elements. */
  readonly arrayHeader: number;
  /** `count` elements of an array that is a hash table, without the array. */
  sparse(count: number): number;

  // Built-in objects

  /** A `Map` with `size` entries, without the keys and values. */
  map(size: number): number;
  /** A `Set` with `size` elements, without the elements. */
  set(size: number): number;
  /** A `Date`. */
  readonly date: number;
  /** A regular expression. An estimate: its compiled code can't be seen. */
  readonly regexp: number;
  /** An `Error` with a message, without the text. An estimate: its stack can't be seen. */
  readonly error: number;
  /** A promise. An estimate: its value and its reactions can't be seen. */
  readonly promise: number;
  /** A `WeakRef`. */
  readonly weakRef: number;
  /** An empty `WeakMap` or `WeakSet`. */
  readonly weakMap: number;
  /** An empty `FinalizationRegistry`. */
  readonly finalizationRegistry: number;
  /** A proxy, without its target. */
  readonly proxy: number;
  /** A function with a scope of one variable. An estimate: the scope can't be seen. */
  readonly closure: number;
  /** A `new String`, `new Number` and so on, without the primitive. */
  readonly wrapper: number;

  // Binary data

  /** An `ArrayBuffer` or `SharedArrayBuffer`, without its bytes. */
  readonly arrayBuffer: number;
  /** A typed array, without its buffer. */
  readonly typedArray: number;
  /** A `DataView`, without its buffer. */
  readonly dataView: number;
  /** A typed array with up to this many bytes has them in the heap. */
  readonly onHeapBytes: number;
  /** The header of such bytes in the heap. */
  readonly onHeapHeader: number;
}

/** Bytes rounded up to what the engine allocates. */
export function aligned(bytes: number, { alignment }: EngineProfile): number {
  if (bytes < 2 ** 30) return (bytes + alignment - 1) & -alignment;
  return Math.ceil(bytes / alignment) * alignment;
}
