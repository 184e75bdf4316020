import { LRUCache } from "@heapwise/lru";
import { anyKey, TRICKY_KEYS } from "@heapwise/testkit";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HAS_TIME } from "../logged-cache.ts";

function holding(...keys: unknown[]): LRUCache<unknown, number> {
  const cache = new LRUCache<unknown, number>({ max: 1000 });
  for (const [i, key] of keys.entries()) cache.set(key, i);
  return cache;
}

describe("Keys follow SameValueZero, as in a Map", () => {
  it("takes every kind of key, and confuses no two keys", () => {
    const cache = holding(...TRICKY_KEYS);
    const map = new Map(TRICKY_KEYS.map((key, i) => [key, i]));

    expect(new Map([...cache].reverse())).toEqual(map);
    for (const key of TRICKY_KEYS)
      expect([cache.has(key), cache.get(key)]).toEqual([true, map.get(key)]);
  });

  it("finds NaN by NaN", () => {
    const cache = holding(NaN, 0 / 0);
    expect([cache.size, cache.get(Number("x")), cache.delete(NaN), cache.size]).toEqual([
      1,
      1,
      true,
      0,
    ]);
  });

  it("takes -0 for 0, and stores 0", () => {
    const cache = holding(-0);
    expect([cache.has(0), cache.has(-0), Object.is([...cache.keys()][0], 0)]).toEqual([
      true,
      true,
      true,
    ]);
    cache.set(0, 5);
    expect([cache.size, cache.get(-0)]).toEqual([1, 5]);
  });

  it("shows listeners and callbacks the key that is stored", () => {
    const seen: unknown[] = [];
    const see = (_value: unknown, key: unknown): number => seen.push(key);
    const cache = new LRUCache<unknown, number>({
      maxWeight: 10,
      weigh: see,
      ...(HAS_TIME && { expires: see, clock: { now: () => 0 } }),
      onRemoval: (key, value) => see(value, key),
    });
    cache.set(-0, 1);
    cache.delete(-0);
    cache.getOrInsertComputed(-0, (key) => see(1, key));
    expect(seen.map((key) => Object.is(key, 0))).toEqual(
      Array<boolean>(HAS_TIME ? 6 : 4).fill(true),
    );
  });

  it.each<[string, unknown, unknown]>([
    ["1 and '1'", 1, "1"],
    ["1 and 1n", 1, 1n],
    ["1n and '1'", 1n, "1"],
    ["null and undefined", null, undefined],
    ["null and 'null'", null, "null"],
    ["undefined and 'undefined'", undefined, "undefined"],
    ["true and 1", true, 1],
    ["true and 'true'", true, "true"],
    ["false and ''", false, ""],
    ["0 and ''", 0, ""],
    ["0 and '0'", 0, "0"],
    ["NaN and 'NaN'", NaN, "NaN"],
    ["NaN and undefined", NaN, undefined],
    ["two objects of one shape", {}, {}],
    ["an object and its text", {}, "[object Object]"],
    ["two symbols of one name", Symbol("a"), Symbol("a")],
    ["a symbol and its name", Symbol.for("a"), "a"],
    ["a string and its object", "a", new String("a")],
    ["2^31 and -2^31", 2 ** 31, -(2 ** 31)],
    ["2^32 and 0", 2 ** 32, 0],
    ["2^32 + 1 and 1", 2 ** 32 + 1, 1],
    ["1 and 1.5", 1, 1.5],
    ["1.1 and its neighbour", 1.1, 1.1 + Number.EPSILON],
    ["Infinity and -Infinity", Infinity, -Infinity],
    ["strings with one case changed", "Key", "key"],
    ["composed and decomposed text", "\u00e9", "e\u0301"],
    ["half a surrogate pair and the other half", "\ud800", "\udc00"],
    ["2n**64n and 2n**65n", 2n ** 64n, 2n ** 65n],
  ])("tells apart %s", (_title, one, other) => {
    const cache = holding(one);
    expect([cache.has(one), cache.has(other)]).toEqual([true, false]);
    cache.set(other, 7);
    expect([cache.size, cache.get(one), cache.get(other)]).toEqual([2, 0, 7]);
    cache.delete(one);
    expect([cache.has(one), cache.get(other)]).toEqual([false, 7]);
  });

  it.each<[string, unknown, unknown]>([
    ["a bigint", 2n ** 70n, BigInt("1180591620717411303424")],
    ["a string put together", "ab".repeat(100), ["ab".repeat(50), "ab".repeat(50)].join("")],
    [
      "a slice of a longer string",
      "middle of the longer string",
      "in the middle of the longer string".slice(7),
    ],
    ["a two-byte string", "\u03b1\u03b2\u03b3", String.fromCharCode(0x3b1, 0x3b2, 0x3b3)],
    ["a one-byte text in a two-byte string", "abc", "\u03b1abc".slice(1)],
    ["an integer that was computed as a double", 3, 0.1 * 30],
    ["an integer beyond 31 bits", 2 ** 31, Number(String(2 ** 31))],
    ["a fraction", 0.5, 1 / 2],
    ["a registered symbol", Symbol.for("x"), Symbol.for("x")],
  ])("finds %s by an equal one", (_title, stored, asked) => {
    const cache = holding(stored);
    expect([cache.has(asked), cache.get(asked), cache.delete(asked), cache.size]).toEqual([
      true,
      0,
      true,
      0,
    ]);
  });

  it("calls no code of keys: neither of proxies, nor of objects that refuse conversion", () => {
    const refuse = (): never => {
      throw new Error("touched");
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const keys = [
      proxy,
      { toString: refuse, valueOf: refuse, [Symbol.toPrimitive]: refuse },
      Object.freeze({}),
    ];
    const cache = holding(...keys);
    expect(keys.map((key) => [cache.has(key), cache.get(key)])).toEqual([
      [true, 0],
      [true, 1],
      [true, 2],
    ]);
    expect(keys.map((key) => cache.delete(key))).toEqual([true, true, true]);
  });

  it("tells apart long strings that differ in any single place", () => {
    const text = "x".repeat(300);
    const keys = Array.from(
      { length: 300 },
      (_, at) => `${text.slice(0, at)}y${text.slice(at + 1)}`,
    );
    const cache = holding(...keys, text);
    expect(cache.size).toBe(301);
    for (const [i, key] of keys.entries()) expect(cache.get(key)).toBe(i);
    expect(cache.has(`${text}x`)).toBe(false);
  });

  it("tells apart strings of one ending and one beginning, of every length", () => {
    const keys = Array.from(
      { length: 400 },
      (_, length) => "prefix" + "m".repeat(length) + "-ending",
    );
    const cache = holding(...keys);
    for (const [i, key] of keys.entries()) expect(cache.get(key)).toBe(i);
  });

  it("equals a Map in random runs over all kinds of keys", () => {
    const key = fc.oneof(
      anyKey(30),
      fc.integer() as fc.Arbitrary<unknown>,
      fc.double() as fc.Arbitrary<unknown>,
      fc.string({ maxLength: 80 }) as fc.Arbitrary<unknown>,
      fc.bigInt() as fc.Arbitrary<unknown>,
    );
    const operation = fc.record({ key, name: fc.constantFrom("set", "set", "delete", "has") });
    checkProperty(
      fc.property(fc.array(operation, { maxLength: 300, size: "max" }), (operations) => {
        const cache = new LRUCache<unknown, number>({ max: 1000 });
        const map = new Map<unknown, number>();
        for (const [i, { key: k, name }] of operations.entries()) {
          if (name === "delete") expect(cache.delete(k)).toBe(map.delete(k));
          else if (name === "has")
            expect([cache.has(k), cache.get(k)]).toEqual([map.has(k), map.get(k)]);
          else {
            cache.set(k, i);
            map.set(k, i);
          }
        }
        expect(cache.size).toBe(map.size);
        for (const [k, value] of map) expect(cache.peek(k)).toBe(value);
        for (const [k, value] of cache)
          expect(map.has(k) && Object.is(map.get(k), value)).toBe(true);
        for (const k of cache.keys()) expect(Object.is(k, -0)).toBe(false);
      }),
    );
  });
});
