import { Buffer } from "node:buffer";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import {
  compressedV8,
  exceeds,
  jsc,
  measure,
  shallowSizeOf,
  sizeOf as size,
  v8,
} from "@heapwise/sizeof";

// The figures are heap slopes on Node 24. The suite sizeof-accuracy of the benchmarks measures them
// again.
const profile = v8(13);
const sizeOf = (value: unknown): number => size(value, { profile });

/** The types of Node 20 lack WebAssembly. */
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer } };
};

class Point {
  x = 1;
  y = 2;
}

class Empty {
  isEmpty(): boolean {
    return true;
  }
}

const integers = (length: number): number[] => Array.from({ length }, (_, i) => i);
const fields = (count: number, of: (i: number) => string = (i) => `key ${i}`) =>
  Object.fromEntries(integers(count).map((i) => [of(i), i]));

describe("primitives", () => {
  test.each<[string, unknown, number]>([
    ["undefined", undefined, 0],
    ["null", null, 0],
    ["a boolean", true, 0],
    ["a small integer", 42, 0],
    ["the largest small integer", 2 ** 31 - 1, 0],
    ["a larger integer", 2 ** 31, 16],
    ["a fraction", 1.5, 16],
    ["NaN", NaN, 16],
    ["0n", 0n, 16],
    ["a bigint", 1n, 24],
    ["a negative bigint", -(2n ** 64n), 32],
    ["a long bigint", 2n ** 1000n, 144],
    ["a symbol", Symbol("a"), 24],
    ["a symbol with a text as description", Symbol("x".repeat(1000)), 24 + 1016],
    ["a registered symbol", Symbol.for("a"), 0],
    ["a well-known symbol", Symbol.iterator, 0],
    ["an empty text", "", 0],
    ["a character", "a", 0],
    ["a character above Latin-1", "€", 24],
    ["10 characters", "0123456789", 32],
    ["100 characters", "x".repeat(100), 120],
    ["10 characters of two bytes", "€".repeat(10), 40],
    ["one character that makes all of them wide", `${"x".repeat(99)}€`, 216],
    ["Latin-1", "é".repeat(100), 120],
  ])("%s", (_name, value, bytes) => {
    expect(sizeOf(value)).toBe(bytes);
  });
});

describe("objects", () => {
  test.each<[string, unknown, number]>([
    ["{}", {}, 56],
    ["one field", { a: 1 }, 32],
    ["a fraction in a field", { a: 1.5 }, 48],
    ["10 fields", fields(10), 104],
    ["20 fields", fields(20), 24 + 8 * 20],
    ["127 fields, with their names", fields(127), 24 + (8 + 24) * 127],
    ["128 fields are a hash table, with their names", fields(128), 6232 + 24 * 128],
    ["2000 fields are a hash table, with their names", fields(2000), 98_392 + 24 * 2000],
    ["no prototype", Object.create(null), 184],
    [
      "no prototype, 10 fields, with their names",
      Object.assign(Object.create(null), fields(10)),
      472 + 10 * 24,
    ],
    ["a class", new Point(), 40],
    ["a class without fields", new Empty(), 24],
    ["frozen", Object.freeze({ a: 1, b: 2 }), 40],
    ["a symbol as key", { [Symbol.iterator]: 1, a: 2 }, 40],
    ["a field that is not enumerable", Object.defineProperty({}, "a", { value: 1 }), 32],
    ["dense indices", { 0: 1, 1: 1, 2: 1 }, 208],
    ["20 indices", fields(20, String), 416],
    ["sparse indices", fields(10, (i) => String(1000 + 137 * i)), 488],
    ["nested", { a: { b: { c: {} } } }, 3 * 32 + 56],
  ])("%s", (_name, value, bytes) => {
    expect(sizeOf(value)).toBe(bytes);
  });

  test("fields that a loop does not show are found in a list of objects of one shape", () => {
    const hidden = Symbol("hidden");
    const objects = integers(20).map((i) => ({ a: i, [hidden]: "x".repeat(1000) + i }));
    expect(sizeOf(objects)).toBeGreaterThan(20 * 1000);
  });

  test("the global object, classes and prototypes belong to the program", () => {
    expect(sizeOf({ globalThis, Point, Map })).toBe(24 + 3 * 8);
  });
});

