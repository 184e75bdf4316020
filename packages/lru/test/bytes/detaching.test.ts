import { chargeOf, SIZE } from "@heapwise/sizeof";
import { describe, expect, test } from "vitest";
import { LRUCache, type LRUCacheOptions } from "../../src/index.ts";

const charged = (value: unknown): number => chargeOf(value).bytes;

const create = (options: LRUCacheOptions<unknown, unknown>) =>
  new LRUCache<unknown, unknown>({ maxBytes: "1mb", ...options });

/** Bytes of the blocks that a cache holds through a value. */
const blockOf = (value: unknown): number => (value as Uint8Array).buffer.byteLength;

describe("detachBuffers", () => {
  const slab = new ArrayBuffer(40_000);

  test.each<[string, ArrayBufferView]>([
    ["Uint8Array", new Uint8Array(slab, 100, 10_000)],
    ["Float64Array", new Float64Array(slab, 800, 1000)],
    ["DataView", new DataView(slab, 100, 50)],
    ["Buffer", Buffer.from(slab, 100, 300)],
  ])("a %s of a large block is copied, and charged as a copy", (_name, view) => {
    const cache = create({ detachBuffers: true });
    cache.set("a", view);
    const stored = cache.get("a") as ArrayBufferView;
    expect(stored).not.toBe(view);
    expect(Object.getPrototypeOf(stored)).toBe(Object.getPrototypeOf(view));
    expect([stored.byteLength, blockOf(stored)]).toEqual([view.byteLength, view.byteLength]);
    expect(Buffer.from(stored.buffer)).toEqual(
      Buffer.from(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)),
    );
    expect(cache.bytes()).toBeLessThan(view.byteLength + 700);
    expect(cache.delete("a")).toBe(true);
    expect(cache.bytes()).toBe(0);
  });

  test("other values are stored as they are: large parts of a block, whole blocks, buffers in objects", () => {
    const cache = create({ detachBuffers: true });
    const values = [new Uint8Array(slab, 0, 10_001), new Uint8Array(500), slab];
    const object = { view: new Uint8Array(slab, 0, 10) };
    for (const [i, value] of values.entries()) cache.set(i, value);
    cache.set("object", object);
    for (const [i, value] of values.entries()) expect(cache.get(i)).toBe(value);
    expect((cache.get("object") as typeof object).view.buffer).toBe(slab);
  });

  test("no code of a value runs, and an unreadable value is not an error", () => {
    const fail = (): never => {
      throw new Error("code of the value ran");
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    class Lazy extends Uint8Array {
      override get byteLength(): number {
        return fail();
      }
    }
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(length: number): void };
    const resizable = new Resizable(1000, { maxByteLength: 1000 });
    const outside = new DataView(resizable, 500, 100);
    resizable.resize(10);
    const values = {
      getter: {
        get byteLength(): number {
          return fail();
        },
      },
      proxy: new Proxy({}, { get: fail }),
      inherited: Object.create(new Proxy({}, { get: fail })) as object,
      array: Object.setPrototypeOf([1], new Proxy([], { get: fail })) as object,
      revoked: proxy,
      subclass: new Lazy(100),
      field: Object.defineProperty(new Uint8Array(slab, 0, 10), "byteLength", { get: fail }),
      outside,
      converted: { byteLength: { valueOf: fail } },
    };
    for (const [name, value] of Object.entries(values)) {
      const cache = create({ detachBuffers: true });
      cache.set("a", value);
      expect(cache.has("a"), name).toBe(true);
    }
  });

  test("a view of more bytes than an entry may have is not copied", () => {
    const cache = create({ detachBuffers: true, maxEntryBytes: 2000 });
    const large = new Uint8Array(slab, 0, 3000);
    const refused: unknown[] = [];
    const told = create({
      detachBuffers: true,
      maxEntryBytes: 2000,
      onRemoval: (_key, value) => refused.push(value),
    });
    told.set("a", large);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toBe(large);
    cache.set("a", new Uint8Array(slab, 0, 1000));
    expect(blockOf(cache.get("a"))).toBe(1000);
  });

  test("off by default, and never for keys", () => {
    const view = new Uint8Array(slab, 0, 10);
    expect(create({}).set("a", view).get("a")).toBe(view);
    expect(create({ detachBuffers: false }).set("a", view).get("a")).toBe(view);
    expect(create({ detachBuffers: true }).set(view, 1).get(view)).toBe(1);
  });

  test("a refused value is not copied", () => {
    const removed: unknown[] = [];
    const cache = create({
      maxBytes: 1000,
      detachBuffers: true,
      onRemoval: (_key, value) => removed.push(value),
    });
    const view = new Uint8Array(slab, 0, 2000);
    cache.set("a", view);
    expect([cache.size, removed]).toEqual([0, [view]]);
    expect(removed[0]).toBe(view);
    cache.set("b", new Uint8Array(slab, 0, 500));
    expect(cache.size).toBe(1);
  });

  test.each([{ dispose: true }, { dispose: () => {} }, {}])(
    "listeners, observers and leases have the copy: %j",
    async (options) => {
      const told: unknown[] = [];
      const cache = create({
        detachBuffers: true,
        ...options,
        observers: [{ inserted: (_key, value) => told.push(value) }],
        onRemoval: (_key, value) => told.push(value),
      });
      cache.set("a", new Uint8Array(slab, 0, 500));
      const copy = cache.get("a");
      const lease = cache.acquire("a")!;
      expect(lease.value).toBe(copy);
      cache.delete("a");
      expect(told).toEqual([copy, copy]);
      expect(told[0]).toBe(copy);
      expect(told[1]).toBe(copy);
      expect(cache.stats().leased).toBe(1);
      lease.release();
      await cache.disposed();
      expect(cache.stats().leased).toBe(0);
    },
  );

  test("works with bytesOf, which is called with the value that was set", () => {
    const view = new Uint8Array(slab, 0, 500);
    const cache = create({
      detachBuffers: true,
      bytesOf: (value) => (value === view ? 500 : 1_000_000),
    });
    cache.set("a", view);
    expect(blockOf(cache.get("a"))).toBe(500);
  });

  test("a loaded value is copied too", async () => {
    const cache = create({ detachBuffers: true, load: () => new Uint8Array(slab, 0, 500) });
    await cache.getOrLoad("a");
    expect(blockOf(cache.get("a"))).toBe(500);
  });
});

