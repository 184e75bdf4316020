import { chargeOf } from "@heapwise/sizeof";
import { expect, test, vi } from "vitest";
import { LRUCache } from "../../src/index.ts";

const charged = (value: unknown): number => chargeOf(value).bytes;

const SLOT = 56;
const SHARE = 88;

/** A unique text of one byte for each character. */
const fresh = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

test.each([13, 60, 1024, 16_383, 16_384, 200_000])(
  "equal texts of %i characters inside values are charged each",
  (length) => {
    const text = "x".repeat(length);
    const cache = new LRUCache<number, object>({ maxBytes: "100mb" });
    const one = new LRUCache<number, object>({ maxBytes: "100mb" });
    one.set(0, { status: 404, body: fresh(text) });
    for (let i = 0; i < 100; i++) cache.set(i, { status: 404, body: fresh(text) });
    expect(cache.bytes()).toBe(100 * one.bytes());
    expect(cache.bytes()).toBeGreaterThan(100 * length);
  },
);

test("the bound holds for values that hold equal texts", () => {
  const html = "<p>".repeat(70_000);
  const cache = new LRUCache<number, object>({ maxBytes: "10mb" });
  for (let i = 0; i < 100; i++) cache.set(i, { status: 404, body: fresh(html) });
  expect(cache.size).toBeLessThanOrEqual(10e6 / html.length);
});

test("with shareAccounting, texts are not shared, and objects are shared by their identity", () => {
  const shared = { text: "x".repeat(5000) };
  const cache = new LRUCache<number, object>({ maxBytes: "10mb", shareAccounting: true });
  for (let i = 0; i < 10; i++) cache.set(i, { i, shared, own: { text: fresh(shared.text) } });
  expect(cache.bytes()).toBeGreaterThan(11 * 5000);
  expect(cache.bytes()).toBeLessThan(12 * 5000 + 10 * 600);
});

test.each([1024, 16_383])(
  "a value of %i characters is replaced by the equal one that is there",
  (length) => {
    const cache = new LRUCache<number, string>({ maxBytes: "1mb" });
    const [one] = Array.from({ length: 10 }, (_, i) => {
      cache.set(i, fresh("y".repeat(length)));
      return cache.bytes();
    });
    expect(cache.bytes()).toBe(one! + 9 * SLOT);
    cache.delete(0);
    expect(cache.bytes()).toBe(one! + 8 * SLOT);
    cache.clear();
    expect(cache.bytes()).toBe(0);
  },
);

test("a longer value is charged in full, and is looked up in no table", () => {
  const long: number[] = [];
  const watch = (prototype: object, name: string): { mockRestore(): void } => {
    const method = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
    const note = function (this: unknown, ...args: unknown[]): unknown {
      const [key] = args;
      if (typeof key === "string" && key.length > 16_383) long.push(key.length);
      return Reflect.apply(method, this, args);
    };
    return vi.spyOn(prototype as { get(): unknown }, name as "get").mockImplementation(note);
  };
  const spies = [
    ...["has", "get", "set"].map((name) => watch(Map.prototype, name)),
    ...["has", "add"].map((name) => watch(Set.prototype, name)),
  ];
  try {
    const cache = new LRUCache<string, unknown>({ maxBytes: "10mb" });
    for (let i = 0; i < 20; i++) {
      const text = String.fromCharCode(97 + i).repeat(17_000);
      cache.set(`value ${i}`, fresh("x".repeat(17_000)));
      cache.set(`field ${i}`, { hex: text });
      cache.set(`list ${i}`, [text, text]);
    }
    expect(long).toEqual([]);
    const perText = charged("x".repeat(17_000));
    expect(cache.bytes()).toBeGreaterThan(80 * perText);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

test("a block is charged once for all slices of it, and refunded with the last one", () => {
  const cache = new LRUCache<number, unknown>({ maxBytes: "1mb" });
  const chunk = Buffer.alloc(Buffer.poolSize);
  cache.set(0, chunk.subarray(0, 100));
  const one = cache.bytes();
  expect(one).toBeGreaterThan(Buffer.poolSize);
  for (let i = 1; i < 10; i++) cache.set(i, { part: chunk.subarray(i * 100, i * 100 + 100) });
  expect(cache.bytes() - one).toBeLessThan(9 * 500);
  for (let i = 0; i < 9; i++) cache.delete(i);
  expect(cache.bytes()).toBeGreaterThan(Buffer.poolSize);
  cache.delete(9);
  expect(cache.bytes()).toBe(0);
});

test("slices of many blocks break no bound", () => {
  const cache = new LRUCache<number, unknown>({ maxBytes: "1mb" });
  for (let i = 0; i < 500; i++) cache.set(i, Buffer.alloc(Buffer.poolSize).subarray(0, 200));
  expect(cache.size).toBeLessThanOrEqual(1e6 / Buffer.poolSize);
  expect(cache.bytes()).toBeLessThanOrEqual(1e6);
});

test("a block that grows or shrinks is charged as it was measured last", () => {
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: object,
  ) => {
    resize(length: number): void;
  };
  const block = new Resizable(1000, { maxByteLength: 100_000 });
  const cache = new LRUCache<string, object>({ maxBytes: "1mb" });
  cache.set("a", { block });
  const small = cache.bytes();
  block.resize(50_000);
  cache.set("b", { block });
  expect(cache.bytes()).toBe(small + 49_000 + (small - 1000 - SHARE));
  block.resize(10);
  cache.set("b", { block });
  expect(cache.bytes()).toBe(small - 990 + (small - 1000 - SHARE));
  cache.delete("a");
  expect(cache.bytes()).toBe(small - 990);
  cache.delete("b");
  expect(cache.bytes()).toBe(0);
});

test("a part that was measured before the cache was cleared is charged all the same", () => {
  const block = new ArrayBuffer(10_000);
  const cache: LRUCache<string, object> = new LRUCache<string, object>({
    maxBytes: "1mb",
    expires: (value) => {
      if ("last" in value) cache.clear();
      return undefined;
    },
  });
  cache.set("a", { block }).set("b", { block });
  cache.set("c", { block, last: true });
  expect(cache.size).toBe(1);
  expect(cache.bytes()).toBeGreaterThan(10_000);
  cache.delete("c");
  expect(cache.bytes()).toBe(0);
});

test("a block that is key and value of an entry is charged once", () => {
  const block = new ArrayBuffer(10_000);
  const cache = new LRUCache<unknown, unknown>({ maxBytes: 100_000 });
  cache.set(block, block);
  expect(cache.bytes()).toBeLessThan(11_000);
  cache.set("other", block);
  cache.delete(block);
  expect(cache.bytes()).toBeGreaterThan(10_000);
  cache.delete("other");
  expect(cache.bytes()).toBe(0);
});
