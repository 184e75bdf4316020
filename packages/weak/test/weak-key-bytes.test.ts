import { chargeOf, type Sharing } from "@heapwise/sizeof";
import { WeakKeyCache } from "@heapwise/weak";
import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collect, heap, thing, useFakeHeap } from "./fake-collector.ts";

useFakeHeap();

type Thing = ReturnType<typeof thing>;

const KB = 1000;
/** Bytes that the cache takes for an entry, and for a block that several entries may hold. */
const [ENTRY, SHARE] = [130, 88];
const SIZE: unique symbol = Symbol.for("sizeof") as never;

function keysOf(count: number): Thing[] {
  return Array.from({ length: count }, (_, i) => thing(`${i}`));
}

/** Bytes that a cache must charge for its entries: each block once. */
function expectedBytes(entries: Iterable<[WeakKey, unknown]>): number {
  const blocks = new Map<object, number>();
  let own = 0;
  for (const [key, value] of entries) {
    const share: Sharing = {
      parts: "large",
      charge: (part, bytes) => {
        blocks.set(part, bytes);
        return false;
      },
    };
    own += ENTRY + chargeOf(value, { share, exclude: (part) => part === key }).bytes;
  }
  return own + [...blocks.values()].reduce((sum, bytes) => sum + bytes + SHARE, 0);
}

