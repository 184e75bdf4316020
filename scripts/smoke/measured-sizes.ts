/** Kinds of values with their sizes, in bytes. */
export interface MeasuredSize {
  readonly name: string;
  readonly make: (i: number) => unknown;
  /** Growth of the heap per value in Chromium 147, V8 with compressed pointers. */
  readonly compressed: number;
  /** Growth of the heap per value in Bun 1.4.5, if it was measured. */
  readonly jsc?: number;
}

/** An instance without fields. */
class Empty {
  isEmpty(): boolean {
    return true;
  }
}

class Two {
  readonly a: number;
  readonly b: number;
  constructor(i: number) {
    this.a = i;
    this.b = i;
  }
}

const shared = {};

/** A separate flat string with one byte per character. */
function text(i: number, length: number): string {
  let letters = "";
  for (let x = Math.imul(i + 1, 2654435761) >>> 0; letters.length < length;) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    letters += x.toString(36);
  }
  return JSON.parse(JSON.stringify(letters.slice(0, length))) as string;
}

function wideText(i: number, length: number): string {
  const codes = Array.from({ length }, (_, at) => 0x4e00 + ((i * 31 + at * 7) % 20_000));
  return String.fromCharCode(...codes);
}

function grow(count: number, at: (i: number) => unknown): unknown[] {
  const array: unknown[] = [];
  for (let i = 0; i < count; i++) array.push(at(i));
  return array;
}

function record(i: number): unknown {
  return JSON.parse(
    JSON.stringify({
      id: `user-${i}`,
      name: `Ada Lovelace ${i}`,
      email: `ada${i}@example.com`,
      age: 36 + (i % 40),
      score: i + 0.25,
      active: i % 2 === 0,
      tags: [`a${i}`, `b${i}`, `c${i}`],
      address: {
        street: `${i} Main St`,
        city: "London",
        zip: `N${i}`,
        geo: { lat: 51.5 + i / 1e6, lng: -0.12 - i / 1e6 },
      },
      created: `2024-01-01T00:00:${i % 60}Z`,
      history: [
        { t: i, v: i * 1.5 },
        { t: i + 1, v: i * 2.5 },
      ],
    }),
  );
}

/** Results of an experiment, independent of the profiles that are checked with them. */
export const MEASURED_SIZES: readonly MeasuredSize[] = [
  { name: "a small integer", make: (i) => i, compressed: 0, jsc: 0 },
  { name: "a double", make: (i) => i + 0.5, compressed: 12, jsc: 0 },
  { name: "a bigint", make: (i) => BigInt(i + 1), compressed: 16, jsc: 32 },
  { name: "a text of 10", make: (i) => text(i, 10), compressed: 24, jsc: 26 },
  { name: "a text of 100", make: (i) => text(i, 100), compressed: 112, jsc: 116 },
  { name: "a wide text of 100", make: (i) => wideText(i, 100), compressed: 212 },
  { name: "{}", make: () => ({}), compressed: 28, jsc: 64 },
  { name: "{ a }", make: (i) => ({ a: i }), compressed: 16, jsc: 32 },
  { name: "{ a: double }", make: (i) => ({ a: i + 0.5 }), compressed: 28 },
  {
    name: "ten properties",
    make: (i) => ({ a: i, b: i, c: i, d: i, e: i, f: i, g: i, h: i, i, j: i }),
    compressed: 52,
    jsc: 112,
  },
  { name: "an empty instance", make: () => new Empty(), compressed: 12 },
  { name: "an instance of two fields", make: (i) => new Two(i), compressed: 20 },
  { name: "[]", make: () => [], compressed: 16, jsc: 64 },
  { name: "[i, i, i]", make: (i) => [i, i, i], compressed: 36 },
  {
    name: "100 small integers",
    make: (i) => Array.from({ length: 100 }, () => i),
    compressed: 424,
    jsc: 896,
  },
  { name: "an empty map", make: () => new Map(), compressed: 92, jsc: 32 },
  {
    name: "a map of 100",
    make: (i) => new Map(grow(100, (at) => [at, i]) as [number, number][]),
    compressed: 1828,
    jsc: 10_336,
  },
  {
    name: "a set of 100",
    make: (i) => new Set(grow(100, (at) => (at as number) + i)),
    compressed: 1316,
    jsc: 8288,
  },
  { name: "a date", make: (i) => new Date(i * 1e6), compressed: 52, jsc: 48 },
  { name: "a weak reference", make: () => new WeakRef(shared), compressed: 16, jsc: 32 },
  { name: "a closure", make: (i) => () => i, compressed: 48, jsc: 80 },
  { name: "a buffer of 1000", make: () => new Uint8Array(1000), compressed: 1112, jsc: 1280 },
  { name: "a record from JSON", make: record, compressed: 496, jsc: 688 },
];
