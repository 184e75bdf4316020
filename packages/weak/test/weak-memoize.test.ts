import { weakMemoize } from "@heapwise/weak";
import fc from "fast-check";
import { checkProperty } from "@heapwise/testkit/vitest";
import { describe, expect, it, vi } from "vitest";

/** A function that returns another object at each call, and its memoized version. */
function memoize(options?: Parameters<typeof weakMemoize>[1]) {
  const fn = vi.fn((...args: unknown[]) => ({ args }));
  return { fn, memoized: weakMemoize(fn, options) };
}

const OBJECTS = [{}, [], () => {}, Symbol("s"), new Map(), Symbol.iterator];
const PRIMITIVES = [
  0,
  1,
  "1",
  "",
  "'",
  "s1:",
  "n1;",
  1n,
  "1n",
  true,
  "true",
  null,
  "null",
  undefined,
  "undefined",
  NaN,
  "NaN",
  Symbol.for("a"),
  "a",
  "^",
  Symbol.for("n1;"),
  "o",
];

describe("weakMemoize", () => {
  it.each([
    ["no arguments", []],
    ["a primitive", [1]],
    ["primitives", [1, "a", undefined]],
    ["an object", [OBJECTS[0]]],
    ["objects", OBJECTS],
    ["objects and primitives, mixed", [1, OBJECTS[0], "a", OBJECTS[3], null]],
  ])("remembers calls with %s", (_title, args) => {
    const { fn, memoized } = memoize();
    const first = memoized(...args);
    expect(first).toEqual({ args });
    expect(memoized(...args)).toBe(first);
    expect(fn).toHaveBeenCalledTimes(1);
  });

  it("tells calls apart exactly as nested Maps do", () => {
    const value = fc.constantFrom<unknown>(...OBJECTS, ...PRIMITIVES);
    const calls = fc.array(fc.array(value, { maxLength: 4 }), { maxLength: 60 });
    checkProperty(
      fc.property(calls, (sequence) => {
        const { memoized } = memoize({ max: 10_000 });
        const model = new Map<number, Map<unknown, unknown>>();
        for (const args of sequence) {
          let at = (model.get(args.length) ??
            model.set(args.length, new Map()).get(args.length)) as Map<unknown, unknown>;
          for (const argument of args) {
            if (!at.has(argument)) at.set(argument, new Map());
            at = at.get(argument) as Map<unknown, unknown>;
          }
          const result = memoized(...args);
          const known = at.get(memoize);
          if (known !== undefined) expect(result).toBe(known);
          at.set(memoize, result);
          expect(result.args).toEqual(args);
        }
        const results = [...leaves(model, memoize)];
        expect(new Set(results).size).toBe(results.length);
      }),
    );
  });

  it("is bounded for primitives, the least recently used leaves", () => {
    const { fn, memoized } = memoize({ max: 2 });
    memoized(1);
    memoized("a", "b");
    memoized(1);
    memoized(2);
    expect(fn).toHaveBeenCalledTimes(3);
    memoized(1);
    expect(fn).toHaveBeenCalledTimes(3);
    memoized("a", "b");
    expect(fn).toHaveBeenCalledTimes(4);
  });

  it("is bounded in bytes for primitives", () => {
    const fn = vi.fn((n: number) => new Uint8Array(1000 + n));
    const memoized = weakMemoize(fn, { maxBytes: 20_000 });
    for (let n = 0; n < 100; n++) memoized(n);
    memoized(99);
    expect(fn).toHaveBeenCalledTimes(100);
    memoized(0);
    expect(fn).toHaveBeenCalledTimes(101);
  });

  it("is bounded for the primitives beside each object too", () => {
    const { fn, memoized } = memoize({ max: 10 });
    const key = {};
    for (let i = 0; i < 1000; i++) memoized(key, i);
    memoized(key, 999);
    expect(fn).toHaveBeenCalledTimes(1000);
    memoized(key, 0);
    expect(fn).toHaveBeenCalledTimes(1001);
  });

  it("remembers any result, undefined too, and no call that threw", () => {
    for (const args of [[], [1], [{}], [{}, 1]]) {
      const fn = vi.fn((..._args: unknown[]): unknown => undefined);
      const memoized = weakMemoize(fn);
      expect([memoized(...args), memoized(...args)]).toEqual([undefined, undefined]);
      expect(fn).toHaveBeenCalledTimes(1);

      let failures = 1;
      const failing = weakMemoize((..._args: unknown[]) => {
        if (failures-- > 0) throw new Error("no");
        return "done";
      });
      expect(() => failing(...args)).toThrow("no");
      expect(failing(...args)).toBe("done");
    }
  });

  it("counts this as an argument where there is one", () => {
    const fn = vi.fn(function (this: unknown, ...args: unknown[]) {
      return { self: this, args };
    });
    const memoized = weakMemoize(fn);
    const [a, b] = [{}, {}];
    const results = [
      memoized.call(a),
      memoized.call(b),
      memoized(a),
      memoized.call(a, 1),
      memoized.call(1, a),
      memoized.call(1),
      memoized(1),
      memoized.call("1"),
      memoized(),
    ];
    expect(new Set(results).size).toBe(results.length);
    expect(memoized.call(a)).toBe(results[0]);
    expect(memoized.call(1, a)).toBe(results[4]);
    expect(results[4]).toEqual({ self: 1, args: [a] });
    expect(memoized.call("1")).toBe(results[7]);
  });

  it("may call itself", () => {
    const fibonacci: (n: number) => bigint = weakMemoize((n: number): bigint =>
      n < 2 ? BigInt(n) : fibonacci(n - 1) + fibonacci(n - 2),
    );
    expect(fibonacci(90)).toBe(2880067194370816120n);
  });

  it("keeps the name and the number of parameters", () => {
    function area(width: number, height: number): number {
      return width * height;
    }
    const memoized = weakMemoize(area);
    expect([memoized.name, memoized.length]).toEqual(["area", 2]);
  });

  it("refuses what is no function, and options that are none", () => {
    expect(() => weakMemoize(5 as never)).toThrow(TypeError);
    for (const options of [null, 5, { max: "1" }, { maximum: 5 }]) {
      expect(() => weakMemoize(() => {}, options as never)).toThrow(TypeError);
    }
    for (const max of [0, -1, 1.5, NaN]) {
      expect(() => weakMemoize(() => {}, { max })).toThrow(RangeError);
    }
  });
});

function* leaves(at: Map<unknown, unknown>, mark: unknown): Iterable<unknown> {
  for (const [key, value] of at) {
    if (key === mark) yield value;
    else yield* leaves(value as Map<unknown, unknown>, mark);
  }
}
