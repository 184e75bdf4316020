import { LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { describe, expect, it } from "vitest";

type Options = LRUCacheOptions<string, number>;

const MESSAGE = /^Cannot [a-z].*: .+, expected .+[^.]$/;

function failure(options: unknown): Error {
  try {
    new LRUCache(options as Options);
  } catch (error) {
    return error as Error;
  }
  throw new Error("The options were taken");
}

describe("Options", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a number, as old versions of other caches took", 100],
    ["no bound", {}],
    ["undefined bounds", { max: undefined, maxWeight: undefined }],
    ["max as text", { max: "100" }],
    ["observers with a hole", { max: 10, observers: new Array(1) }],
    ["max null", { max: null }],
    ["max bigint", { max: 10n }],
    ["max as an object", { max: { valueOf: () => 3 } }],
    ["maxWeight as text", { maxWeight: "100" }],
    ["maxEntryWeight as text", { maxWeight: 100, maxEntryWeight: "1" }],
    ["weigh that is no function", { maxWeight: 10, weigh: 1 }],
    ["weigh without maxWeight, which nothing would use", { max: 10, weigh: () => 1 }],
    ["maxEntryWeight without maxWeight", { max: 10, maxEntryWeight: 5 }],
    ["onRemoval that is no function", { max: 10, onRemoval: {} }],
    ["policy by name", { max: 10, policy: "lru" }],
    ["policy null", { max: 10, policy: null }],
    ["a policy that makes none", { max: 10, policy: () => undefined }],
    ["seed as text", { max: 10, seed: "1" }],
    ["seed NaN", { max: 10, seed: NaN }],
    ["maxEntryBytes", { max: 10, maxEntryBytes: 10 }],
    ["ttl as text", { max: 10, ttl: "1s" }],
    ["ttl null", { max: 10, ttl: null }],
    ["a ttl, and no bound", { ttl: 1000 }],
    ["unbounded, and no time", { unbounded: true }],
    ["unbounded, and a clock that nothing needs", { unbounded: true, clock: { now: () => 0 } }],
    ["unbounded that is no boolean", { unbounded: 1, ttl: 1000 }],
    ["unbounded with a bound", { unbounded: true, max: 10, ttl: 1000 }],
    ["idleTtl as a bigint", { max: 10, idleTtl: 1000n }],
    ["ttlJitter as text", { max: 10, ttl: 1000, ttlJitter: "10%" }],
    ["ttlJitter without a ttl to spread", { max: 10, idleTtl: 1000, ttlJitter: 0.1 }],
    ["expires that is no function", { max: 10, expires: 5 }],
    ["clock that is no object", { max: 10, ttl: 5, clock: Date.now }],
    ["clock null", { max: 10, ttl: 5, clock: null }],
    ["clock without now", { max: 10, ttl: 5, clock: {} }],
    ["clock.schedule that is no function", { max: 10, clock: { now: () => 0, schedule: 1 } }],
    ["onError that is no function", { max: 10, onError: "throw" }],
    ["load that is no function", { max: 10, load: "value" }],
    ["loadMany that is no function", { max: 10, loadMany: [] }],
    ["refreshAfter as text", { max: 10, refreshAfter: "1s" }],
    ["negativeTtl null", { max: 10, negativeTtl: null }],
    ["staleWhileRevalidate true", { max: 10, ttl: 5, staleWhileRevalidate: true }],
    ["maxRefreshes as text", { max: 10, maxRefreshes: "2" }],
    ["softTimeout with nothing to go on with", { max: 10, ttl: 5, softTimeout: 5 }],
    ["hardTimeout and no timers", { max: 10, hardTimeout: 5, clock: { now: () => 0 } }],
    ["observers that are no list", { max: 10, observers: {} }],
    ["loadCycles that is no detector", { max: 10, loadCycles: true }],
    ["a name that was misspelt", { max: 10, onremoval: () => {} }],
    ["a name of another cache", { max: 10, maxSize: 10 }],
    ["disposeAfter of another cache", { max: 10, disposeAfter: () => {} }],
    ["dispose that is no function", { max: 10, dispose: "own" }],
    ["exclusive that is no boolean", { max: 10, exclusive: 1 }],
  ])("throws a TypeError for %s", (_title, options) => {
    const error = failure(options);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(MESSAGE);
  });

  it.each<[string, unknown]>([
    ["max -1", { max: -1 }],
    ["max 1.5", { max: 1.5 }],
    ["max NaN", { max: NaN }],
    ["max Infinity", { max: Infinity }],
    ["max beyond safe integers", { max: 2 ** 53 }],
    ["maxWeight 0", { maxWeight: 0 }],
    ["maxWeight -1", { maxWeight: -1 }],
    ["maxWeight 0.5", { maxWeight: 0.5 }],
    ["maxWeight NaN", { maxWeight: NaN }],
    ["maxWeight Infinity", { maxWeight: Infinity }],
    ["maxWeight beyond safe integers", { maxWeight: 2 ** 53 }],
    ["maxEntryWeight -1", { maxWeight: 10, maxEntryWeight: -1 }],
    ["maxEntryWeight 0.5", { maxWeight: 10, maxEntryWeight: 0.5 }],
    ["maxEntryWeight NaN", { maxWeight: 10, maxEntryWeight: NaN }],
    ["ttl 0", { max: 10, ttl: 0 }],
    ["ttl -1", { max: 10, ttl: -1 }],
    ["ttl NaN", { max: 10, ttl: NaN }],
    ["idleTtl 0", { max: 10, idleTtl: 0 }],
    ["idleTtl -Infinity", { max: 10, idleTtl: -Infinity }],
    ["ttlJitter below 0", { max: 10, ttl: 1, ttlJitter: -0.1 }],
    ["ttlJitter above 1", { max: 10, ttl: 1, ttlJitter: 1.1 }],
    ["ttlJitter NaN", { max: 10, ttl: 1, ttlJitter: NaN }],
    ["maxEntryWeight above maxWeight", { maxWeight: 10, maxEntryWeight: 11 }],
  ])("throws a RangeError for %s", (_title, options) => {
    const error = failure(options);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toMatch(MESSAGE);
  });

  it("names the value and the option that are wrong", () => {
    expect(failure({ max: -7 }).message).toMatch(/max.*-7/);
    expect(failure({ max: 10, maxSize: 5 }).message).toContain("maxSize");
    expect(failure({ max: 10, ttl: -5 }).message).toMatch(/ttl.*-5/);
    expect(failure({ max: 10, ttl: 5, clock: { now: 3 } }).message).toMatch(/clock\.now.*3/);
  });

  it("runs no code of a bad value to describe it", () => {
    const bad = {
      toString: () => expect.unreachable(),
      [Symbol.toPrimitive]: () => expect.unreachable(),
    };
    for (const name of [
      "max",
      "maxWeight",
      "policy",
      "onRemoval",
      "onError",
      "seed",
      "ttl",
      "idleTtl",
      "ttlJitter",
      "expires",
      "unbounded",
    ]) {
      expect(failure({ max: 1, [name]: bad })).toBeInstanceOf(TypeError);
      expect(failure({ max: 1, [name]: Symbol("bad") })).toBeInstanceOf(TypeError);
    }
  });

  it.each<[string, Options]>([
    ["max alone", { max: 1 }],
    ["maxWeight alone", { maxWeight: 1 }],
    ["both", { max: 1, maxWeight: 1 }],
    [
      "options that are undefined",
      { max: 1, maxWeight: undefined, onRemoval: undefined, policy: undefined, seed: undefined },
    ],
    ["a ttl", { max: 1, ttl: 1000 }],
    ["a ttl without end", { max: 1, ttl: Infinity }],
    ["a ttl of 100 years", { max: 1, ttl: 100 * 365 * 24 * 3_600_000 }],
    [
      "all the time options",
      { max: 1, ttl: 0.5e9, idleTtl: 1e9, ttlJitter: 1, expires: () => 1e9 },
    ],
    ["no bound, with a ttl", { unbounded: true, ttl: 1000 }],
    ["no bound, with expires", { unbounded: true, expires: () => 1000 }],
    ["a clock without time options", { max: 1, clock: { now: () => 0 } }],
    ["unbounded that is false", { unbounded: false, max: 1 }],
    ["frozen options", Object.freeze({ max: 1 })],
    ["options without a prototype", Object.assign(Object.create(null) as object, { max: 1 })],
    ["a huge max", { max: Number.MAX_SAFE_INTEGER }],
    ["max beyond the limit of a Map", { max: 2 ** 24 + 1 }],
  ])("takes %s", (_title, options) => {
    const cache = new LRUCache<string, number>(options);
    cache.set("a", 1);
    expect(cache.get("a")).toBe(1);
  });

  it("may be inherited, and are checked then too", () => {
    let time = 0;
    const clock = { now: () => time };
    const cache = new LRUCache<string, number>(Object.create({ max: 2, ttl: 5, clock }) as Options);
    cache.set("a", 1);
    time = 5;
    expect([cache.max, cache.get("a")]).toEqual([2, undefined]);
    expect(failure(Object.create({ max: -1 }))).toBeInstanceOf(RangeError);
    expect(failure(Object.create({ max: 1, maxSize: 1 })).message).toContain("maxSize");
  });

  it("have no names that every object knows", () => {
    expect(failure({ max: 1, toString: () => "" }).message).toContain("toString");
    expect(failure({ max: 1, constructor: 5 }).message).toContain("constructor");
  });

  it("name the observer that is not an object", () => {
    expect(failure({ max: 1, observers: [{}, null] }).message).toContain("observers[1] is null");
  });

  it("are read once: changing them later changes nothing", () => {
    const options: Options = { max: 2 };
    const cache = new LRUCache<string, number>(options);
    options.max = 100;
    cache.set("a", 1).set("b", 2).set("c", 3);
    expect(cache.size).toBe(2);
  });

  it("need new", () => {
    expect(() => (LRUCache as unknown as (options: Options) => unknown)({ max: 1 })).toThrow(
      TypeError,
    );
  });

  it("make every run the same by their seed", () => {
    const run = (seed: number): unknown => {
      const cache = new LRUCache<number, number>({ max: 20, seed });
      for (let i = 0; i < 100; i++) cache.set((i * 37) % 50, i);
      return [...cache];
    };
    expect(run(0)).toEqual(run(0));
    expect(run(-5)).toEqual(run(2 ** 50));
  });
});

