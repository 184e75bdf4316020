import { Accounting, chargeOf, SIZE } from "@heapwise/sizeof";
import { describe, expect, test } from "vitest";
import { LRUCache, type LRUCacheOptions, type RemovalCause } from "../../src/index.ts";
import * as policies from "../../src/policies.ts";

const charged = (value: unknown): number => chargeOf(value).bytes;

/** The bytes of a slot, without its entry. */
const SLOT = 56;

const filled = (bytes: number): { text: string } => ({ text: "x".repeat(bytes - 64) });
const create = (options: LRUCacheOptions<string, unknown>) => new LRUCache(options);

describe("maxBytes", () => {
  test.each(["10kb", 10_000, "9.765625kib"])(
    "%j bounds keys, values and bookkeeping",
    (maxBytes) => {
      const cache = create({ maxBytes });
      for (let i = 0; i < 200; i++) {
        cache.set(`key ${i}`, filled(500));
        expect(cache.bytes()).toBeLessThanOrEqual(10_000);
        expect(cache.has(`key ${i}`)).toBe(true);
      }
      const entry = charged("key 10") + charged(filled(500)) + SLOT;
      expect(cache.size).toBe(Math.floor(10_000 / entry));
      expect(cache.bytes()).toBe(cache.size * entry);
      expect([...cache.keys()][0]).toBe("key 199");
    },
  );

  test.each(Object.entries(policies))(
    "under %s an entry that is too large with its bookkeeping leaves last, and nothing after it",
    (_name, policy) => {
      for (let seed = 0; seed < 100; seed++) {
        const left: unknown[] = [];
        const cache = new LRUCache<string, number>({
          maxBytes: 300,
          bytesOf: (value) => value,
          policy: policy(),
          seed,
          onRemoval: (key) => left.push(key),
        });
        for (let i = 0; i < 40; i++) {
          const key = `k${(i * 7 + seed) % 5}`;
          if ((i * i + seed) % 3 === 0) cache.get(key);
          else cache.set(key, [10, 60, 200, 240, 260][(i * 11 + seed * i) % 5]!);
          expect(cache.bytes()).toBeLessThanOrEqual(300);
          expect(cache.weight).toBe([...cache.values()].reduce((sum, bytes) => sum + bytes, 0));
        }
        expect(left).not.toContain(undefined);
      }
    },
  );

  test("an empty cache takes nothing, before and after", () => {
    const cache = create({ maxBytes: "1mb" });
    expect(cache.bytes()).toBe(0);
    for (let i = 0; i < 50; i++)
      cache.set(`key ${i}`, { i, bytes: new Uint8Array(2000), list: [i] });
    cache.clear();
    expect(cache.bytes()).toBe(0);
    for (let i = 0; i < 50; i++)
      cache.set(`key ${i}`, { i, bytes: new Uint8Array(2000), list: [i] });
    for (let i = 0; i < 50; i++) cache.delete(`key ${i}`);
    expect(cache.bytes()).toBe(0);
  });

  test("an entry gives back exactly its charge, whatever happened to its value", () => {
    const cache = create({ maxBytes: "1mb" });
    const growing: unknown[] = [1, 2, 3];
    cache.set("a", growing);
    const before = cache.bytes();
    growing.push("x".repeat(100_000), new Uint8Array(100_000));
    expect(cache.bytes()).toBe(before);
    cache.set("b", 1).delete("a");
    expect(cache.bytes()).toBe(SLOT + charged("b"));
    cache.set("a", growing);
    growing.length = 0;
    cache.delete("a");
    expect(cache.bytes()).toBe(SLOT + charged("b"));
  });

  test("a value set again is charged again", () => {
    const cache = create({ maxBytes: "1mb" });
    const value: { text: string } = { text: "short" };
    cache.set("a", value);
    value.text = "x".repeat(500);
    cache.set("a", value);
    expect(cache.bytes()).toBe(SLOT + charged("a") + charged(value));
  });

  test("an entry that is too large is refused, and no other entry is evicted", () => {
    const removed: [string, RemovalCause][] = [];
    const cache = create({
      maxBytes: 10_000,
      maxEntryBytes: "2kb",
      onRemoval: (key, _value, cause) => removed.push([key, cause]),
    });
    cache.set("a", filled(1000)).set("b", filled(1000));
    cache.set("large", filled(3000));
    cache.set("a", filled(3000));
    expect(removed).toEqual([
      ["large", "evicted"],
      ["a", "replaced"],
      ["a", "evicted"],
    ]);
    expect([...cache.keys()]).toEqual(["b"]);
    expect(cache.stats().rejections).toBe(2);
    expect(create({ maxBytes: 100 }).set("a", filled(3000)).size).toBe(0);
  });

  test("without another bound an entry weighs its bytes", () => {
    const cache = create({ maxBytes: "1mb" });
    cache.set("a", filled(1000));
    expect(cache.info("a")).toMatchObject({ weight: charged("a") + charged(filled(1000)) });
    expect(cache.weight).toBe(cache.bytes() - SLOT);
    expect(() => cache.set("a", 1, { weight: 1 })).toThrow(TypeError);
  });

  test("together with max and maxWeight, each bound holds", () => {
    const options = {
      max: 50,
      maxWeight: 100,
      weigh: (value: unknown) => (value as { w: number }).w,
    };
    const cache = create({ ...options, maxBytes: "5kb" });
    for (let i = 0; i < 300; i++) {
      cache.set(`key ${i}`, { w: i % 5, text: "x".repeat((i * 37) % 900) });
      expect(cache.size).toBeLessThanOrEqual(50);
      expect(cache.weight).toBeLessThanOrEqual(100);
      expect(cache.bytes()).toBeLessThanOrEqual(5000);
    }
    expect(cache.info("key 299")).toMatchObject({ weight: 4 });
  });

  test.each(Object.entries(policies))("under %s", (_name, policy) => {
    const cache = create({ maxBytes: "100kb", policy: policy(), seed: 1 });
    for (let i = 0; i < 3000; i++) {
      cache.set(`key ${(i * 7) % 400}`, filled(64 + ((i * 131) % 3000)));
      cache.get(`key ${(i * 3) % 400}`);
      expect(cache.bytes()).toBeLessThanOrEqual(100_000);
    }
    expect(cache.size).toBeGreaterThan(10);
    cache.clear();
    expect(cache.bytes()).toBe(0);
  });

  test("a part of the memory that the process may use", () => {
    const cache = create({ maxBytes: "25%" });
    cache.set("a", filled(1000));
    expect(cache.size).toBe(1);
    expect(cache.maxBytes).toBeGreaterThan(1e6);
    cache.resize({ maxBytes: "2kb" });
    expect(cache.maxBytes).toBe(2000);
    expect(create({ max: 1 }).maxBytes).toBe(Infinity);
    expect(() => create({ maxBytes: "101%" })).toThrow(RangeError);
  });

  test("bytes of a cache without a bound in bytes are an estimate of all entries", () => {
    const cache = create({ max: 10 });
    const shared = filled(500);
    cache.set("a", shared).set("b", shared);
    expect(cache.bytes()).toBe(2 * SLOT + charged("a") + charged("b") + charged(shared));
  });

  test("such an estimate counts each object once, also a prototype that holds data", () => {
    const cache = create({ max: 10 });
    const defaults = { title: "x".repeat(1000) };
    const values = [Object.create(defaults), Object.create(defaults)] as object[];
    for (const [i, value] of values.entries()) cache.set(`${i}`, value);
    const seen = new Accounting();
    const charges = values.map((value) => chargeOf(value, { seen }).bytes);
    expect(charges[0]).toBeGreaterThan(1000);
    expect(cache.bytes()).toBe(charges.reduce((sum, bytes) => sum + bytes, 2 * SLOT));
  });

  test("time and bytes together", () => {
    let now = 0;
    const cache = create({ maxBytes: "10kb", ttl: 10, clock: { now: () => now } });
    cache.set("a", filled(1000));
    now = 100_000;
    expect(cache.bytes()).toBe(0);
    cache.set("b", filled(1000));
    expect(cache.size).toBe(1);
  });
});

