import { SIZE } from "@heapwise/sizeof";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, test } from "vitest";
import { LRUCache, OpaqueEntryError, type LRUCacheOptions } from "../../src/index.ts";

class Account {
  #secret = new Array(1000).fill(1);
  size(): number {
    return this.#secret.length;
  }
}

interface Wasm {
  WebAssembly: { Memory: new (size: { initial: number }) => object };
}

const OPAQUE: readonly (readonly [string, () => unknown])[] = [
  ["proxy", () => new Proxy({}, {})],
  ["private fields", () => new Account()],
  ["closure", () => () => OPAQUE],
  ["inside", () => ({ list: [1, new Map([["a", { fn: () => 1 }]])] })],
  ["wasm", () => new (globalThis as unknown as Wasm).WebAssembly.Memory({ initial: 1 })],
  ["response", () => new Response("text")],
  ["promise", () => Promise.resolve(1)],
];

const create = (options: LRUCacheOptions<unknown, unknown> = {}) =>
  new LRUCache<unknown, unknown>({ maxBytes: "1mb", ...options });

describe("stats().opaque", () => {
  test.each(OPAQUE)("counts a value with a part out of sight: %s", (_name, make) => {
    const cache = create();
    cache.set("plain", { a: [1, "text", new Date(), new Uint8Array(9)] });
    expect(cache.stats().opaque).toBe(0);
    const before = cache.bytes();
    cache.set("a", make());
    cache.set("b", make());
    expect(cache.stats().opaque).toBe(2);
    cache.delete("a");
    cache.delete("b");
    expect([cache.stats().opaque, cache.bytes()]).toEqual([0, before]);
    cache.set(make(), 1);
    expect(cache.stats().opaque).toBe(1);
  });

  test("costs no bytes, and the count falls when the entry is removed for any cause", () => {
    const clock = new FakeClock();
    const cache = create({ max: 10, clock });
    const opaque = new Account();
    const fill = (ttl?: number): void => {
      for (let i = 0; i < 5; i++) cache.set(i, { opaque, buffer: new ArrayBuffer(100) }, { ttl });
      expect(cache.stats().opaque).toBe(5);
    };
    const isClean = (): void => expect([cache.stats().opaque, cache.bytes()]).toEqual([0, 0]);
    fill();
    cache.clear();
    isClean();
    fill();
    cache.deleteWhere(() => true);
    isClean();
    fill(10);
    clock.advance(20);
    isClean();
    fill();
    cache.trim(0);
    isClean();
    fill();
    while (cache.evict()) {}
    isClean();
    fill();
    for (let i = 0; i < 5; i++) cache.set(i, 1);
    expect(cache.stats().opaque).toBe(0);
    cache.clear();
    fill();
    fill();
    cache.resize({ max: 2 });
    expect(cache.stats().opaque).toBe(2);
    cache.resize({ maxBytes: 0 });
    isClean();
    cache[Symbol.dispose]();
    isClean();
  });

  test("follows entries to other slots", () => {
    const cache = create();
    for (let i = 0; i < 1000; i++) cache.set(i, i % 2 === 0 ? () => i : i);
    for (let i = 0; i < 900; i++) cache.delete(i);
    expect(cache.stats().opaque).toBe(50);
    for (let i = 900; i < 1000; i++) cache.delete(i);
    expect([cache.stats().opaque, cache.bytes()]).toEqual([0, 0]);
  });

  test("is 0 with bytesOf, without a bound in bytes, and if the entry was refused", () => {
    expect(
      create({ bytesOf: () => 1 })
        .set("a", new Account())
        .stats().opaque,
    ).toBe(0);
    const unbounded = new LRUCache<unknown, unknown>({ max: 3 });
    expect(unbounded.set("a", new Account()).stats().opaque).toBe(0);
    const told = { account: new Account(), [SIZE]: () => 10 };
    expect(create().set("a", told).stats().opaque).toBe(0);
    const large = [new Account(), "x".repeat(2000)];
    expect(create({ maxBytes: 1000 }).set("a", large).stats().opaque).toBe(0);
  });

  test("does not count an entry with a symbol that sampling may miss", () => {
    const cache = create();
    cache.set("a", [{ id: 1 }, { id: 2, [Symbol("s")]: 1 }]);
    expect(cache.stats().opaque).toBe(0);
  });
});

describe("warnOpaque", () => {
  test("reports an entry whose key is a revoked proxy", () => {
    const errors: unknown[] = [];
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const cache = create({ warnOpaque: true, onError: (error) => errors.push(error) });
    cache.set(proxy, 1);
    expect(cache.get(proxy)).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(OpaqueEntryError);
  });

  test("reports the first opaque entry, once for a cache", () => {
    const errors: unknown[] = [];
    const cache = create({ warnOpaque: true, onError: (error) => errors.push(error) });
    cache.set("plain", { a: 1 });
    expect(errors).toEqual([]);
    cache.set("session 1", new Account());
    cache.set("session 2", new Account()).delete("session 1");
    cache.clear();
    cache.set("session 3", new Account());
    const [error] = errors as OpaqueEntryError[];
    expect(errors).toHaveLength(1);
    expect(error).toBeInstanceOf(OpaqueEntryError);
    expect(error).toMatchObject({
      key: "session 1",
      code: "OPAQUE_ENTRY",
      name: "OpaqueEntryError",
    });
    expect(error!.message).toMatch(/session 1.*bytesOf.*SIZE/);
    expect(cache.has("session 3")).toBe(true);
  });

  test("does not report without the option, nor for entries that were refused", () => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    create({ onError }).set("a", new Account());
    create({ onError, warnOpaque: false }).set("a", new Account());
    create({ onError, warnOpaque: true, bytesOf: () => 1 }).set("a", new Account());
    const large = [new Account(), "x".repeat(2000)];
    create({ onError, warnOpaque: true, maxBytes: 1000 }).set("a", large);
    expect(errors).toEqual([]);
  });

  test("is called when the cache is consistent, including tags, and may call the cache", () => {
    const seen: unknown[] = [];
    const cache: LRUCache<unknown, unknown> = create({
      warnOpaque: true,
      onError: (error) => {
        const { key } = error as OpaqueEntryError;
        seen.push(cache.has(key), cache.stats().opaque, cache.deleteByTag("tag"), cache.size);
        cache.set(key, "instead");
      },
    });
    cache.set("a", new Account(), { tags: ["tag"] });
    expect(seen).toEqual([true, 1, 1, 0]);
    expect(cache.get("a")).toBe("instead");
    expect(cache.deleteByTag("tag")).toBe(0);
    expect(cache.stats().opaque).toBe(0);
  });

  test("reports entries that are loaded, restored and memoized", async () => {
    const errors: unknown[] = [];
    const options = { maxBytes: "1mb", warnOpaque: true, onError: (e: unknown) => errors.push(e) };
    const cache = new LRUCache<string, unknown>({ ...options, load: () => new Account() });
    await cache.getOrLoad("loaded");
    LRUCache.from(cache.snapshot(), options);
    expect(errors.map((error) => (error as OpaqueEntryError).key)).toEqual(["loaded", "loaded"]);
  });
});
