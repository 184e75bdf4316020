import { describe, expect, test } from "vitest";
import {
  Accounting,
  detach,
  exceeds,
  measure,
  shallowSizeOf,
  SIZE,
  sizeOf,
  tally,
  type SizeOfOptions,
} from "@heapwise/sizeof";

describe("SIZE", () => {
  class Handle {
    readonly hidden = new Array(1000);
    [SIZE](): number {
      return 1000;
    }
  }

  test("is a registered symbol", () => {
    expect(SIZE).toBe(Symbol.for("sizeof"));
  });

  test("replaces the bytes that the walk would find, once for each object", () => {
    const handle = new Handle();
    expect(sizeOf(handle)).toBe(1000);
    expect(sizeOf([handle, handle, new Handle()])).toBe(48 + 24 + 2000);
    expect(sizeOf({ [SIZE]: () => 7 })).toBe(7);
    expect(
      sizeOf(
        new (class extends Array {
          [SIZE](): number {
            return 5;
          }
        })(),
      ),
    ).toBe(5);
    expect(
      sizeOf(
        new (class extends Map {
          [SIZE](): number {
            return 5;
          }
        })(),
      ),
    ).toBe(5);
    expect(measure(handle)).toMatchObject({ bytes: 1000, min: 1000, max: 1000 });
  });

  test.each([NaN, -1, Infinity, "12", undefined])("that returns %s is a RangeError", (bytes) => {
    expect(() => sizeOf({ [SIZE]: () => bytes })).toThrow(RangeError);
  });

  test("is rounded up to whole bytes, so that sums are exact", () => {
    expect(sizeOf({ [SIZE]: () => 0.1 })).toBe(1);
    expect(sizeOf({ [SIZE]: () => 0 })).toBe(0);
    expect(sizeOf([{ [SIZE]: () => 96.03 }])).toBe(56 + 97);
  });

  test("throws an error that reaches the caller", () => {
    const failing = {
      [SIZE]: () => {
        throw new Error("mine");
      },
    };
    expect(() => sizeOf([failing])).toThrow("mine");
  });

  test("is a field if it is not a method", () => {
    expect(sizeOf({ [SIZE]: 7 })).toBe(32);
  });
});

describe("exclude", () => {
  test("omits a value with everything that it holds", () => {
    const schema = { fields: ["a", "b"], text: "x".repeat(1000) };
    const bytes = sizeOf({ schema, a: 1 }, { exclude: (value) => value === schema });
    expect(bytes).toBe(sizeOf({ schema: null, a: 1 }));
  });

  test("is called with texts, and its errors reach the caller", () => {
    expect(sizeOf(["a long text"], { exclude: (value) => typeof value === "string" })).toBe(56);
    const exclude = (): never => {
      throw new Error("mine");
    };
    expect(() => sizeOf({}, { exclude })).toThrow("mine");
  });
});

describe("Accounting", () => {
  test("charges the parts that two values share to the first value", () => {
    const seen = new Accounting();
    const shared = { text: "x".repeat(2000), list: [1, 2, 3] };
    const text = "y".repeat(2000);
    expect([sizeOf([text], { seen }), sizeOf([text], { seen })]).toEqual([2072, 2072]);
    expect(seen.has(text)).toBe(false);
    const buffer = new ArrayBuffer(1000);
    const first = sizeOf([shared, new Uint8Array(buffer)], { seen });
    const second = sizeOf([shared, new Uint8Array(buffer)], { seen });
    expect(first).toBe(sizeOf([shared, new Uint8Array(buffer)]));
    expect(second).toBeLessThan(200);
    expect(seen.has(shared)).toBe(true);
    expect(seen.delete(shared)).toBe(true);
    // The list in the forgotten object is still charged. The text has no identity, and counts
    // again.
    expect(sizeOf(shared, { seen })).toBe(40 + 2016);
    seen.clear();
    expect(seen.size).toBe(0);
    expect(sizeOf(shared, { seen })).toBe(sizeOf(shared));
  });

  test("is a set", () => {
    const seen = new Accounting();
    expect([seen.add(1), seen.add(1), seen.size, seen.has(1), seen.has(2)]).toEqual([
      true,
      false,
      1,
      true,
      false,
    ]);
  });
});