describe("parts that entries share", () => {
  test("a buffer is charged until the last entry leaves", () => {
    const cache = create({ maxBytes: "1mb" });
    const buffer = new ArrayBuffer(100_000);
    cache.set("a", new Uint8Array(buffer, 0, 10));
    const one = cache.bytes();
    cache.set("b", new Uint8Array(buffer, 10, 10)).set("c", { view: new DataView(buffer) });
    expect(one).toBeGreaterThan(100_000);
    expect(cache.bytes() - one).toBeLessThan(1200);
    cache.delete("a");
    cache.delete("c");
    expect(cache.bytes()).toBeGreaterThan(100_000);
    cache.delete("b");
    expect(cache.bytes()).toBe(0);
  });

  test("a long text is kept and charged once", () => {
    const cache = new LRUCache<string, string>({ maxBytes: "1mb" });
    const text = (): string => ["x".repeat(10_000), "y"].join("");
    for (let i = 0; i < 10; i++) cache.set(`key ${i}`, text());
    expect(cache.bytes()).toBeLessThan(12_000);
    expect(cache.get("key 9")).toBe(text());
    for (let i = 0; i < 10; i++) cache.delete(`key ${i}`);
    expect(cache.bytes()).toBe(0);
  });

  test("replacing a value by one that holds the same buffer keeps its charge", () => {
    const cache = create({ maxBytes: 150_000 });
    const buffer = new ArrayBuffer(100_000);
    cache.set("a", [buffer]).set("b", filled(1000));
    cache.set("a", { buffer });
    expect(cache.size).toBe(2);
    expect(cache.bytes()).toBeGreaterThan(100_000);
  });

  test("whole graphs are shared with shareAccounting", () => {
    const shared = { rows: Array.from({ length: 1000 }, (_, i) => ({ i })) };
    const each = create({ maxBytes: "10mb" });
    const once = create({ maxBytes: "10mb", shareAccounting: true });
    for (let i = 0; i < 10; i++) {
      each.set(`key ${i}`, { i, shared });
      once.set(`key ${i}`, { i, shared });
    }
    expect(each.bytes()).toBeGreaterThan(9 * charged(shared));
    expect(once.bytes()).toBeGreaterThan(charged(shared));
    expect(once.bytes()).toBeLessThan(6 * charged(shared));
    for (let i = 0; i < 9; i++) once.delete(`key ${i}`);
    expect(once.bytes()).toBeGreaterThan(charged(shared));
    shared.rows.length = 0;
    once.delete("key 9");
    expect(once.bytes()).toBe(0);
  });
});

