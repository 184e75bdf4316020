import { LRUCache, type LRUCacheOptions } from "@heapwise/lru";
import { memoize } from "@heapwise/lru/memoize";
import { describe, expect, it } from "vitest";

class Point {
  x = 1;
  inner = { y: 1 };
}

function frozenCache(options?: LRUCacheOptions<string, unknown>): LRUCache<string, unknown> {
  return new LRUCache<string, unknown>({ max: 9, frozen: true, ...options });
}

/** The value as it is after a `set`. */
function stored<V>(value: V): V {
  expect(frozenCache().set("a", value).peek("a")).toBe(value);
  return value;
}

describe("frozen", () => {
  it("freezes plain objects and arrays, with all that they hold", () => {
    const symbol = Symbol("s");
    const value = {
      list: [{ deep: 1 }, [2]],
      bare: Object.assign(Object.create(null) as object, { in: {} }),
      [symbol]: {},
    };
    Object.defineProperty(value, "hidden", { value: {}, enumerable: false });
    stored(value);
    const bare = value.bare as unknown as { in: object };
    const { hidden } = value as unknown as { hidden: object };
    for (const part of [value, value.list, ...value.list, bare, bare.in, value[symbol], hidden]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(() => value.list.push([3])).toThrow(TypeError);
  });

  it("does not change views, Maps, class instances and functions, nor their contents", () => {
    const parts = {
      view: new Uint8Array(2),
      buffer: new ArrayBuffer(2),
      map: new Map([["a", { b: 1 }]]),
      set: new Set([{}]),
      date: new Date(0),
      point: new Point(),
      call: Object.assign(() => 1, { own: {} }),
      error: new Error("e"),
    };
    stored({ ...parts });
    for (const part of [...Object.values(parts), parts.point.inner, parts.call.own]) {
      expect(Object.isFrozen(part)).toBe(false);
    }
    expect(Object.isFrozen(parts.map.get("a"))).toBe(false);
    parts.view[0] = 1;
    for (const part of Object.values(parts)) expect(Object.isFrozen(stored(part))).toBe(false);
  });

  it("enters objects that are frozen already", () => {
    const value = Object.freeze({ list: [1], more: Object.freeze([{}]) });
    stored(value);
    expect([Object.isFrozen(value.list), Object.isFrozen(value.more[0])]).toEqual([true, true]);
  });

  it("runs no accessor", () => {
    const value = {
      get bomb(): never {
        throw new Error("run");
      },
      after: {},
    };
    stored(value);
    expect([Object.isFrozen(value), Object.isFrozen(value.after)]).toEqual([true, true]);
  });

  it("follows cycles and depth", () => {
    interface Link {
      next?: Link;
    }
    const last: Link = {};
    let first = last;
    for (let i = 0; i < 200_000; i++) first = { next: first };
    last.next = first;
    stored(first);
    expect([Object.isFrozen(first), Object.isFrozen(last)]).toEqual([true, true]);
  });

  it("skips proxies that refuse, and goes on", () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const fail = (): never => {
      throw new Error("trap");
    };
    const proxies = [
      revoked.proxy,
      new Proxy({}, { preventExtensions: () => false }),
      new Proxy([], { ownKeys: fail }),
      new Proxy({}, { getPrototypeOf: fail }),
      new Proxy({ a: 1 }, { getOwnPropertyDescriptor: fail }),
    ];
    const value = { proxies, after: {} };
    stored(value);
    expect(Object.isFrozen(value.after)).toBe(true);
    for (const proxy of proxies) frozenCache().set("a", proxy);
  });

  it.each([undefined, null, 1, "a", 1n, true, Symbol("s")])("takes %o as it is", (value) => {
    stored(value);
  });

  it("freezes values that are inserted, updated, loaded, restored and refused", async () => {
    const cache = frozenCache();
    const other = new LRUCache<string, unknown>({ max: 1 }).set("a", { from: 1 });
    const values = [
      cache.getOrInsert("a", {}),
      cache.getOrInsertComputed("b", () => ({})),
      cache.update("c", () => [{}]),
      (cache.setMany([["d", { in: {} }]]).peek("d") as { in: object }).in,
      await cache.getOrLoad("e", async () => ({})),
      (await cache.getOrLoadMany(["f"], () => [["f", {}]])).get("f"),
      LRUCache.from(other.snapshot(), { max: 1, frozen: true }).peek("a"),
      frozenCache({ max: 0 }).getOrInsert("a", {}),
      frozenCache({ maxBytes: "1mb" }).getOrInsert("a", {}),
      memoize((n: number) => ({ n }), { frozen: true })(1),
    ];
    for (const value of values) expect(Object.isFrozen(value)).toBe(true);
  });

  it("goes on after resize", () => {
    const cache = frozenCache();
    cache.resize({ max: 0 });
    cache.resize({ max: 5 });
    expect(Object.isFrozen(cache.getOrInsert("a", {}))).toBe(true);
  });

  it("freezes nothing if it is false or omitted", () => {
    for (const frozen of [false, undefined]) {
      expect(Object.isFrozen(frozenCache({ frozen }).getOrInsert("a", {}))).toBe(false);
    }
  });

  it.each([null, 1, "true"])("refuses %o", (frozen) => {
    expect(() => frozenCache({ frozen: frozen as never })).toThrow(/frozen is .+ a boolean/);
  });
});
