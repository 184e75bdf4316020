import { runProgram } from "@heapwise/testkit";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { exceeds, measure, shallowSizeOf, SIZE, sizeOf, tally } from "@heapwise/sizeof";

function fail(): never {
  throw new Error("from within the value");
}

/** Sizes a value with each function. Returns whether one of them found something opaque. */
function sizeAll(value: unknown): boolean {
  for (const plain of [false, true]) {
    expect(sizeOf(value, { plain })).toBeGreaterThanOrEqual(0);
    exceeds(value, 100, { plain });
    shallowSizeOf(value);
    tally(value, { plain, limit: 1e6 });
  }
  const { opaque, max } = measure(value);
  expect(max === Infinity).toBe(opaque > 0);
  return opaque > 0;
}

function revoked<T extends object>(target: T): T {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const trap = new Proxy({}, { get: () => fail });
const angry = (target: object): object => new Proxy(target, trap);

describe("a value that throws if it is read has a size", () => {
  test.each<[string, () => unknown]>([
    ["proxies", () => [angry({}), angry([]), angry(() => 1), angry(new Map()), { a: angry({}) }]],
    ["revoked proxies", () => [revoked({}), revoked([]), revoked(() => 1), new Set([revoked({})])]],
    ["a revoked prototype", () => Object.create(revoked({}))],
    ["a revoked prototype of an array", () => Object.setPrototypeOf([1, {}], revoked([]))],
    ["a revoked prototype of a Map", () => Object.setPrototypeOf(new Map([[1, {}]]), revoked({}))],
    ["a revoked prototype of bytes", () => Object.setPrototypeOf(new Uint8Array(9), revoked({}))],
    ["a revoked prototype of a prototype", () => Object.create(Object.create(revoked({})))],
    ["a revoked constructor", () => Object.create({ constructor: revoked(class extends Map {}) })],
    ["an angry constructor", () => Object.create({ constructor: angry(class extends Map {}) })],
  ])("%s", (_name, make) => {
    expect(sizeAll(make())).toBe(true);
    expect(sizeAll([make(), { a: make() }])).toBe(true);
  });

  test.each<[string, () => unknown]>([
    ["getters", () => Object.defineProperty({ a: 1 }, "b", { get: fail, enumerable: true })],
    [
      "a getter under a symbol",
      () => ({
        get [Symbol.toStringTag]() {
          return fail();
        },
      }),
    ],
    ["a getter of a prototype", () => Object.create(Object.defineProperty({}, "a", { get: fail }))],
    [
      "a getter for a constructor",
      () => ({
        get constructor() {
          return fail();
        },
      }),
    ],
    ["a getter for SIZE", () => Object.defineProperty({}, SIZE, { get: fail })],
    [
      "a class with a getter for its name",
      () => {
        class Odd {
          a = 1;
          static get name() {
            return fail();
          }
        }
        return new Odd();
      },
    ],
    [
      "iterators that throw",
      () =>
        [new Map([[1, 2]]), new Set([1]), [1]].map((value) =>
          Object.defineProperty(value, Symbol.iterator, { get: fail }),
        ),
    ],
    [
      "methods that throw",
      () =>
        ["entries", "values", "forEach", "next", "size", "valueOf", "toString", "toJSON"].map(
          (name) => Object.defineProperty(new Map([[1, { a: 2 }]]), name, { get: fail }),
        ),
    ],
  ])("%s", (_name, make) => {
    sizeAll(make());
    sizeAll({ made: [make(), new Map([[make(), make()]])] });
  });

  test("views of buffers that are detached, or have become short", () => {
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(length: number): void };
    const buffer = new Resizable(100, { maxByteLength: 1000 });
    const views = [
      new Uint8Array(buffer, 50, 50),
      new Uint8Array(buffer, 50),
      new DataView(buffer, 50, 50),
      new DataView(buffer, 50),
      new Float64Array(buffer, 8, 2),
    ];
    for (const length of [100, 1000, 60, 10, 0]) {
      buffer.resize(length);
      for (const view of views) {
        expect(sizeAll(view)).toBe(false);
        expect(measure(view).max).toBeGreaterThanOrEqual(1000);
      }
      expect(measure(views).external).toBe(length > 64 ? length : measure(views).external);
    }
    const gone = new ArrayBuffer(1000);
    const holders = [new Uint8Array(gone), new DataView(gone, 8), gone];
    structuredClone(gone, { transfer: [gone] });
    for (const holder of holders) {
      expect(sizeAll(holder)).toBe(false);
      expect(measure(holder).external).toBe(0);
    }
  });

  test("a primitive of each type", () => {
    const values = [undefined, null, NaN, true, Symbol.iterator, Symbol(), 0n, -1n, "", "a"];
    for (const value of values) {
      expect(sizeAll(value)).toBe(false);
      expect(sizeAll([value, { value }, Object(value) as unknown])).toBe(false);
    }
  });

  test("objects of another realm and of the engine", () => {
    const foreign = runInNewContext(`
      class Point { x = 1; #y = 2; }
      [new Point(), Object.create(null), [1, { a: 2 }], new Proxy({}, {}), new Error("text"), Symbol("a")]
    `) as unknown[];
    expect(sizeAll(foreign)).toBe(true);
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (name === "navigator" || name === "process") continue;
      const { value } = Object.getOwnPropertyDescriptor(globalThis, name)!;
      sizeAll(value);
      if (typeof value === "function")
        sizeAll({ value: (value as { prototype: unknown }).prototype });
    }
  });
});

