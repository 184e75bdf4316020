import fc from "fast-check";

/**
 * Pairs of keys that a careless comparison would confuse. Each pair differs, or is the same key, in
 * its own way.
 */
export const TRICKY_KEYS: readonly unknown[] = [
  0,
  -0,
  1,
  "1",
  1n,
  true,
  "true",
  "",
  "0",
  NaN,
  "NaN",
  null,
  "null",
  undefined,
  "undefined",
  1.5,
  "1.5",
  -1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  Infinity,
  "__proto__",
  "constructor",
  "a".repeat(1000),
  "a".repeat(999) + "b",
  Symbol("key"),
  Symbol("key"),
  Symbol.for("key"),
  {},
  {},
  () => {},
];

/**
 * Keys from a small set of integers and strings. The low ones are far more frequent, so that there
 * are collisions, hits and evictions.
 */
export function skewedKey(count: number): fc.Arbitrary<number | string> {
  return fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), fc.boolean())
    .map(([x, text]) => {
      const rank = Math.floor(x ** 3 * count);
      return text ? `k${rank}` : rank;
    });
}

/** A key of any kind: mostly from the skewed set, and otherwise a tricky key. */
export function anyKey(count: number): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 3, arbitrary: skewedKey(count) as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: fc.constantFrom(...TRICKY_KEYS) },
  );
}

/** Weights from 0 to above `capacity`. Most are small, and both edges of the bound occur. */
export function weightUpTo(capacity: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: Math.max(1, Math.ceil(capacity / 3)) }) },
    { weight: 1, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(capacity - 1, capacity, capacity + 1) },
  );
}

/** A value that states its weight. Two values of one weight differ by their `id`. */
export interface WeighedValue {
  readonly id: number;
  readonly weight: number;
}

/**
 * Values of a cache: some that look absent (`undefined`, `null`, `0`, `""`, `NaN`), numbers, texts,
 * and values that state their weight.
 */
export function anyValue(capacity: number): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom<unknown>(undefined, null, 0, -0, "", NaN, false) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 20 }) as fc.Arbitrary<unknown> },
    {
      weight: 4,
      arbitrary: fc.record({
        id: fc.nat(1_000_000),
        weight: weightUpTo(capacity),
      }) as fc.Arbitrary<unknown>,
    },
  );
}

/** The weight of a value that `anyValue` has made: the weight that it states, or 1. */
export function weighAny(value: unknown): number {
  const weight = (value as Partial<WeighedValue> | null | undefined)?.weight;
  return typeof weight === "number" ? weight : 1;
}
