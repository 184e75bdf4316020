import { CacheDisposedError } from "@heapwise/lru";
import { WeakKeyCache } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";
import { collect, endJob, heap, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

type Thing = ReturnType<typeof thing>;

describe("A WeakKeyCache", () => {
  it("maps objects, functions and symbols to values", () => {
    const cache = new WeakKeyCache<WeakKey, unknown>();
    const keys = [{}, () => {}, Symbol("s"), [], Symbol.iterator];
    keys.forEach((key, i) => cache.set(key, i === 3 ? undefined : i));
    expect(keys.map((key) => cache.get(key))).toEqual([0, 1, 2, undefined, 4]);
    expect([cache.size, cache.has(keys[3]!), cache.peek(keys[1]!)]).toEqual([5, true, 1]);
    expect([cache.delete(keys[0]!), cache.delete(keys[0]!), cache.size]).toEqual([true, false, 4]);
  });

  it.each([undefined, null, 1, "a", 1n, true, Symbol.for("a")])("has no key %s", (key) => {
    const cache = new WeakKeyCache<WeakKey, number>();
    expect(() => cache.set(key as never, 1)).toThrow(TypeError);
    const make = vi.fn(() => 1);
    expect(() => cache.getOrInsertComputed(key as never, make)).toThrow("expected an object");
    expect(make).not.toHaveBeenCalled();
    expect([cache.has(key as never), cache.get(key as never), cache.delete(key as never)]).toEqual([
      false,
      undefined,
      false,
    ]);
  });

  it("evicts the least recently used entry", () => {
    const cache = new WeakKeyCache<object, number>({ max: 2 });
    const [a, b, c] = [thing("a"), thing("b"), thing("c")];
    cache.set(a, 1).set(b, 2);
    cache.get(a);
    cache.peek(b);
    cache.has(b);
    cache.set(c, 3);
    expect([...cache]).toEqual([
      [c, 3],
      [a, 1],
    ]);
    cache.set(a, 4);
    expect([...cache.keys()]).toEqual([a, c]);
    expect([...cache.values()]).toEqual([4, 3]);
  });

  it("never shows an entry whose key is dead, swept or not", () => {
    const cache = new WeakKeyCache<Thing, number>();
    const [a, b] = [thing("a"), thing("b")];
    cache.set(a, 1).set(b, 2);
    endJob();
    heap().collect(a);
    expect([cache.size, cache.liveSize(), [...cache]]).toEqual([2, 1, [[b, 2]]]);
    collect();
    expect([cache.size, cache.liveSize()]).toEqual([1, 1]);
  });

  it("evicts dead entries before live ones", () => {
    const cache = new WeakKeyCache<Thing, number>({ max: 3 });
    const keys = [thing("a"), thing("b"), thing("c"), thing("d")];
    cache.set(keys[0]!, 0).set(keys[1]!, 1).set(keys[2]!, 2);
    endJob();
    heap().collect(keys[2]!);
    heap().majorCollection();
    heap().runCallbacks();
    cache.set(keys[3]!, 3);
    expect([...cache.values()]).toEqual([3, 1, 0]);
  });

  it("never holds more than its bound, and returns memory that it does not need", () => {
    const cache = new WeakKeyCache<Thing, number>({ max: 500 });
    const keys = Array.from({ length: 3000 }, (_, i) => thing(`${i}`));
    keys.forEach((key, i) => {
      cache.set(key, i);
      expect(cache.size <= 500).toBe(true);
    });
    for (const key of keys.slice(0, 2990)) cache.delete(key);
    expect([...cache.values()].map(Number)).toEqual(Array.from({ length: 10 }, (_, i) => 2999 - i));
    expect(cache.size).toBe(10);
    keys.forEach((key, i) => cache.set(key, i));
    expect([cache.size, cache.liveSize()]).toEqual([500, 500]);
  });

  it("agrees with a Map in the order of use, under random operations", () => {
    let seed = 7;
    const random = (below: number): number =>
      (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % below;
    const cache = new WeakKeyCache<Thing, number>({ max: 100 });
    const model = new Map<Thing, number>();
    const keys = Array.from({ length: 200 }, (_, i) => thing(`${i}`));
    for (let i = 0; i < 20_000; i++) {
      const key = keys[random(keys.length)]!;
      const kind = random(i % 4000 < 2000 ? 3 : 5);
      if (kind === 0) {
        cache.set(key, i);
        model.delete(key);
        if (model.size === 100) model.delete(model.keys().next().value!);
        model.set(key, i);
      } else if (kind === 1) {
        expect(cache.get(key)).toBe(model.get(key));
        const value = model.get(key);
        if (value !== undefined) {
          model.delete(key);
          model.set(key, value);
        }
      } else if (kind === 2) expect(cache.has(key)).toBe(model.has(key));
      else expect(cache.delete(key)).toBe(model.delete(key));
      if (i % 50 === 0) expect([...cache]).toEqual([...model].reverse());
      expect(cache.size).toBe(model.size);
    }
  });

  it("clears, is disposed of, and refuses writes then", () => {
    const cache = new WeakKeyCache<Thing, number>();
    const a = thing("a");
    cache.set(a, 1);
    cache.clear();
    expect([cache.size, cache.get(a), [...cache]]).toEqual([0, undefined, []]);
    cache.set(a, 2);
    cache[Symbol.dispose]();
    expect([cache.size, cache.has(a)]).toEqual([0, false]);
    expect(() => cache.set(a, 3)).toThrow(CacheDisposedError);
  });

  it("is bounded in bytes, and refunds what it charged", () => {
    const cache = new WeakKeyCache<Thing, unknown>({ maxBytes: "10kb" });
    const keys = Array.from({ length: 30 }, (_, i) => thing(`${i}`));
    for (const key of keys) {
      const value = { key, bytes: new Uint8Array(1000) };
      cache.set(key, value);
      expect(cache.bytes()).toBeLessThanOrEqual(10_000);
    }
    expect([...cache.keys()]).toEqual(keys.slice(-cache.size).reverse());
    expect(cache.size).toBeGreaterThanOrEqual(6);
    const newest = keys.at(-1)!;
    cache.set(newest, "small");
    cache.set(keys[0]!, new Uint8Array(20_000));
    expect(cache.has(keys[0]!)).toBe(false);
    cache.set(newest, new Uint8Array(20_000));
    expect(cache.has(newest)).toBe(false);
    const [dead] = keys.splice(-2, 1);
    collect(dead!);
    for (const key of keys) cache.delete(key);
    expect([cache.size, cache.bytes()]).toEqual([0, 0]);
    for (const maxBytes of [0, -1, "much"]) {
      expect(() => new WeakKeyCache({ maxBytes })).toThrow(RangeError);
    }
  });

  it("lets a loop change it", () => {
    const cache = new WeakKeyCache<Thing, number>();
    const keys = Array.from({ length: 5 }, (_, i) => thing(`${i}`));
    keys.forEach((key, i) => cache.set(key, i));
    const seen: number[] = [];
    for (const [key, value] of cache) {
      seen.push(value);
      cache.delete(keys[0]!);
      cache.get(keys[1]!);
      cache.set(key, value + 10);
      cache.set(thing("more"), 100);
    }
    expect(seen).toEqual([4, 3, 2, 1]);
  });

  it("refuses invalid options", () => {
    for (const options of [null, 5, { max: "1" }, { maximum: 5 }]) {
      expect(() => new WeakKeyCache(options as never)).toThrow(TypeError);
    }
    for (const max of [0, -1, 1.5, NaN, Infinity]) {
      expect(() => new WeakKeyCache({ max })).toThrow(RangeError);
    }
  });
});