describe("arrays", () => {
  const sparse = (at: number): number[] => {
    const array: number[] = [];
    array[at] = 1;
    return array;
  };
  test.each<[string, unknown, number]>([
    ["[]", [], 32],
    ["3 integers", [1, 2, 3], 72],
    ["100 fractions", integers(100).map((i) => i + 0.5), 848],
    ["100 fractions and a text", [...integers(99).map((i) => i + 0.5), "ab"], 848 + 99 * 16 + 24],
    ["holes", [1, , , 4], 48 + 32], // oxlint-disable-line no-sparse-arrays
    ["long", integers(10_000), 48 + 80_000],
    ["sparse", sparse(1e6), 176],
    ["the highest index", sparse(2 ** 32 - 2), 176],
    ["a length without elements", new Array(1e6), 48 + 8e6],
    ["a length too large for a list", new Array(4e9), 176],
    ["a field", Object.assign([1, 2, 3], { meta: 1 }), 72 + 40],
    ["a match of a regular expression", /(\d)(\d)/.exec("ab12"), 160],
    [
      "a subclass with a field",
      new (class Rows extends Array {
        count = 1;
      })(),
      32 + 40,
    ],
  ])("%s", (_name, value, bytes) => {
    expect(sizeOf(value)).toBe(bytes);
  });
});

describe("collections", () => {
  const map = (count: number) => new Map(integers(count).map((i) => [i, i]));
  test.each<[string, unknown, number]>([
    ["no entry", map(0), 184],
    ["4 entries", map(4), 184],
    ["5 entries", map(5), 296],
    ["100 entries", map(100), 3656],
    ["entries with texts", new Map([["0123456789", "abcdefghij"]]), 184 + 64],
    ["more entries than a chunk", map(3000), 32 + 16 + 8 * (3 + 3.5 * 4096)],
    ["empty set", new Set(), 152],
    ["set of 3", new Set(integers(3)), 232],
    ["set of 5", new Set(integers(5)), 232],
    ["set of 100", new Set(integers(100)), 2632],
    ["maps of maps", new Map([[1, map(4)]]), 368],
    [
      "a subclass with a field",
      new (class extends Map {
        a = 1;
      })(),
      184 + 40,
    ],
    ["a WeakMap", new WeakMap(), 136],
    ["a WeakRef", new WeakRef({}), 32],
  ])("%s", (_name, value, bytes) => {
    expect(sizeOf(value)).toBe(bytes);
  });
});

test("a short Set takes less in the V8 of Node 20", () => {
  expect(size(new Set([1]), { profile: v8(11) })).toBe(152);
  expect(measure(new Set([1]), { profile }).min).toBe(152);
});

