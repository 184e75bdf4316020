import { weakMemoize, type WeakMemoized } from "@heapwise/weak";
import fc from "fast-check";
import { checkProperty } from "@heapwise/testkit/vitest";
import { describe, expect, it, vi } from "vitest";

type Memoized = WeakMemoized<unknown, unknown[], object>;

const PATHS = [[], [1]];
const [A, B] = [{ name: "a" }, { name: "b" }];

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

  it("distinguishes calls exactly as nested Maps do", () => {
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

  it("keeps the most recently used primitives of each object", () => {
    const value = fc.integer({ min: 0, max: 6 });
    const call = fc.tuple(fc.constantFrom([A], [B], [A, B]), value);
    checkProperty(
      fc.property(
        fc.array(call, { maxLength: 80 }),
        fc.integer({ min: 1, max: 4 }),
        (calls, max) => {
          const { fn, memoized } = memoize({ max });
          const models = new Map<unknown, Map<number, unknown>>();
          for (const [objects, n] of calls) {
            const model = models.get(objects) ?? new Map<number, unknown>();
            models.set(objects, model);
            const known = model.get(n);
            const before = fn.mock.calls.length;
            const result = memoized(...objects, n);
            expect(fn.mock.calls.length - before).toBe(known === undefined ? 1 : 0);
            if (known !== undefined) expect(result).toBe(known);
            model.delete(n);
            model.set(n, result);
            if (model.size > max) model.delete(model.keys().next().value!);
          }
        },
      ),
    );
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

  it("counts this as an argument if there is one", () => {
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

  it("forgets all by clear", () => {
    const paths = [[], [1], [1, "a"], [A], [A, B], [A, 1]];
    for (const self of [undefined, A, 5]) {
      for (const args of paths) {
        const { fn, memoized } = memoize();
        const first = memoized.apply(self, args);
        memoized.clear();
        const second = memoized.apply(self, args);
        expect([second === first, memoized.apply(self, args)]).toEqual([false, second]);
        expect(fn).toHaveBeenCalledTimes(2);
      }
    }
  });

  it("stores no result of a call during which clear was called", () => {
    for (const args of [[], [1], [A], [A, 1]]) {
      let calls = 0;
      const memoized: Memoized = weakMemoize((..._args) => {
        if (++calls === 1) memoized.clear();
        return { calls };
      });
      expect([memoized(...args), memoized(...args), memoized(...args)]).toEqual([
        { calls: 1 },
        { calls: 2 },
        { calls: 2 },
      ]);
    }
  });

  it("stores the result that a call created after a clear inside of it, not its own result", () => {
    for (const args of [[], [1], [A], [A, 1]]) {
      let depth = 0;
      const memoized: Memoized = weakMemoize((..._args) => {
        const own = ++depth;
        if (own === 1) {
          memoized.clear();
          memoized(...args);
        }
        return { depth: own };
      });
      const depths = [memoized(...args), memoized(...args)];
      expect([depths, depth]).toEqual([[{ depth: 1 }, { depth: 2 }], 2]);
    }
  });

  it("refuses a value that is not a function, and invalid options", () => {
    expect(() => weakMemoize(5 as never)).toThrow(TypeError);
    for (const options of [null, 5, { max: "1" }, { maximum: 5 }, { key: "id" }]) {
      expect(() => weakMemoize(() => {}, options as never)).toThrow(TypeError);
    }
    for (const max of [0, -1, 1.5, NaN]) {
      expect(() => weakMemoize(() => {}, { max })).toThrow(RangeError);
    }
  });
});

describe("The key of weakMemoize", () => {
  it("identifies a call", () => {
    const key = vi.fn((id: number, _signal?: object) => id);
    const fn = vi.fn((id: number, _signal?: object) => ({ id }));
    const memoized = weakMemoize(fn, { key });
    const first = memoized(1, {});
    expect([memoized(1, {}), memoized(1)]).toEqual([first, first]);
    expect(memoized(1, A)).toBe(first);
    expect(memoized(2, A)).not.toBe(first);
    expect([fn.mock.calls.length, key.mock.calls.length]).toEqual([2, 5]);
    expect(key.mock.calls[4]).toEqual([2, A]);
  });

  it.each<[string, () => unknown, () => unknown]>([
    ["an object", () => A, () => ({ name: "a" })],
    ["a function", () => memoize, () => () => {}],
    ["a symbol", () => Symbol.iterator, () => Symbol("iterator")],
    ["a number", () => 0, () => "0"],
    ["-0", () => -0, () => 1],
    ["NaN", () => NaN, () => "NaN"],
    ["undefined", () => undefined, () => null],
    ["a text", () => "a", () => "b"],
    ["a bigint", () => 5n, () => 5],
    ["nothing", () => [], () => [undefined]],
    ["a list of primitives", () => [1, "a"], () => ["a", 1]],
    ["a list of objects", () => [A, B], () => [B, A]],
    ["a list of both", () => [A, 1], () => [1, A]],
    ["a list in a list", () => [PATHS], () => [[A, B]]],
    ["a registered symbol", () => Symbol.for("a"), () => Symbol.for("b")],
  ])("may be %s", (_, same, other) => {
    const keys = [same, same, other, same];
    const { fn } = memoize();
    const memoized = weakMemoize(fn, { key: () => keys.shift()!() });
    const [first, second, third, fourth] = [memoized(1), memoized(2), memoized(3), memoized(4)];
    expect([second, fourth]).toEqual([first, first]);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it("is one part and a list of it alike", () => {
    const keys: unknown[] = [1, [1], A, [A]];
    const { fn } = memoize();
    const memoized = weakMemoize(fn, { key: () => keys.shift() });
    expect(memoized()).toBe(memoized());
    expect(memoized()).toBe(memoized());
    expect(fn).toHaveBeenCalledTimes(2);
  });

  it("is called with this, which then does not count by itself", () => {
    const contexts: unknown[] = [];
    const fn = function (this: { id: number }, n: number): object {
      contexts.push(this);
      return { id: this.id, n };
    };
    const memoized = weakMemoize(fn, {
      key(n) {
        return [this.id, n];
      },
    });
    const first = memoized.call({ id: 1 }, 5);
    expect(memoized.call({ id: 1 }, 5)).toBe(first);
    expect(memoized.call({ id: 2 }, 5)).toEqual({ id: 2, n: 5 });
    expect(contexts).toEqual([{ id: 1 }, { id: 2 }]);
    const owned = weakMemoize(fn, {
      key() {
        return this;
      },
    });
    const [one, other] = [{ id: 1 }, { id: 1 }];
    expect(owned.call(one, 1)).toBe(owned.call(one, 2));
    expect(owned.call(other, 1)).not.toBe(owned.call(one, 1));
  });

  it("makes the call throw if it throws, and nothing is called or stored", () => {
    let isBroken = true;
    const { fn } = memoize();
    const memoized = weakMemoize(fn, {
      key: (n) => {
        if (isBroken) throw new Error("no key");
        return n;
      },
    });
    expect(() => memoized(1)).toThrow("no key");
    expect(fn).not.toHaveBeenCalled();
    isBroken = false;
    expect(memoized(1)).toBe(memoized(1));
  });

  it("is bounded as arguments are, the least recently used leaves", () => {
    for (const beside of [[], [A]]) {
      const { fn } = memoize();
      const memoized = weakMemoize(fn, { max: 2, key: (id) => [...beside, id] });
      for (const id of [1, 2, 1, 3, 1, 2]) memoized(id, {});
      expect(fn.mock.calls.map(([id]) => id)).toEqual([1, 2, 3, 2]);
    }
  });

  it("keeps name and length, recursion and clear", () => {
    const sum: ((list: readonly number[]) => number) & { clear(): void } = weakMemoize(
      function total(list: readonly number[]): number {
        return list.length === 0 ? 0 : list[0]! + sum(list.slice(1));
      },
      { key: (list) => list.join() },
    );
    expect([sum.name, sum.length, sum([1, 2, 3]), sum([2, 3])]).toEqual(["total", 1, 6, 5]);
    sum.clear();
    expect(sum([1, 2, 3])).toBe(6);
  });

  it("forgets rejections by it, and may clear in the call", async () => {
    const fn = vi.fn((_object: object): Promise<string> => Promise.reject(new Error("no")));
    const memoized = weakMemoize(fn, { key: () => "all" });
    const first = memoized(A);
    expect(memoized(B)).toBe(first);
    await expect(first).rejects.toThrow("no");
    fn.mockImplementation(() => Promise.resolve("done"));
    expect(await memoized(B)).toBe("done");
    expect(memoized(A)).toBe(memoized(B));
    const clearing: Memoized = weakMemoize(memoize().fn, {
      key: (object) => (clearing.clear(), object),
    });
    expect(clearing(A)).not.toBe(clearing(A));
  });
});

function* leaves(at: Map<unknown, unknown>, mark: unknown): Iterable<unknown> {
  for (const [key, value] of at) {
    if (key === mark) yield value;
    else yield* leaves(value as Map<unknown, unknown>, mark);
  }
}
