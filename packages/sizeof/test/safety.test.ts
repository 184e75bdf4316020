import { describe, expect, test } from "vitest";
import { exceeds, measure, SIZE, sizeOf, tally } from "@heapwise/sizeof";

/** Getters and traps that note that they have run. */
function spy() {
  const ran: string[] = [];
  const getter = (name: string) => ({
    get: () => {
      ran.push(name);
      return undefined;
    },
    enumerable: true,
    configurable: true,
  });
  const handler = new Proxy(
    {},
    {
      get: (_target, trap) => {
        ran.push(String(trap));
        return undefined;
      },
    },
  );
  return { ran, getter, handler };
}

describe("a size runs no", () => {
  test("getters and setters of objects, arrays and classes", () => {
    const { ran, getter } = spy();
    class Lazy {
      get late(): number {
        ran.push("class");
        return 1;
      }
    }
    const values = [
      Object.defineProperty({ a: 1 }, "b", getter("object")),
      Object.defineProperty({ 1: 1 }, 0, getter("index")),
      Object.defineProperty([1, 2, 3], 1, getter("element")),
      Object.defineProperty([], "field", getter("field")),
      Object.defineProperty({}, "hidden", { ...getter("hidden"), enumerable: false }),
      Object.defineProperty({}, Symbol.toStringTag, getter("tag")),
      Object.defineProperty({}, SIZE, getter("SIZE")),
      Object.create({}, { a: getter("created") }),
      Object.create(Object.defineProperty({}, "constructor", getter("constructor"))),
      new Lazy(),
    ];
    for (const value of values) {
      expect(sizeOf(value)).toBeGreaterThan(0);
      measure(value);
      exceeds(value, 1);
    }
    // A getter among many objects of one shape.
    const alike: unknown[] = Array.from({ length: 2000 }, (_, a) => ({ a, b: 1 }));
    alike[1999] = Object.defineProperties(
      {},
      { a: getter("last"), b: { value: 1, enumerable: true } },
    );
    sizeOf(alike);
    expect(ran).toEqual([]);
  });

  test("fields that shadow built-in getters and methods", () => {
    const { ran, getter } = spy();
    const shadows = ["size", "entries", "values", "byteLength", "byteOffset", "buffer", "length"];
    for (const value of [
      new Map([[1, 2]]),
      new Set([1]),
      new Uint8Array(100),
      new DataView(new ArrayBuffer(9)),
    ]) {
      for (const name of [...shadows, Symbol.iterator, Symbol.toStringTag, "constructor"]) {
        Object.defineProperty(value, name, getter(String(name)));
      }
      sizeOf(value);
      measure(value);
    }
    expect(ran).toEqual([]);
  });

  test("traps of proxies, wherever a value holds them", () => {
    const { ran, handler } = spy();
    const holey: unknown[] = [1, , 3]; // oxlint-disable-line no-sparse-arrays
    Object.setPrototypeOf(holey, new Proxy([], handler));
    const values = [
      new Proxy({}, handler),
      new Proxy([], handler),
      new Proxy(() => 1, handler),
      new Proxy(new Map(), handler),
      Object.create(new Proxy({}, handler)),
      { deep: [new Proxy(new Date(), handler)] },
      holey,
    ];
    for (const value of values) {
      expect(sizeOf(value)).toBeGreaterThan(0);
      expect(measure(value).bytes).toBe(sizeOf(value));
    }
    expect(measure(values[0]).max).toBe(Infinity);
    expect(ran).toEqual([]);
  });

  test("traps of prototypes and constructors that are proxies", () => {
    const { ran, handler } = spy();
    class Child {
      own = { a: 1 };
    }
    const child = new Child();
    Object.setPrototypeOf(Child.prototype, new Proxy({}, handler));
    const map = new Map([[1, { a: 1 }]]);
    Object.setPrototypeOf(map, new Proxy(Map.prototype, handler));
    const bytes = new Uint8Array(100);
    Object.setPrototypeOf(bytes, new Proxy(Uint8Array.prototype, handler));
    const made = Object.create({ constructor: new Proxy(() => 1, handler) }) as object;
    expect([child, map, bytes, made].map((value) => sizeOf(value) > 0)).not.toContain(false);
    expect(sizeOf(map)).toBe(sizeOf(new Map([[1, { a: 1 }]])));
    expect(measure(child).max).toBe(Infinity);
    measure(made);
    expect(ran).toEqual([]);
  });

  test("getters of instances, and no enumerable getters of their prototypes", () => {
    const { ran, getter } = spy();
    const proto = Object.defineProperty({ inherited: 1 }, "lazy", getter("inherited"));
    const plain = Object.assign(Object.create(proto) as object, { a: 1, b: 2 });
    const own = Object.defineProperty(Object.create(proto) as object, "own", getter("own"));
    expect(sizeOf(plain)).toBe(40);
    expect(sizeOf(plain, { plain: true })).toBe(40);
    expect(sizeOf(own)).toBeGreaterThan(24);
    expect(ran).toEqual([]);
  });

  test("trap of a revoked proxy", () => {
    for (const target of [{}, [], () => 1]) {
      const { proxy, revoke } = Proxy.revocable(target, {});
      revoke();
      expect(measure({ proxy })).toMatchObject({ opaque: 1, max: Infinity });
    }
  });

  test("code that formats the stack of an error", () => {
    const ran: string[] = [];
    const before = Error.prepareStackTrace;
    Error.prepareStackTrace = () => ran.push("prepareStackTrace");
    try {
      const carrier = { a: 1 };
      Error.captureStackTrace(carrier);
      sizeOf([new Error("a"), carrier, new (class extends TypeError {})()]);
      measure(new Error("a"));
    } finally {
      Error.prepareStackTrace = before;
    }
    expect(ran).toEqual([]);
  });

  test("getter that a program added to Object.prototype", () => {
    const { ran, getter } = spy();
    // oxlint-disable-next-line no-extend-native
    Object.defineProperty(Object.prototype, "polluted", getter("inherited"));
    try {
      // oxlint-disable-next-line no-sparse-arrays
      sizeOf([{ a: 1 }, , { b: 2 }]);
      sizeOf({ a: 1 }, { plain: true });
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
    expect(ran).toEqual([]);
  });
});

describe("code of the caller", () => {
  test("is called in a cycle, although plain says that it is a tree", () => {
    const cycle: Record<string, unknown> = { text: "x".repeat(100), a: 1 };
    cycle["self"] = cycle;
    const exclude = (value: unknown): boolean => typeof value === "string";
    expect(sizeOf(cycle, { plain: true, exclude })).toBe(48);
  });

  test("may size other values", () => {
    const value = { a: { b: ["some text", { c: 1 }] } };
    const exclude = (): boolean => sizeOf([[{ other: "text" }]]) === 0;
    expect(sizeOf(value, { exclude })).toBe(sizeOf(value));
  });

  test("may throw, and the next size is right", () => {
    const value = { a: [{ b: 1 }], text: "some text", c: new Map([[1, {}]]) };
    const bytes = sizeOf(value);
    for (let calls = 0; calls < 4; calls++) {
      let left = calls;
      const exclude = (): boolean => {
        if (left-- === 0) throw new Error("mine");
        return false;
      };
      expect(() => sizeOf(value, { exclude })).toThrow("mine");
      expect(sizeOf(value)).toBe(bytes);
    }
  });

  test("may change the objects that are being read", () => {
    const map = new Map<string, unknown>([["first", {}]]);
    const list: unknown[] = ["first", {}, "second"];
    const record: Record<string, unknown> = { first: "text", second: {}, third: "more" };
    let calls = 0;
    const exclude = (): boolean => {
      calls++;
      map.set(`key ${calls}`, {});
      if (calls % 2 === 0) list.push({}, "text");
      else list.length = 2;
      record[`key ${calls}`] = {};
      delete record["second"];
      Object.defineProperty(record, "third", { get: expect.unreachable, configurable: true });
      return false;
    };
    expect(sizeOf([map, list, record], { exclude })).toBeGreaterThan(0);
    expect(calls).toBeLessThan(100);
  });
});

describe("a large value", () => {
  test("may be a linked list of a million nodes", () => {
    let distinct: unknown = null;
    for (let i = 0; i < 1e6; i++) distinct = { i, next: distinct };
    expect(measure(distinct)).toMatchObject({ bytes: 40e6, objects: 1e6 });
    let alike: unknown = null;
    for (let i = 0; i < 1e5; i++) alike = [alike];
    expect(sizeOf(alike)).toBe(1e5 * 56);
  });

  test("with many holes is not read hole by hole", () => {
    const array: unknown[] = [];
    array[4e9] = { a: 1 };
    array[3] = "first";
    expect(measure(array)).toMatchObject({ objects: 2, truncated: false });
    expect(exceeds(array, 1000)).toBe(false);
  });

  test("is read no further than the limit needs", () => {
    const large = Array.from({ length: 1e5 }, (_, i) => ({ i, text: "x".repeat(1000) }));
    expect(exceeds(large, 1024)).toBe(true);
    expect(measure(large, { limit: 1024 })).toMatchObject({ truncated: true, max: Infinity });
    expect(measure(large, { limit: 1024 }).objects).toBeLessThan(600);
    expect(measure(new Map(large.entries()), { limit: 1024 }).objects).toBeLessThan(600);
    expect(measure({ large }, { limit: 1024 }).objects).toBeLessThan(600);
  });
});

describe("no more fields are read than the limit needs", () => {
  const fill = (object: object, key: (i: number) => PropertyKey): object => {
    for (let i = 0; i < 20_000; i++) Reflect.set(object, key(i), "a");
    return object;
  };
  test.each<[string, object]>([
    ["an object", fill({}, (i) => `key ${i}`)],
    ["an object with indices", fill({}, (i) => i * 7)],
    ["no prototype", fill(Object.create(null) as object, (i) => `key ${i}`)],
    [
      "an instance",
      fill(
        new (class Rows {
          id = 0;
        })(),
        (i) => `key ${i}`,
      ),
    ],
    ["symbols", fill({}, Symbol)],
    ["an array with holes", fill([], (i) => i * 1000)],
    [
      "a function",
      fill(
        () => 1,
        (i) => `key ${i}`,
      ),
    ],
    ["a Map with fields", fill(new Map(), (i) => `key ${i}`)],
  ])("of %s", (_name, value) => {
    let looks = 0;
    const exclude = (): boolean => ++looks < 0;
    expect(exceeds(value, 4000, { exclude })).toBe(true);
    expect(looks).toBeLessThan(1500);
    expect(tally(value, { limit: 4000 }).truncated).toBe(true);
  });
});

test.each<[string, unknown]>([
  ["an array", Array.from({ length: 20_000 }, () => "a")],
  ["a Map", new Map(Array.from({ length: 20_000 }, (_, i) => [i, "a"]))],
  ["a Set", new Set(Array.from({ length: 20_000 }, (_, i) => Symbol.for(String(i))))],
])(
  "no more parts of %s are read than the limit needs, if share is asked about all",
  (_name, value) => {
    let looks = 0;
    const exclude = (): boolean => ++looks < 0;
    const share = { parts: "all", charge: () => true } as const;
    expect(tally(value, { limit: 4000, exclude, share }).truncated).toBe(true);
    expect(looks).toBeLessThan(3000);
    expect(tally(value, { limit: 1e7, share }).bytes).toBe(sizeOf(value));
  },
);

test("an object with many fields does not exceed its own size, of whatever kind it is", () => {
  const fields = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`key ${i}`, i]));
  for (const object of [{}, [], () => 1, new Map(), new Date(), Object("text") as object]) {
    const value: unknown = Object.assign(object, fields);
    for (let i = 0; i < 40; i++) sizeOf(value);
    expect(exceeds(value, measure(value).bytes)).toBe(false);
    expect(exceeds(value, measure(value).bytes - 1)).toBe(true);
  }
});

describe("each object counts once", () => {
  test("cycles end", () => {
    const cycle: Record<string, unknown> = { name: "a" };
    cycle["self"] = cycle;
    cycle["list"] = [cycle, new Map([[cycle, new Set([cycle])]])];
    expect(measure(cycle).objects).toBe(4);
  });

  test("objects with many fields or elements are known again", () => {
    const wide = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`key ${i}`, { i }]));
    const long = Array.from({ length: 2000 }, (_, i) => ({ i }));
    expect(sizeOf([wide, wide, long, long])).toBe(sizeOf([wide, long]) + 16);
  });

  test("equal objects count separately", () => {
    const objects = Array.from({ length: 500 }, () => ({ a: 1 }));
    expect(sizeOf(objects)).toBe(48 + 500 * (8 + 32));
  });
});
