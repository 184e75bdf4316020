/**
 * The key of a method by which an object reports its own bytes, and the bytes of everything that it
 * holds: `value[SIZE](): number`. The sizes then include this number, and do not look into the
 * object.
 *
 * Use it for classes with memory that can't be seen, such as private fields, native handles or
 * WebAssembly. The method returns a finite number of at least 0, which is rounded up to whole
 * bytes. For any other result the function that was asked for the size throws a RangeError.
 *
 * It is `Symbol.for("sizeof")`, so that a class can have the method without an import.
 *
 * @example
 * ```ts
 * import { SIZE, sizeOf } from "@heapwise/sizeof";
 *
 * class Texture {
 *   [SIZE](): number {
 *     return 4096;
 *   }
 * }
 * sizeOf(new Texture()); // => 4096
 * sizeOf({ [SIZE]: () => -1 }); // => throws RangeError
 * ```
 */
export const SIZE: unique symbol = Symbol.for("sizeof") as never;