describe("only code of the caller may throw", () => {
  const nested = (): object => ({ a: [{ b: "some text of some length" }], c: new Map([[{}, {}]]) });

  test.each<[string, (value: unknown) => unknown]>([
    ["exclude", (value) => sizeOf(value, { exclude: fail })],
    ["share, of all parts", (value) => sizeOf(value, { share: { parts: "all", charge: fail } })],
    [
      "share, of large ones",
      (value) => sizeOf([value, new ArrayBuffer(9)], { share: { parts: "large", charge: fail } }),
    ],
    ["SIZE", (value) => sizeOf([value, { [SIZE]: fail }])],
    ["SIZE that is no size", (value) => measure([value, { [SIZE]: () => -1 }])],
    [
      "SIZE in a long array",
      (value) => tally([...new Array<unknown>(3000), { [SIZE]: fail }, value]),
    ],
  ])("%s", (_name, run) => {
    for (let i = 0; i < 3; i++) {
      expect(() => run(nested())).toThrow();
      expect(sizeOf({ a: 1 })).toBe(32);
    }
  });
});

describe("code of the caller may change the collections that are being read", () => {
  test.each([10, 3000])("%i elements that grow with each call come to an end", (size) => {
    const objects = Array.from({ length: size }, (_, i) => ({ i }));
    const map = new Map<unknown, unknown>(objects.map((object) => [object, `text ${object.i}`]));
    const set = new Set<unknown>(objects);
    const list: unknown[] = [...objects];
    let calls = 0;
    const exclude = (value: unknown): boolean => {
      calls++;
      if (calls > 100 * size) throw new Error("there is no end");
      map.set({ calls }, `more ${calls}`);
      set.add({ calls });
      list.push({ calls });
      list.unshift({ calls });
      return sizeOf([value]) === 0;
    };
    for (const value of [map, set, list]) {
      calls = 0;
      expect(sizeOf(value, { exclude })).toBeGreaterThan(0);
    }
  });

  test.each([10, 3000])("%i elements that shrink with each call come to an end", (size) => {
    const objects = Array.from({ length: size }, (_, i) => ({ i }));
    const map = new Map<unknown, unknown>(objects.map((object) => [object, `text ${object.i}`]));
    const set = new Set<unknown>(objects);
    const list: unknown[] = [...objects];
    const exclude = (): boolean => {
      map.clear();
      set.clear();
      list.length = 0;
      return false;
    };
    expect(sizeOf([map, set, list], { exclude })).toBeGreaterThan(0);
    expect(sizeOf([[], new Map(), new Set()])).toBe(sizeOf([list, map, set]));
  });
});

test("a module has a size before its variables have values", async () => {
  const program = new URL("programs/without-values.ts", import.meta.url);
  const { code, stdout, stderr } = await runProgram(program);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const told = JSON.parse(stdout) as (number | boolean)[][];
  expect(told).toHaveLength(6);
  for (const [, ...rest] of told) expect(rest.pop()).toBe(false);
  // The other parts of the value count.
  for (const [bytes] of [told[2]!, told[3]!, told[5]!]) expect(bytes).toBeGreaterThan(5000);
});