describe("Options of set", () => {
  it("take a weight only if the weight is bounded", () => {
    const cache = new LRUCache<string, number>({ max: 3 });
    expect(() => cache.set("a", 1, { weight: 2 })).toThrow(TypeError);
    expect(cache.size).toBe(0);
    cache.set("a", 1, {});
    cache.set("b", 1, { weight: undefined });
    expect(cache.size).toBe(2);
  });

  it.each([0, -1, NaN, -Infinity])("take no ttl of %d", (ttl) => {
    for (const options of [{ max: 3 }, { max: 3, ttl: 1000 }]) {
      const cache = new LRUCache<string, number>(options);
      expect(() => cache.set("a", 1, { ttl })).toThrow(RangeError);
      expect(cache.size).toBe(0);
    }
  });

  it.each(["1s", null, 5n, {}])("take no ttl that is %o", (ttl) => {
    const cache = new LRUCache<string, number>({ max: 3 });
    expect(() => cache.set("a", 1, { ttl } as never)).toThrow(TypeError);
    expect(cache.size).toBe(0);
  });

  it.each([5, "ttl", null])("are an object, not %o", (options) => {
    const cache = new LRUCache<string, number>({ max: 3 });
    expect(() => cache.set("a", 1, options as never)).toThrow(TypeError);
    expect(cache.size).toBe(0);
  });
});

