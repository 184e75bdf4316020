/**
 * Prints the sizes of values with a text that fills the heap if it is read, one line for each kind.
 */
import { Accounting, exceeds, measure, sizeOf, tally } from "@heapwise/sizeof";

const huge = (): string => "x".repeat(4e8);
const KINDS: Readonly<Record<string, () => unknown>> = {
  text: huge,
  object: () => ({ a: huge() }),
  array: () => [huge(), huge()],
  "long array": () => Object.assign(new Array(5000).fill(1), { 4000: huge() }),
  nested: () => ({ a: [{ b: [huge()] }] }),
  "value of a Map": () => new Map([["key", huge()]]),
  "element of a Set": () => new Set([{ a: huge() }]),
  "boxed text": () => ({ a: Object(huge()) as unknown }),
  "message of an error": () => Object.assign(new Error("short"), { message: huge() }),
  "cause of an error": () => new Error("short", { cause: huge() }),
  "description of a symbol": () => [Symbol(huge())],
  "symbol for a key": () => ({ [Symbol(huge())]: 1 }),
  "no prototype": () => Object.assign(Object.create(null) as object, { a: huge() }),
  instance: () =>
    new (class Page {
      text = huge();
    })(),
  prototype: () => Object.create({ a: huge() }) as unknown,
  "field of an array": () => Object.assign([1], { a: huge() }),
  "field of a view": () => Object.assign(new Uint8Array(3), { a: huge() }),
  "hidden field": () => Object.defineProperty({}, "a", { value: huge() }),
  "name of a function": () => Object.defineProperty(() => 1, "name", { value: huge() }),
  tag: () => ({ [Symbol.toStringTag]: huge() }),
  bigint: () => 1n << 100_000_000n,
  "negative bigint": () => [-(1n << 100_000_000n)],
};

/** Each function gets a new value, because reading a text changes it. */
for (const [kind, make] of Object.entries(KINDS)) {
  const { bytes, min, max } = measure(make());
  const sizes = [
    bytes,
    sizeOf(make()),
    sizeOf(make(), { seen: new Accounting() }),
    sizeOf(make(), { exclude: () => false }),
    sizeOf(make(), { share: { parts: "all", charge: () => true } }),
  ];
  sizeOf(make(), { plain: true });
  const isMore = exceeds(make(), 1e6) && tally(make(), { limit: 1e6 }).truncated;
  console.log(JSON.stringify({ kind, isMore, min, max: String(max), sizes }));
}