describe('detachTexts: "deep"', () => {
  const page = "\u0151".repeat(3) + "0123456789 and some more of the page".repeat(30);
  const cut = (): string => page.slice(10, 60);

  test("texts in the value are replaced in place, and charged by their characters alone", () => {
    const cache = create({ detachTexts: "deep" });
    const value = { title: cut(), list: [cut(), { more: cut() }], short: page.slice(10, 20) };
    cache.set("a", value);
    expect(cache.get("a")).toBe(value);
    const copy = Buffer.from(cut(), "latin1").toString("latin1");
    const plain = { title: copy, list: [copy, { more: copy }], short: page.slice(10, 20) };
    expect(value).toEqual(plain);
    expect(cache.bytes()).toBe(charged("a") + charged(plain) + 56);
  });

  test("keys and values that are texts are copied as by default", () => {
    const cache = create({ detachTexts: "deep" });
    cache.set(cut(), cut());
    expect(cache.get(cut())).toBe(cut());
    expect(cache.bytes()).toBe(2 * charged("x".repeat(50)) + 56);
  });

  test("frozen objects are left alone, and `frozen` freezes detached values", () => {
    const cache = create({ detachTexts: "deep", frozen: true });
    const value = { title: cut() };
    cache.set("a", value);
    expect(Object.isFrozen(value)).toBe(true);
    expect(cache.bytes()).toBe(charged("a") + charged({ title: "x".repeat(50) }) + 56);
    cache.set("b", value).set("c", Object.freeze({ title: cut() }));
    expect([...cache.values()].every((each) => (each as typeof value).title === cut())).toBe(true);
  });

  test("a value that cannot fit is walked once", () => {
    let calls = 0;
    const part = { [SIZE]: () => ++calls * 2_000_000 };
    create({ detachTexts: "deep" }).set("a", [part, part]);
    expect(calls).toBe(1);
  });

  test("a value that cannot fit is left alone", () => {
    const written: unknown[] = [];
    const value = { list: Array.from({ length: 100 }, cut) };
    const proxied = new Proxy(value.list, {
      set: (...args) => (written.push(args), Reflect.set(...args)),
      defineProperty: (...args) => (written.push(args), Reflect.defineProperty(...args)),
    });
    const cache = create({ maxBytes: 1000, detachTexts: "deep" });
    cache.set("a", value).set("b", { proxied, list: value.list });
    expect([cache.size, written]).toEqual([0, []]);
  });

  test("with bytesOf, which is called once", () => {
    let calls = 0;
    const cache = create({ detachTexts: "deep", bytesOf: () => ++calls });
    const value = { title: cut() };
    cache.set("a", value);
    expect([calls, value.title]).toEqual([1, cut()]);
  });
});