describe("binary data", () => {
  test.each<[string, () => unknown, number, number]>([
    ["a buffer", () => new ArrayBuffer(1024), 1120, 1024],
    ["a shared buffer", () => new SharedArrayBuffer(1024), 1120, 1024],
    ["10 bytes in the heap", () => new Uint8Array(10), 232, 0],
    ["64 bytes in the heap", () => new Uint8Array(64), 280, 0],
    ["65 bytes outside", () => new Uint8Array(65), 265, 65],
    ["fractions", () => new Float64Array(100), 1000, 800],
    ["a Buffer of its own", () => Buffer.alloc(1000), 1200, 1000],
    [
      "a slice of the pool keeps all of it",
      () => Buffer.from("0123456789"),
      104 + 96 + Buffer.poolSize,
      Buffer.poolSize,
    ],
    [
      "a slice of a block as large as the pool",
      () => Buffer.alloc(Buffer.poolSize).subarray(0, 100),
      104 + 96 + Buffer.poolSize,
      Buffer.poolSize,
    ],
    ["an empty slice keeps its block", () => Buffer.alloc(5000).subarray(9, 9), 200 + 5000, 5000],
    ["an empty Buffer", () => Buffer.alloc(0), 200, 0],
    ["a wasm memory's buffer", () => new wasm.Memory({ initial: 2 }).buffer, 131_168, 131_072],
    ["a view keeps its buffer", () => new Uint8Array(4096).subarray(10, 20), 104 + 96 + 4096, 4096],
    ["a DataView", () => new DataView(new ArrayBuffer(100)), 88 + 96 + 100, 100],
  ])("%s", (_name, make, bytes, external) => {
    expect(measure(make(), { profile })).toMatchObject({ bytes, external });
  });

  test("a buffer counts once for all of its views", () => {
    const buffer = new ArrayBuffer(4096);
    const views = [new Uint8Array(buffer), new DataView(buffer), new Uint8Array(buffer, 5, 10)];
    expect(sizeOf(views)).toBe(48 + 3 * 8 + 104 + 88 + 104 + 96 + 4096);
    expect(sizeOf([buffer, ...views])).toBe(sizeOf(views) + 8);
  });

  test("a detached buffer holds nothing", () => {
    const buffer = new ArrayBuffer(1000);
    const array = new Uint8Array(buffer);
    const view = new DataView(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(sizeOf(buffer)).toBe(96);
    expect(sizeOf(view)).toBe(88 + 96);
    expect(sizeOf(array)).toBeLessThanOrEqual(104 + 96 + 16);
  });

  test("a resizable buffer may grow to its room", () => {
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer;
    const buffer = new Resizable(100, { maxByteLength: 1000 });
    expect(measure(buffer, { profile })).toMatchObject({ bytes: 196, max: 1096 });
  });
});

describe("built-in objects", () => {
  test.each<[string, unknown, number]>([
    ["a Date", new Date(0), 96],
    ["a RegExp", /ab+c/g, 56],
    ["a Promise", Promise.resolve(1), 48],
    ["a boxed text", Object("0123456789"), 64],
    ["a boxed number", Object(1), 32],
    ["a function", () => 1, 96],
  ])("%s", (_name, value, bytes) => {
    expect(sizeOf(value)).toBe(bytes);
  });

  test("an error with its message and its cause", () => {
    const cause = { text: "x".repeat(1000) };
    const error = new Error("boom 1234", { cause });
    expect(sizeOf(error)).toBeGreaterThan(264 + sizeOf(cause));
  });

  test("a function with a field", () => {
    // The fields are in a list of their own, with room for three.
    const memo = Object.assign(() => 1, { cache: new Map() });
    expect(sizeOf(memo)).toBe(sizeOf(() => 1) + 184 + 40);
  });

  test.each<[string, () => unknown, number]>([
    ["URL", () => new URL("https://example.com/path"), 232],
    ["Headers", () => new Headers({ a: "b" }), 300],
    ["Blob", () => new Blob([new Uint8Array(1000)]), 1000],
    ["AbortController", () => new AbortController(), 24],
    ["generator", () => (function* () {})(), 24],
  ])("%s is opaque, with an estimate", (_name, make, least) => {
    const measured = measure(make(), { profile });
    expect(measured.bytes).toBeGreaterThanOrEqual(least);
    expect(measured.opaque).toBeGreaterThan(0);
    expect(measured.max).toBe(Infinity);
  });

  test("private fields make an object opaque", () => {
    class Secret {
      #a = 1;
      get a(): number {
        return this.#a;
      }
    }
    expect(measure(new Secret()).max).toBe(Infinity);
    expect(measure(new (class extends Secret {})()).opaque).toBe(1);
    expect(measure(new Point()).opaque).toBe(0);
  });

  test("objects of another realm have the same size", () => {
    const [object, array, map, set, date, bytes, buffer] = runInNewContext(
      `[{ a: 1 }, [1, 2, 3], new Map([[1, 2]]), new Set([1]), new Date(), new Uint8Array(100), new ArrayBuffer(9)]`,
    ) as unknown[];
    expect([object, array, map, set, date, bytes, buffer].map(sizeOf)).toEqual([
      32, 72, 184, 232, 96, 300, 105,
    ]);
  });

  test("a Map without prototype is a Map", () => {
    expect(sizeOf(Object.setPrototypeOf(new Map([[1, 2]]), null))).toBe(184);
  });

  test("an object that only has the prototype of a built-in class is an ordinary object", () => {
    for (const { prototype } of [Map, Set, ArrayBuffer]) {
      expect(sizeOf(Object.create(prototype))).toBe(24);
    }
  });
});

describe("shallow size", () => {
  test.each<[string, unknown, number]>([
    ["an object", { a: "a long text, which is not counted", b: 1.5 }, 56],
    ["an array", [{}, {}, "text"], 72],
    ["a long array", integers(10_000), 80_048],
    ["a map", new Map([[1, {}]]), 184],
    ["a text", "abc", 24],
    ["a typed array", new Uint8Array(100), 104],
  ])("of %s", (_name, value, bytes) => {
    expect(shallowSizeOf(value, { profile })).toBe(bytes);
    expect(measure(value, { profile }).shallow).toBe(bytes);
  });
});

describe("other engines", () => {
  test.each<[string, unknown, number, number]>([
    ["a fraction", 1.5, 12, 0],
    ["2^30 needs a box where integers have 31 bits", 2 ** 30, 12, 0],
    ["10 characters", "0123456789", 24, 32],
    ["{}", {}, 28, 64],
    ["one field", { a: 1 }, 16, 32],
    ["10 fields", fields(10), 52, 112],
    ["[]", [], 16, 64],
    ["100 integers", integers(100), 424, 896],
    ["100 fractions", integers(100).map((i) => i + 0.5), 824, 896],
    ["a Map", new Map(integers(100).map((i) => [i, i])), 1828, 10_336],
    ["a Set", new Set(integers(100)), 1316, 8288],
    ["a Date", new Date(0), 52, 48],
    ["10 bytes", new Uint8Array(10), 132, 290],
    ["1000 bytes", new Uint8Array(1000), 1112, 1280],
  ])("%s in Chromium and in Bun", (_name, value, inChromium, inBun) => {
    expect(size(value, { profile: compressedV8 })).toBe(inChromium);
    expect(size(value, { profile: jsc })).toBe(inBun);
  });
});

test.each([
  ["an empty one between", (data: object) => Object.create(data) as object],
  [
    "methods beside the data",
    (data: object) => Object.assign(data, { read: (): number => 1 }) as object,
  ],
])("a prototype without a constructor belongs to its value, with %s", (_, wrap) => {
  const value = Object.create(
    wrap({ text: "x".repeat(2000), block: new Uint8Array(1e5) }),
  ) as object;
  expect(sizeOf(value)).toBeGreaterThan(102_000);
  expect(measure(value).max).toBeGreaterThan(102_000);
});

test("the keys of a dictionary count each time that it is sized", () => {
  const records = Array.from({ length: 500 }, (_, i) =>
    Object.fromEntries(Array.from({ length: 5 }, (__, k) => [`customer:${5 * i + k}`, k])),
  );
  const sizes = records.map((record) => [size(record), measure(record).bytes, size(record)]);
  for (const [first, ...others] of sizes) expect(others).toEqual([first, first]);
  expect(sizes.at(-1)![0]).toBeGreaterThan(5 * 32);
});

test("a dictionary is not read to its end if it is over the limit", () => {
  let asked = 0;
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key ${i}`, {}]));
  const exclude = (): boolean => asked++ < 0;
  expect(exceeds({ many, text: "x".repeat(1000) }, 500, { exclude })).toBe(true);
  expect(asked).toBeLessThan(300);
});
