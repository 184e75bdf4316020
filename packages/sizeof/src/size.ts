/**
 * The key of the method by which an object reports its own bytes, with all that it holds:
 * `value[SIZE](): number`, a finite number >= 0, which is rounded up to whole bytes. It is a registered
 * symbol, so that a class needs no import to answer.
 *
 * ```ts
 * import { SIZE, sizeOf } from "@heapwise/sizeof";
 *
 * sizeOf({ [SIZE]: () => 4096 }); // => 4096
 * ```
 */
export const SIZE: unique symbol = Symbol.for("sizeof") as never;