describe("share", () => {
  const text = "x".repeat(1024);
  const value = () => ({ text, list: [text, "short"], bytes: new Uint8Array(1000) });

  test("is asked about each buffer once, and never about a text", () => {
    const parts: [unknown, number][] = [];
    const charge = (part: unknown, bytes: number): boolean => parts.push([part, bytes]) < 0;
    const shared = value();
    const bytes = sizeOf([shared, shared.bytes], { share: { parts: "large", charge } });
    expect(parts).toEqual([[shared.bytes.buffer, 1000]]);
    expect(sizeOf([shared, shared.bytes])).toBe(bytes + 1000);
    sizeOf(shared, { share: { parts: "all", charge } });
    expect(parts.filter(([part]) => typeof part !== "object")).toEqual([]);
  });

  test("is asked about all parts, and they add up to the size", () => {
    let sum = 0;
    const charge = (_part: unknown, bytes: number): boolean => {
      sum += bytes;
      return false;
    };
    const graph = {
      ...value(),
      map: new Map([[1, { a: 1.5 }]]),
      many: Array.from({ length: 2000 }, (_, i) => ({ i })),
    };
    const rest = sizeOf(graph, { share: { parts: "all", charge } });
    expect(rest).toBe(0);
    expect(sum).toBe(sizeOf(graph));
  });
});

describe("texts", () => {
  const text = "x".repeat(60);

  test("of more than 12 characters count each time, wherever a value holds them", () => {
    const once = sizeOf(text);
    expect(sizeOf({ a: text, b: text })).toBe(40 + 2 * once);
    expect(sizeOf([text, text, text])).toBe(48 + 24 + 3 * once);
    expect(sizeOf({ a: text, b: { c: text } }, { plain: true })).toBe(40 + 32 + 2 * once);
    expect(sizeOf([[text], [text]], { plain: true })).toBe(64 + 2 * 56 + 2 * once);
    expect(sizeOf(new Map([[text, text]]))).toBe(184 + 2 * once);
    const values = Array.from({ length: 200 }, () => text);
    expect(sizeOf(values)).toBe(48 + 200 * (8 + once));
    expect(measure(values).max).toBeGreaterThanOrEqual(sizeOf(values));
    expect(measure(values).min).toBeLessThanOrEqual(48 + 200 * 8 + once);
  });

  test("of up to 12 characters count each time too, because the engine shares only some of them", () => {
    const cells = "0123456789,0123456789".split(",");
    expect(sizeOf({ a: cells[0], b: cells[1] })).toBe(40 + 64);
    expect(sizeOf({ a: cells[0], b: cells[1] }, { plain: true })).toBe(40 + 64);
  });
});

describe("tally", () => {
  class Secret {
    readonly #a = "x".repeat(100);
    get length(): number {
      return this.#a.length;
    }
  }
  class Rows extends Array {
    readonly #a = 1;
    get first(): number {
      return this.#a;
    }
  }
  class Index extends Map {
    readonly #a = 1;
    get first(): number {
      return this.#a;
    }
  }

  test.each<[string, () => unknown]>([
    ["data", () => ({ a: [1, 2.5, "text"], b: new Map([[1, new Uint8Array(500)]]) })],
    ["private fields", () => [new Secret(), new Secret()]],
    ["private fields of an array", () => new Rows()],
    ["private fields of a Map", () => new Index()],
    ["closures and natives", () => [() => 1, Promise.resolve(), new Proxy({}, {}), /a/]],
    ["an iterator", () => [[1].values(), new Intl.NumberFormat()]],
  ])("returns the same counts as measure for %s", (_name, make) => {
    const { bytes, external, objects, opaque, truncated } = measure(make());
    expect(tally(make())).toEqual({ bytes, external, objects, opaque, truncated });
    expect(sizeOf(make())).toBe(bytes);
  });

  test("counts objects with private fields as opaque", () => {
    expect(tally([new Secret(), new Secret(), {}]).opaque).toBe(2);
    expect(tally(new Rows()).opaque).toBe(1);
    expect(tally(new Index()).opaque).toBe(1);
    const open = [[], new Map(), new Uint8Array(9), new Date(), Buffer.from("abc")];
    expect(tally(open).opaque).toBe(0);
    expect(tally(new Secret(), { plain: true }).opaque).toBe(1);
  });

  test("stops above its limit, and throws if the limit is invalid", () => {
    const large = Array.from({ length: 1000 }, (_, i) => ({ i }));
    expect(tally(large, { limit: 1000 })).toMatchObject({ truncated: true });
    expect(tally(large, { limit: 1000 }).objects).toBeLessThan(200);
    expect(tally(large, { limit: sizeOf(large) })).toMatchObject({
      truncated: false,
      bytes: sizeOf(large),
    });
    expect(() => tally({}, { limit: -1 })).toThrow(RangeError);
    expect(() => tally({}, { limit: "1kb" as never })).toThrow(TypeError);
    expect(() => tally({}, { most: 1 } as never)).toThrow(TypeError);
  });
});

