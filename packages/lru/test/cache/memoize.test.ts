import { memoize } from "@heapwise/lru/memoize";
import { describe, expect, it } from "vitest";
import { createDeferred, outcomeOf } from "../loading/deferred.ts";

describe("memoize of a synchronous function", () => {
  it("calls it once for each key", () => {
    let calls = 0;
    const square = memoize((n: number) => (calls++, n * n));
    expect([square(3), square(3), square(4), calls]).toEqual([9, 9, 16, 2]);
    expect(square.cacheOf().stats()).toMatchObject({ hits: 1, misses: 2 });
  });

  it("remembers undefined, and no errors", () => {
    let calls = 0;
    const odd = memoize((n: number) => {
      calls++;
      if (n % 2 === 0) throw new RangeError("even");
    });
    expect([odd(1), odd(1), calls]).toEqual([undefined, undefined, 1]);
    expect(() => odd(2)).toThrow(RangeError);
    expect(() => odd(2)).toThrow(RangeError);
    expect(calls).toBe(3);
  });

  it("is bounded, by 1000 entries by default", () => {
    const same = memoize((n: number) => n);
    for (let i = 0; i < 1500; i++) same(i);
    expect(same.cacheOf().size).toBe(1000);
    const small = memoize((text: string) => text, { maxWeight: 5, weigh: (text) => text.length });
    small("abc");
    small("def");
    expect(small.cacheOf().weight).toBe(3);
  });

  it("takes a bound of another kind alone", () => {
    const pages = memoize((n: number) => "x".repeat(n), { maxBytes: "1mb" });
    expect([pages(3), pages.cacheOf().max]).toEqual(["xxx", Infinity]);
    const timed = memoize((n: number) => n, { unbounded: true, ttl: 1000 });
    expect([timed(3), timed.cacheOf().max]).toEqual([3, Infinity]);
  });

  it("calls each time if max is 0, and shares running calls", async () => {
    let calls = 0;
    const square = memoize((n: number) => (calls++, n * n), { max: 0 });
    expect([square(3), square(3), square(3), calls]).toEqual([9, 9, 9, 3]);
    const later = memoize(
      async (n: number) => {
        calls++;
        await Promise.resolve();
        return n * n;
      },
      { max: 0 },
    );
    expect([await Promise.all([later(3), later(3)]), calls]).toEqual([[9, 9], 4]);
    expect([await Promise.all([later(3), later(3)]), calls]).toEqual([[9, 9], 5]);
    expect([square.cacheOf().size, later.cacheOf({}).max]).toEqual([0, 0]);
  });

  it("has no bound if unbounded is set", () => {
    const square = memoize((n: number) => n * n, { unbounded: true, ttl: 1000 });
    for (let n = 0; n < 1500; n++) square(n);
    expect(square.cacheOf().size).toBe(1500);
  });

  it("tells arguments apart by value and type, objects and symbols by identity", () => {
    let calls = 0;
    const list = memoize((...args: unknown[]) => (calls++, args));
    const object = {};
    const symbol = Symbol("s");
    const different: unknown[][] = [
      [],
      [1],
      ["1"],
      [1n],
      [null],
      ["null"],
      [true],
      ["\0"],
      ["\u00001:a"],
      ["a", "b"],
      ["a,1:b"],
      ["a", "b", undefined],
      ["ab", ""],
      ["", "ab"],
      [1, 2],
      [12],
      ["1", 2],
      [1n, 2],
      [1, 2n],
      [object, 1],
      [{}, 1],
      [symbol, 1],
      [Symbol("s"), 1],
      [Symbol.for("s"), 1],
      [Symbol.for("t"), 1],
      [() => 1, 1],
      [Number.NaN, 1],
      [null, 1],
      ["null", 1],
      [undefined, 1],
    ];
    for (const args of different) list(...args);
    expect(calls).toBe(different.length);
    for (const args of different) expect(list(...args)).toEqual(args);
    expect(calls).toBe(different.length);
    expect(list(-0, 1)).toBe(list(0, 1));
    expect(list(-0)).toBe(list(0));
  });

  it("uses the given key", () => {
    const lengths = memoize((text: string, _ignored: number) => text.length, {
      key: (text) => text.toLowerCase(),
    });
    expect([lengths("Ab", 1), lengths("aB", 2), lengths.cacheOf().size]).toEqual([2, 2, 1]);
    expect(lengths.cacheOf().delete(lengths.keyOf("AB", 3))).toBe(true);
  });

  it("may call itself", () => {
    const fibonacci: (n: number) => number = memoize((n: number): number =>
      n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2),
    );
    expect(fibonacci(70)).toBe(190392490709135);
  });

  it("keeps name and length", () => {
    const named = memoize(function area(width: number, height: number) {
      return width * height;
    });
    expect([named.name, named.length]).toEqual(["area", 2]);
  });
});