describe("bytesOf", () => {
  test("replaces the estimate", () => {
    const calls: unknown[] = [];
    const cache = create({
      maxBytes: 1000,
      bytesOf: (value, key) => {
        calls.push([value, key]);
        return 100;
      },
    });
    cache.set("a", filled(5000));
    expect(calls).toEqual([[filled(5000), "a"]]);
    expect(cache.bytes()).toBe(100 + SLOT);
  });

  test.each([-1, 0.5, NaN, Infinity, "1", undefined])(
    "that returns %s is refused, and changes nothing",
    (bytes) => {
      const cache = create({
        maxBytes: 1000,
        bytesOf: (value) => (value === 1 ? 10 : (bytes as number)),
      });
      cache.set("a", 1);
      expect(() => cache.set("a", 2)).toThrow(RangeError);
      expect(cache.get("a")).toBe(1);
      expect(cache.bytes()).toBe(10 + SLOT);
    },
  );

  test("that calls the cache finds it consistent", () => {
    const cache: LRUCache<string, number> = new LRUCache<string, number>({
      maxBytes: 1000,
      bytesOf: (value) => {
        if (value === 1) cache.set("inner", 2).set("outer", 3);
        return 100;
      },
    });
    cache.set("outer", 1);
    expect(cache.get("outer")).toBe(1);
    expect(cache.bytes()).toBe(2 * (100 + SLOT));
  });

  test("a class may speak for itself", () => {
    const cache = create({ maxBytes: 10_000 });
    cache.set("a", { [SIZE]: () => 5000 });
    expect(cache.bytes()).toBe(5000 + SLOT + charged("a"));
    expect(() => cache.set("b", { [SIZE]: () => -1 })).toThrow(RangeError);
    expect(cache.has("b")).toBe(false);
  });
});