describe("plain", () => {
  test("does not change the size of parsed JSON", () => {
    const data: unknown = JSON.parse('[{"a":[1,2.5,"text"],"b":{}},[],{"c":null,"0":1}]');
    expect(sizeOf(data, { plain: true })).toBe(sizeOf(data));
  });

  test.each([
    { name: "a hole among fractions", value: Object.assign([], { 0: 1.5, 2: 2.5 }) },
    { name: "undefined among fractions", value: [1.5, undefined] },
    { name: "integers for keys", value: { 1: "one", 2: [2], a: 3 } },
    { name: "a key that begins with a digit", value: { "1a": 1.5, b: "text" } },
    { name: "fields without a value", value: { a: undefined, b: null, c: true } },
    {
      name: "built-in objects",
      value: { map: new Map([["a", 1.5]]), date: new Date(0), big: 10n },
    },
    { name: "a function", value: [String, { name: String }] },
    { name: "no prototype", value: [Object.assign(Object.create(null) as object, { a: 1.5 })] },
    { name: "a long array", value: Array.from({ length: 2000 }, (_, i) => i / 2) },
    { name: "a sparse array", value: Object.assign([], { 5000: "far" }) },
    {
      name: "three hundred fields",
      value: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i])),
    },
  ])("does not change the size of $name", ({ value }) => {
    expect(sizeOf(value, { plain: true })).toBe(sizeOf(value));
  });

  test("ends in a cycle, although a cycle is not a tree", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle, cycle);
    const object: Record<string, unknown> = { cycle };
    object["self"] = object;
    expect(sizeOf(object, { plain: true })).toBe(sizeOf(object));
    expect(exceeds(object, 1e9, { plain: true })).toBe(false);
  });
});

describe("bad arguments", () => {
  test.each<[string, unknown]>([
    ["a number instead of an object", 1],
    ["null instead of an object", null],
    ["an unknown option", { profiles: 1 }],
    ["exclude", { exclude: 1 }],
    ["seen", { seen: new Set() }],
    ["share", { share: {} }],
    ["plain", { plain: 1 }],
    ["profile", { profile: "v8" }],
  ])("options with %s are a TypeError", (_name, options) => {
    expect(() => sizeOf({}, options as SizeOfOptions)).toThrow(TypeError);
  });

  test("a limit below 0 or NaN is a RangeError, another type a TypeError", () => {
    expect(() => exceeds({}, -1)).toThrow(RangeError);
    expect(() => exceeds({}, NaN)).toThrow(RangeError);
    expect(() => exceeds({}, "1kb" as never)).toThrow(TypeError);
    expect(() => measure({}, { limit: -1 })).toThrow(RangeError);
    expect(exceeds({}, Infinity)).toBe(false);
  });

  test.each<[string, () => unknown]>([
    [
      'Cannot size value: option "limit" is not known, expected one of profile, exclude, seen, share, plain',
      () => sizeOf({}, { limit: 1 } as never),
    ],
    [
      'Cannot measure value: option "most" is not known, expected one of profile, exclude, seen, share, plain, limit',
      () => measure({}, { most: 1 } as never),
    ],
    [
      "Cannot tally value: exclude is 1, expected a function",
      () => tally({}, { exclude: 1 } as never),
    ],
    ["Cannot tally value: limit is NaN, expected a number >= 0", () => tally({}, { limit: NaN })],
    ["Cannot compare size: options are 1, expected an object", () => exceeds({}, 1, 1 as never)],
    [
      "Cannot compare size: limit is undefined, expected a number >= 0",
      () => exceeds({}, undefined as never),
    ],
    [
      'Cannot size value: share is an object, expected an object with parts, "large" or "all", and charge()',
      () => sizeOf({}, { share: { charge: () => true } } as never),
    ],
    ["Cannot size value: options are null, expected an object", () => shallowSizeOf({}, null!)],
    [
      "Cannot size value: profile is 1, expected an engine profile",
      () => shallowSizeOf({}, { profile: 1 } as never),
    ],
    [
      'Cannot size value: option "seen" is not known, expected one of profile',
      () => shallowSizeOf({}, { seen: new Accounting() } as never),
    ],
  ])("an error names the bad option: %s", (message, call) => {
    expect(call).toThrow(message);
  });

  test("detach throws a TypeError for a number", () => {
    expect(() => detach(1 as never)).toThrow(TypeError);
  });
});

test("a detached text is equal to the text", () => {
  for (const text of ["", "a", "0123456789abc", "€".repeat(50), "x".repeat(100).slice(3, 60)]) {
    expect(detach(text)).toBe(text);
  }
});
