/**
 * The key of the method by which an object reports its own bytes, with all that it holds:
 * `value[SIZE](): number`, rounded up to whole bytes. It is a registered symbol, so that a class needs no import to answer.
 */
export const SIZE: unique symbol = Symbol.for("sizeof") as never;