describe("changing the bound", () => {
  test("resize evicts down to the bound", () => {
    const cache = create({ maxBytes: "100kb" });
    for (let i = 0; i < 50; i++) cache.set(`key ${i}`, filled(1000));
    cache.resize({ maxBytes: "10kb" });
    expect(cache.bytes()).toBeLessThanOrEqual(10_000);
    expect(cache.size).toBe(9);
    cache.set("large", filled(11_000));
    expect(cache.has("large")).toBe(false);
    cache.resize({ maxBytes: "20kb", max: 5 });
    expect(cache.size).toBe(5);
    cache.set("large", filled(11_000));
    expect(cache.has("large")).toBe(true);
  });

  test("trim leaves at most the given bytes", () => {
    const cache = create({ maxBytes: "100kb" });
    for (let i = 0; i < 50; i++) cache.set(`key ${i}`, filled(1000));
    const removed = cache.trim({ toBytes: "5kb" });
    expect(cache.bytes()).toBeLessThanOrEqual(5000);
    expect(cache.size).toBe(50 - removed);
    expect(cache.size).toBe(4);
    expect(cache.trim(0.5)).toBe(2);
    expect(cache.trim({ toBytes: 0 })).toBe(2);
  });

  test.each<[string, () => unknown, new () => Error]>([
    ["nonsense", () => create({ maxBytes: "64 parsecs" }), RangeError],
    ["half a byte", () => create({ maxBytes: 0.5 }), RangeError],
    ["half a byte as text", () => create({ maxBytes: "0.5 b" }), RangeError],
    ["negative", () => create({ maxBytes: -1 }), RangeError],
    ["NaN", () => create({ maxBytes: NaN }), RangeError],
    ["no size", () => create({ maxBytes: {} as never }), TypeError],
    ["0%", () => create({ maxBytes: "0%" }), RangeError],
    ["maxEntryBytes alone", () => create({ max: 1, maxEntryBytes: 5 }), TypeError],
    ["bytesOf alone", () => create({ max: 1, bytesOf: () => 1 }), TypeError],
    ["shareAccounting alone", () => create({ max: 1, shareAccounting: true }), TypeError],
    ["bytesOf that is none", () => create({ maxBytes: 1, bytesOf: 1 as never }), TypeError],
    ["detachTexts that is none", () => create({ maxBytes: 1, detachTexts: 1 as never }), TypeError],
    ["maxEntryBytes above maxBytes", () => create({ maxBytes: 10, maxEntryBytes: 11 }), RangeError],
    ["resize without maxBytes", () => create({ max: 1 }).resize({ maxBytes: 5 }), TypeError],
    ["resize to nonsense", () => create({ maxBytes: 9 }).resize({ maxBytes: "x" }), RangeError],
    [
      "resize below an entry",
      () => create({ maxBytes: 9, maxEntryBytes: 5 }).resize({ maxBytes: 4 }),
      RangeError,
    ],
    ["resize to a weight", () => create({ maxBytes: 9 }).resize({ maxWeight: 4 }), TypeError],
    ["trim without maxBytes", () => create({ max: 1 }).trim({ toBytes: 5 }), TypeError],
    ["trim to nothing said", () => create({ maxBytes: 1 }).trim({} as never), TypeError],
    ["trim to null", () => create({ maxBytes: 1 }).trim(null as never), TypeError],
    ["trim to nonsense", () => create({ maxBytes: 1 }).trim({ toBytes: "x" }), RangeError],
  ])("%s is refused", (_name, act, kind) => {
    expect(act).toThrow(kind);
  });
});

test("sizes with fractions, as values report them, leave nothing behind", () => {
  const cache = new LRUCache<number, object>({ maxBytes: "1mb" });
  for (let i = 0; i < 100; i++) cache.set(i, { [SIZE]: () => 0.1 * i });
  expect(Number.isInteger(cache.bytes())).toBe(true);
  for (let i = 0; i < 100; i++) cache.delete(i);
  expect([cache.bytes(), cache.weight]).toEqual([0, 0]);
});