describe("memoize of a method", () => {
  class Circle {
    static areas = 0;
    readonly radius: number;
    declare area: (scale: number) => number;
    constructor(radius: number) {
      this.radius = radius;
    }
    static {
      this.prototype.area = memoize(function (this: Circle, scale: number) {
        Circle.areas++;
        return this.radius ** 2 * scale;
      });
    }
  }

  it("has a cache for each object", () => {
    const [small, large] = [new Circle(1), new Circle(10)];
    expect([small.area(3), large.area(3), small.area(3), large.area(3)]).toEqual([3, 300, 3, 300]);
    expect(Circle.areas).toBe(2);
  });
});

describe("memoize of an asynchronous function", () => {
  it("shares a promise in flight, and remembers its value", async () => {
    let calls = 0;
    const load = memoize(async (id: number) => {
      calls++;
      await Promise.resolve();
      return `user ${id}`;
    });
    expect(await Promise.all([load(1), load(1)])).toEqual(["user 1", "user 1"]);
    expect(await load(1)).toBe("user 1");
    expect(calls).toBe(1);
    expect(load.cacheOf().peek(1)).toBe("user 1");
    expect(load.cacheOf().stats()).toMatchObject({ hits: 1, misses: 2, coalesced: 1 });
  });

  it("rejects all callers that wait, and calls again for the next", async () => {
    let calls = 0;
    const load = memoize(async (id: number) => {
      if (calls++ === 0) throw new Error("down");
      return id;
    });
    const both = [load(1), load(1)].map((promise) => outcomeOf(promise));
    expect(await Promise.all(both)).toEqual([
      { error: new Error("down") },
      { error: new Error("down") },
    ]);
    expect([await load(1), calls]).toEqual([1, 2]);
  });

  it("does not restore a value that was deleted during the call", async () => {
    const value = createDeferred<string>();
    const load = memoize((_id: number) => value.promise);
    const promise = load(1);
    load.cacheOf().delete(load.keyOf(1));
    value.resolve("old");
    expect([await promise, load.cacheOf().size]).toEqual(["old", 0]);
  });

  it.each<[string, object]>([
    ["no option", {}],
    ["a ttl", { ttl: 1000 }],
    ["a stale window", { ttl: 1000, staleWhileRevalidate: 1000 }],
  ])("remembers undefined as one that is not asynchronous, with %s", async (_title, options) => {
    let calls = 0;
    const init = memoize(async () => void calls++, options);
    expect([await init(), await init(), await init(), calls]).toEqual([
      undefined,
      undefined,
      undefined,
      1,
    ]);
    expect([init.cacheOf().size, init.cacheOf().has(init.keyOf())]).toEqual([1, true]);
  });

  it("answers with a promise from the first promise on", async () => {
    const maybe = memoize((n: number): number | Promise<number> =>
      n > 1 ? Promise.resolve(n) : n,
    );
    expect(maybe(1)).toBe(1);
    expect(await maybe(2)).toBe(2);
    expect(await maybe(1)).toBe(1);
  });
});

describe("memoize", () => {
  it.each<[string, () => unknown, RegExp]>([
    ["no function", () => memoize(5 as never), /function is 5/],
    ["a key that is none", () => memoize(String, { key: 5 as never }), /key is 5/],
    ["an unknown option", () => memoize(String, { maxAge: 5 } as never), /"maxAge" is not known/],
    ["a bad bound", () => memoize(String, { max: -1 }), /max is -1/],
  ])("refuses %s at once", (_title, create, message) => {
    expect(create).toThrow(message);
  });
});