describe("A cache that was disposed of", () => {
  it("is empty, has reported its entries, and refuses writes", () => {
    const log: unknown[] = [];
    const cache = new LRUCache<string, number>({
      max: 3,
      onRemoval: (...removal) => log.push(removal),
    });
    cache.set("a", 1);

    cache[Symbol.dispose]();
    cache[Symbol.dispose]();

    expect([cache.size, cache.get("a"), log]).toEqual([0, undefined, [["a", 1, "deleted"]]]);
    for (const write of [
      () => cache.set("b", 1),
      () => cache.getOrInsert("b", 1),
      () => cache.getOrInsertComputed("b", () => 1),
      () => cache.update("b", () => 1),
      () => cache.setMany([["b", 1]]),
    ]) {
      expect(write).toThrow(/^Cannot .+: .+, expected .+/);
    }
    expect(cache.size).toBe(0);
  });

  it("by its own weigher refuses the weighed value", () => {
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      maxWeight: 3,
      weigh: () => {
        cache[Symbol.dispose]();
        return 1;
      },
    });
    expect(() => cache.set("a", 1)).toThrow(/^Cannot .+: .+, expected .+/);
    expect(cache.size).toBe(0);
  });

  it("refuses writes of its own last listener", () => {
    const errors: unknown[] = [];
    const cache = new LRUCache<string, number>({
      max: 3,
      onRemoval: (key, value) => {
        try {
          cache.set(`again ${key}`, value);
        } catch (error) {
          errors.push(error);
        }
      },
    });
    cache.set("a", 1);
    cache[Symbol.dispose]();
    expect([cache.size, errors.length]).toEqual([0, 1]);
  });

  it("are read from the getters of a class as well, each once", () => {
    let reads = 0;
    class Config {
      readonly max = 2;
      get maxWeight() {
        reads++;
        return 10;
      }
      get weigh() {
        return () => 3;
      }
    }
    const cache = new LRUCache<string, number>(new Config());
    cache.set("a", 1);
    expect([cache.maxWeight, cache.weight, reads]).toEqual([10, 3, 1]);
    class Bad extends Config {
      get ttl() {
        return "1s";
      }
    }
    expect(failure(new Bad()).message).toMatch(/ttl is "1s"/);
    class Ttl {
      get ttl() {
        return NaN;
      }
    }
    expect(() => cache.set("b", 2, new Ttl())).toThrow(/ttl is NaN/);
  });
});