describe("Bytes of a WeakKeyCache", () => {
  it("include a block once if several entries hold slices of it", () => {
    const cache = new WeakKeyCache<Thing, Uint8Array>({ maxBytes: "100kb" });
    const block = new ArrayBuffer(50 * KB);
    const keys = keysOf(100);
    keys.forEach((key, i) => cache.set(key, new Uint8Array(block, 10 * i, 10)));
    expect(cache.size).toBe(100);
    expect(cache.bytes()).toBe(expectedBytes(cache));
    for (const key of keys.slice(1)) cache.delete(key);
    expect(cache.bytes()).toBeGreaterThan(50 * KB);
    collect(keys[0]!);
    expect([cache.size, cache.bytes()]).toEqual([0, 0]);
  });

  it("fall by a block when the last entry of it is evicted", () => {
    const cache = new WeakKeyCache<Thing, object>({ maxBytes: "100kb" });
    const keys = keysOf(60);
    const [first, second] = [new ArrayBuffer(60 * KB), new ArrayBuffer(60 * KB)];
    keys.slice(0, 30).forEach((key) => cache.set(key, new Uint8Array(first, 0, 8)));
    cache.set(keys[30]!, new Uint8Array(second, 0, 8));
    expect([...cache.keys()]).toEqual([keys[30]]);
    expect(cache.bytes()).toBe(expectedBytes(cache));
    // A value that holds both is too large for the cache, and leaves the existing entries alone.
    cache.set(keys[31]!, [first, second]);
    expect([...cache.keys()]).toEqual([keys[30]]);
    cache.set(keys[30]!, [first, second]);
    expect([cache.size, cache.bytes()]).toEqual([0, 0]);
  });

  it("keep a block that the new value of an entry shares with its old one", () => {
    const cache = new WeakKeyCache<Thing, Uint8Array>({ maxBytes: "100kb" });
    const block = new ArrayBuffer(90 * KB);
    const [a, b] = keysOf(2) as [Thing, Thing];
    cache.set(b, new Uint8Array(10));
    for (let i = 0; i < 5; i++) cache.set(a, new Uint8Array(block, i, 5));
    expect([cache.size, cache.bytes()]).toEqual([2, expectedBytes(cache)]);
    cache.set(a, new Uint8Array(5));
    expect(cache.bytes()).toBe(expectedBytes(cache));
    cache.set(a, new Uint8Array(block, 5, 5));
    cache.clear();
    expect(cache.bytes()).toBe(0);
    cache.set(a, new Uint8Array(block, 5, 5));
    expect(cache.bytes()).toBe(expectedBytes(cache));
  });

  it("agree with the entries after any set, replacement, deletion and collection", () => {
    const step = fc.record({
      kind: fc.constantFrom("set", "set", "set", "delete", "die", "get"),
      key: fc.nat(11),
      blocks: fc.array(fc.nat(3), { maxLength: 3 }),
      extra: fc.nat(300),
    });
    checkProperty(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const cache = new WeakKeyCache<Thing, unknown>({ maxBytes: 5 * KB, max: 9 });
        const blocks = [400, 700, 1500, 3000].map((length) => new ArrayBuffer(length));
        const keys = keysOf(12);
        for (const { kind, key, blocks: held, extra } of steps) {
          if (kind === "get") cache.get(keys[key]!);
          else if (kind === "delete") cache.delete(keys[key]!);
          else if (kind === "die") {
            collect(keys[key]!);
            keys[key] = thing("again");
          } else {
            const views = held.map((block) => new Uint8Array(blocks[block]!, 0, 1));
            cache.set(keys[key]!, { key: keys[key], views, extra: "x".repeat(extra) });
          }
          expect(cache.bytes()).toBe(expectedBytes(cache));
          expect(cache.bytes()).toBeLessThanOrEqual(5 * KB);
        }
        for (const key of keys) cache.delete(key);
        expect([cache.size, cache.bytes()]).toEqual([0, 0]);
      }),
    );
  });

  it("of a value that cannot fit are not counted to the end", () => {
    const cache = new WeakKeyCache<Thing, unknown>({ maxBytes: "10kb" });
    let asked = 0;
    const part = (): object => ({ [SIZE]: () => (asked++, 100) });
    const key = thing("key");
    cache.set(key, "small");
    cache.set(key, Array.from({ length: 20_000 }, part));
    expect([cache.size, cache.bytes()]).toEqual([0, 0]);
    expect(asked).toBeLessThan(200);
  });

  it("of a long text depend on its length alone", () => {
    const cache = new WeakKeyCache<Thing, unknown>({ maxBytes: "10kb" });
    const before = process.memoryUsage().rss;
    // 400 MB if its characters are read.
    const text = "x".repeat(1000).repeat(400_000);
    for (const value of [text, [text], { text }, new Map([["text", text]])]) {
      cache.set(thing("key"), value);
    }
    expect([cache.size, process.memoryUsage().rss - before < 200e6]).toEqual([0, true]);
  });

  it("are right if computing the size of a value changes the cache", () => {
    const cache = new WeakKeyCache<Thing, unknown>({ maxBytes: "10kb", max: 3 });
    const [a, b, c] = keysOf(3) as [Thing, Thing, Thing];
    const block = new ArrayBuffer(1000);
    const changes = [
      () => void cache.set(a, new Uint8Array(block, 0, 8)),
      () => void cache.set(b, new Uint8Array(block, 8, 8)),
      () => void cache.delete(a),
      () => cache.clear(),
      () => void cache.set(c, new Uint8Array(9000)),
      () => keysOf(5).forEach((key) => cache.set(key, new Uint8Array(block, 16, 8))),
    ];
    for (const change of changes) {
      cache.clear();
      cache.set(a, new Uint8Array(block, 0, 4)).set(b, 1);
      const value = { [SIZE]: () => (change(), 100), view: new Uint8Array(block, 4, 4) };
      cache.set(a, [new Uint8Array(block, 2, 2), value]);
      expect(cache.get(a)).toEqual([new Uint8Array(2), value]);
      expect(cache.size).toBeLessThanOrEqual(3);
      const bytes = cache.bytes();
      expect(bytes).toBeLessThanOrEqual(10_000);
      for (const key of cache.keys()) cache.delete(key);
      expect([cache.size, cache.bytes()]).toEqual([0, 0]);
    }
    const disposing = new WeakKeyCache<Thing, unknown>({ maxBytes: "10kb" });
    const value = heap().track({ [SIZE]: () => (disposing[Symbol.dispose](), 100) });
    expect(() => disposing.set(a, [new Uint8Array(block), value])).toThrow("disposed");
    expect(disposing.bytes()).toBe(0);
    const failing = {
      [SIZE]: () => {
        throw new Error("no size");
      },
    };
    cache.set(a, 1);
    expect(() => cache.set(a, [new Uint8Array(block), failing])).toThrow("no size");
    expect([cache.get(a), cache.bytes()]).toEqual([1, expectedBytes(cache)]);
  });

  it.each(["64m", "64mb", "64 MiB", "1Gi", "0.5gib", "25%", "100%", "5000", 5000, 1])(
    "are bounded by %s",
    (maxBytes) => {
      const cache = new WeakKeyCache<Thing, unknown>({ maxBytes });
      cache.set(thing("key"), 1);
      expect(cache.size).toBe(maxBytes === 1 ? 0 : 1);
    },
  );

  it.each([
    0,
    "0",
    "0mb",
    "0%",
    "101%",
    -1,
    0.5,
    NaN,
    Infinity,
    "much",
    "1e6",
    "1_000",
    "1,000",
    "",
  ])("are not bounded by %s", (maxBytes) => {
    expect(() => new WeakKeyCache({ maxBytes })).toThrow(RangeError);
    expect(() => new WeakKeyCache({ maxBytes })).toThrow("Cannot create cache: maxBytes is");
  });

  it.each([true, null, {}, 5n])("are not bounded by %s, which is not a size", (maxBytes) => {
    expect(() => new WeakKeyCache({ maxBytes: maxBytes as never })).toThrow(TypeError);
  });
});
