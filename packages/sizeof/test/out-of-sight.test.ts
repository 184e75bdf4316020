import { MessageChannel } from "node:worker_threads";
import { createHash, createSecretKey } from "node:crypto";
import { Socket } from "node:net";
import { createGzip } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Accounting, measure, sizeOf as size, tally, v8 } from "../src/index.ts";

const profile = v8(13);
const sizeOf = (value: unknown): number => size(value, { profile });
const big = (): { text: string; bytes: Uint8Array } => ({
  text: "x".repeat(10_000),
  bytes: new Uint8Array(50_000),
});
const BIG = 60_000;

describe("hidden keys", () => {
  const key = Symbol("hidden");
  const LATE: Readonly<Record<string, () => object>> = {
    object: () => ({ id: 1 }),
    instance: () =>
      new (class Point {
        x = 1;
      })(),
    array: () => [1],
    "long array": () => new Array<number>(5000).fill(1),
    "very long array": () => new Array<number>(100_000).fill(1),
    function: () => () => 1,
    Map: () => new Map([[1, 2]]),
    Set: () => new Set([1]),
    Date: () => new Date(0),
    bytes: () => new Uint8Array(20),
    "many bytes": () => new Uint8Array(5000),
    Buffer: () => Buffer.from("a text"),
    DataView: () => new DataView(new ArrayBuffer(20)),
    buffer: () => new ArrayBuffer(20),
    "boxed text": () => Object("text") as object,
    "boxed number": () => Object(1) as object,
    "no prototype": () => Object.create(null) as object,
    "regular expression": () => /a/g,
    error: () => new Error("a"),
    promise: () => Promise.resolve(),
  };

  test.each(Object.entries(LATE))(
    "of each %s are in the bounds if they are symbols",
    (_name, make) => {
      // The first objects of a shape are searched, and these come after them.
      const values = Array.from({ length: 20 }, make);
      for (const value of values) {
        const hidden = big();
        Object.defineProperty(value, key, { value: hidden, configurable: true });
        const { max, min } = measure(values);
        expect(max).toBeGreaterThan(BIG);
        expect(min).toBeLessThan(max);
        Reflect.deleteProperty(value, key);
        Object.assign(value, { [key]: hidden });
        expect(measure(values).max).toBeGreaterThan(BIG);
        expect(measure(value).bytes).toBeGreaterThan(BIG);
        // The next value gets the key.
        values.splice(values.indexOf(value), 1, make());
      }
    },
  );

  const named = Object.entries(LATE).filter(
    ([name]) => !["very long array", "many bytes"].includes(name),
  );
  test.each(named)(
    "with a name that no loop shows, of any %s, are in all bounds",
    (_name, make) => {
      const values = Array.from({ length: 20 }, make);
      for (const value of values) {
        Object.defineProperty(value, "hidden", { value: big(), configurable: true });
        expect(measure(values).max).toBeGreaterThan(BIG);
        expect(measure(value).bytes).toBeGreaterThan(BIG);
        Reflect.deleteProperty(value, "hidden");
      }
    },
  );

  test("do not make a value opaque, although only some objects are searched", () => {
    const rows = Array.from({ length: 100 }, (_, id) => ({ id, [key]: id }));
    expect(tally(rows).opaque).toBe(0);
    expect(tally([{ id: 2, [key]: 1 }, { id: 1 }]).opaque).toBe(0);
    expect(measure(rows).opaque).toBe(0);
  });
});

describe("a prototype that belongs to its objects", () => {
  test.each<[string, () => object]>([
    ["an object", () => Object.create(big()) as object],
    ["a literal with __proto__", () => ({ __proto__: big(), a: 1 })],
    [
      "a chain of prototypes",
      () => Object.create(Object.create(Object.create(big()) as object) as object) as object,
    ],
    ["an array", () => Object.create([big()]) as object],
    [
      "an object without prototype",
      () => Object.create(Object.assign(Object.create(null) as object, big())) as object,
    ],
    [
      "the prototype of an array",
      () =>
        Object.setPrototypeOf(
          [1],
          Object.assign(Object.create(Array.prototype) as object, big()),
        ) as object,
    ],
    [
      "the prototype of a Map",
      () =>
        Object.setPrototypeOf(
          new Map(),
          Object.assign(Object.create(Map.prototype) as object, big()),
        ) as object,
    ],
    ["data and methods", () => Object.create({ ...big(), run: () => 1 }) as object],
  ])("counts: %s", (_name, make) => {
    expect(sizeOf(make())).toBeGreaterThan(BIG);
    expect(sizeOf([make(), make()])).toBeGreaterThan(2 * BIG);
    expect(measure(make()).max).toBeGreaterThan(BIG);
    expect(tally(make())).toMatchObject({ external: 50_000 });
  });

  test("counts once in a walk", () => {
    const proto = big();
    const heirs = Array.from({ length: 10 }, () => Object.create(proto) as object);
    expect(sizeOf(heirs)).toBeLessThan(1.1 * sizeOf(heirs[0]));
    expect(measure(heirs).external).toBe(50_000);
    expect(sizeOf([proto, ...heirs])).toBe(sizeOf(heirs) + 8);
  });

  test("counts once if it alternates with others", () => {
    const protos = [{ theme: "dark", list: [1] }, { theme: "light", list: [2] }, [3]];
    const heirs = Array.from({ length: 300 }, (_, i) => Object.create(protos[i % 3]!) as object);
    const alone = protos.map((proto) => sizeOf([Object.create(proto)]) - 56 - 24);
    const all = alone.reduce((sum, bytes) => sum + bytes, 48 + 300 * (8 + 24));
    expect(sizeOf(heirs)).toBe(all);
    const exclude = (value: unknown): boolean => protos.includes(value as never);
    expect(size(heirs, { profile, exclude })).toBe(48 + 300 * (8 + 24));
    const seen = new Accounting();
    size(heirs[0], { profile, seen });
    expect(size(heirs[3], { profile, seen })).toBe(24);
  });

  test("does not count if exclude says so, and share is asked about it", () => {
    const proto = { a: { b: 1 } };
    const heir = Object.create(proto) as object;
    const asked: object[] = [];
    const share = { parts: "all", charge: (part: object) => asked.push(part) > 0 } as const;
    size(heir, { share });
    expect(asked).toEqual([heir, proto, proto.a]);
    expect(size(heir, { exclude: (value) => value === proto })).toBeLessThan(sizeOf(heir));
  });

  test.each<[string, () => unknown]>([
    [
      "of a class",
      () =>
        new (class Page {
          static readonly text = "x".repeat(10_000);
          read(): string {
            return "text";
          }
        })(),
    ],
    [
      "of a function with methods alone",
      () => {
        const Old = function (this: object) {} as unknown as new () => object;
        Old.prototype = { read: () => 1, write: () => 2 };
        return new Old();
      },
    ],
    ["that is empty", () => Object.create(Object.create(null) as object)],
    ["of a generator", () => (function* () {})()],
    ["of an iterator", () => [1].values()],
    ["of a match", () => "a".matchAll(/a/g)],
  ])("is not the prototype %s", (_name, make) => {
    expect(sizeOf(make())).toBeLessThan(120);
  });
});

describe("the opaque objects of a measurement", () => {
  class Secret {
    readonly #text = "x".repeat(100);
    get length(): number {
      return this.#text.length;
    }
  }
  class Privé {
    #été = "x".repeat(100);
    length(): number {
      return this.#été.length;
    }
  }
  /** A class as compilers write private fields for older engines. */
  const downleveled = new Function(`
    var __privateAdd = (object, member, value) => member.set(object, value);
    var _text;
    class Old { constructor() { __privateAdd(this, _text, "x".repeat(100)); } }
    _text = new WeakMap();
    return Old;
  `)() as new () => object;
  const Buffered = class extends Uint8Array {
    readonly #note = "a";
    get note(): string {
      return this.#note;
    }
  };

  test.each<[string, () => object]>([
    ["private fields", () => new Secret()],
    ["inherited private fields", () => new (class extends Secret {})()],
    [
      "private fields of an array",
      () =>
        new (class extends Array {
          #a = 1;
          get a(): number {
            return this.#a;
          }
        })(),
    ],
    ["private fields of a view", () => new Buffered(10)],
    ["private fields with names of other letters", () => new Privé()],
    ["private fields for older engines", () => new downleveled()],
    ["a closure", () => () => 1],
    [
      "a getter",
      () => ({
        get a() {
          return 1;
        },
      }),
    ],
    ["a proxy", () => new Proxy({}, {})],
    ["a promise", () => Promise.resolve()],
    [
      "a promise with private fields",
      () =>
        new (class extends Promise<void> {
          #a = 1;
          get a(): number {
            return this.#a;
          }
        })((resolve) => resolve()),
    ],
    ["a generator", () => (function* () {})()],
    ["an iterator", () => new Map().keys()],
    ["a regular expression", () => /a/],
    ["an error", () => new Error("a")],
    ["a WeakRef", () => new WeakRef({})],
    ["a WeakMap", () => new WeakMap()],
    ["a response", () => new Response("a")],
    ["headers", () => new Headers()],
    ["a URL", () => new URL("https://example.com")],
    ["a Blob", () => new Blob(["a"])],
    ["an abort signal", () => new AbortController().signal],
    ["a format of Intl", () => new Intl.NumberFormat()],
    ["segments of Intl", () => new Intl.Segmenter().segment("a text")],
    ["a key", () => createSecretKey(Buffer.alloc(16))],
    ["a hash", () => createHash("sha256")],
    ["a socket", () => new Socket()],
    ["a stream that compresses", () => createGzip()],
    ["a port", () => new MessageChannel().port1],
  ])("include %s, once for each object", (_name, make) => {
    const value = make();
    const { opaque } = measure(value);
    expect(opaque).toBeGreaterThan(0);
    expect(tally(value).opaque).toBe(opaque);
    expect(measure([value]).max).toBe(Infinity);
    if (value instanceof Secret || value instanceof Promise) expect(opaque).toBe(1);
    if (value instanceof MessagePort) value.close();
  });

  test.each<[string, () => unknown]>([
    ["records and lists", () => ({ a: [1, "text", null, { b: 2n }], c: new Date(0) })],
    [
      "instances",
      () =>
        new (class Point {
          x = 1;
          // A comment with a # in it, and a color: "#fff".
          color = "#fff";
        })(),
    ],
    [
      "collections and bytes",
      () => [new Map([[1, new Set([2])]]), new Uint8Array(9), Buffer.from("a")],
    ],
    [
      "subclasses of the engine's classes",
      () => [
        new (class Rows extends Array {})(),
        new (class Index extends Map {})(),
        new (class Bytes extends Uint8Array {})(9),
      ],
    ],
    [
      "classes that are functions",
      () => {
        const Old = function (this: { a: number }) {
          this.a = 1;
        } as unknown as new () => object;
        Old.prototype = { read: () => 1 };
        return new Old();
      },
    ],
    ["data without prototype", () => Object.assign(Object.create(null) as object, { a: 1 })],
    ["data as prototype", () => Object.create({ a: 1 })],
  ])("do not include %s", (_name, make) => {
    expect(measure(make())).toMatchObject({ opaque: 0 });
    expect(measure(make()).max).toBeLessThan(Infinity);
  });
});
