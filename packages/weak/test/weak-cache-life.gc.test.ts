import { gcUntil, heldBytes, settle } from "@heapwise/testkit";
import { WeakCache, type Pin, type WeakCacheOptions } from "@heapwise/weak";
import { describe, expect, it } from "vitest";
import { alive, expectCollected, expectKept, refsTo, things, type Thing } from "./collected.ts";

/** Fills a cache with values that nothing else holds, and returns weak references to them. */
function fill(cache: WeakCache<number, Thing>, count: number, from = 0): WeakRef<WeakKey>[] {
  return refsTo(things(count, from).map((value) => (cache.set(value.id, value), value)));
}

describe("A pinned value with the real collector", () => {
  it.each([0, 10])("lives until its last pin is released, with a front of %i", async (max) => {
    const cache = new WeakCache<number, Thing>({ strong: { max } });
    const refs = fill(cache, 100);
    const pins = [...cache.keys()].flatMap((key) => [cache.pin(key)!, cache.pin(key)!]);
    fill(cache, 20, 1000);
    await expectKept(refs);
    for (const [i, pin] of pins.entries()) if (i % 2 === 0) pin.release();
    await expectKept(refs);
    for (const pin of pins) pin[Symbol.dispose]();
    await expectCollected(refs);
    expect(cache.stats().pinned).toBe(0);
  });

  it.each<readonly [string, (cache: WeakCache<number, Thing>) => void]>([
    ["delete", (cache) => [...cache.keys()].forEach((key) => cache.delete(key))],
    ["clear", (cache) => cache.clear()],
    ["other values", (cache) => void fill(cache, 100)],
    ["disposal", (cache) => cache[Symbol.dispose]()],
  ])("is let go of by %s, though its pins are held on", async (_, act) => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 5 } });
    const refs = fill(cache, 100);
    const pins: Pin[] = [...cache.keys()].map((key) => cache.pin(key)!);
    act(cache);
    await expectCollected(refs);
    for (const pin of pins) pin.release();
    expect(cache.stats().pinned).toBe(0);
  });

  it("is not held by a pin that was released and is held on", async () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 0 } });
    const refs = fill(cache, 100);
    const pins = [...cache.keys()].map((key) => cache.pin(key)!);
    for (const pin of pins) pin.release();
    await expectCollected(refs);
    expect(pins.length).toBe(100);
  });
});

describe("A loaded value with the real collector", () => {
  it.each<WeakCacheOptions<number, Thing>>([
    {},
    { dispose: () => {}, onRemoval: () => {} },
    { ttl: 100_000 },
  ])("is held no longer than any other, with the options %o", async (options) => {
    const cache = new WeakCache<number, Thing>({
      strong: { max: 5 },
      load: async (key) => (await Promise.resolve(), { id: key }),
      ...options,
    });
    const refs: WeakRef<WeakKey>[] = [];
    for (let key = 0; key < 100; key++) refs.push(new WeakRef(await cache.getOrLoad(key)));
    for (let key = 0; key < 100; key += 7) await cache.getOrLoad(key);
    expect(await gcUntil(() => alive(refs) <= 15, { tries: 20 })).toBe(true);
    expect(cache.stats().inFlight).toBe(0);
    // Collected values are loaded again, and live values are not.
    const { loads } = cache.stats();
    const lives = new Set(cache.keys());
    for (let key = 0; key < 100; key++) expect((await cache.getOrLoad(key)).id).toBe(key);
    expect(cache.stats().loads - loads).toBe(100 - lives.size);
  });
});

describe("Reports and disposal with the real collector", () => {
  it("hold no value of the tail, and no removed value", async () => {
    const told = new Map<string, number>();
    let disposed = 0;
    const cache = new WeakCache<number, Thing>({
      strong: { max: 5 },
      onRemoval: (_, __, cause) => void told.set(cause, (told.get(cause) ?? 0) + 1),
      dispose: () => void disposed++,
    });
    const behind = fill(cache, 100);
    await expectCollected(behind);
    expect([told.size, disposed]).toEqual([0, 0]);
    const left = fill(cache, 100);
    const { collections } = cache.stats();
    for (let key = 0; key < 100; key++) cache.delete(key);
    await expectCollected(left);
    const deleted = told.get("deleted")!;
    expect(disposed).toBe(deleted + (told.get("replaced") ?? 0));
    expect(deleted + cache.stats().collections - collections).toBeGreaterThanOrEqual(100);
  });

  it("report each value's end once: by a removal, or by onCollect", async () => {
    const ends: number[] = [];
    const cache = new WeakCache<number, Thing>({
      strong: { max: 50 },
      onRemoval: (key) => void ends.push(key),
      onCollect: (key) => void ends.push(key),
    });
    const held = things(100);
    for (const value of held) cache.set(value.id, value);
    fill(cache, 900, 100);
    for (let key = 0; key < 1000; key += 3) cache.delete(key);
    expect(await gcUntil(() => ends.length >= 850, { tries: 20 })).toBe(true);
    for (let i = 0; i < 3; i++) await settle();
    cache.clear();
    await settle();
    expect([...ends].sort((a, b) => a - b)).toEqual(things(1000).map(({ id }) => id));
    expect(held.length).toBe(100);
  });
});

describe("A cache with a ttl", () => {
  it.each<readonly [string, unknown]>([
    ["collected values", undefined],
    ["evicted primitives", 5],
  ])("keeps no times of %s", async (_, value) => {
    const growthOfNewCache = async (): Promise<number> => {
      const cache = new WeakCache<number, unknown>({ strong: { max: 10 }, ttl: 1e9 });
      for (let i = 0; i < 20; i++) cache.set(-i, { i });
      const before = await heldBytes();
      for (let i = 0; i < 50_000; i++) cache.set(i, value ?? { i });
      expect(await gcUntil(() => cache.size < 20, { tries: 20 })).toBe(true);
      const growth = (await heldBytes()) - before;
      expect(cache.size).toBeGreaterThanOrEqual(10);
      return growth;
    };
    // The first round compiles code and warms the engine up, which takes about 0.5 MB once.
    await growthOfNewCache();
    expect(await growthOfNewCache()).toBeLessThan(450_000);
  });
});

describe("A cache with a ttl that the program does not hold", () => {
  it("is collected with its entries, whatever its timers wait for", async () => {
    const refs = Array.from({ length: 50 }, (): WeakRef<WeakKey>[] => {
      const cache: WeakCache<number, unknown> = new WeakCache<number, unknown>({
        strong: { max: 5 },
        ttl: 1e9,
        onRemoval: () => void cache,
        onCollect: () => void cache,
        dispose: () => void cache,
        load: () => cache,
      });
      const values = things(20).map((value) => ({ value, cache }));
      for (const value of values) cache.set(value.value.id, value);
      void cache.getOrLoad(1);
      return refsTo([...values, cache]);
    }).flat();
    await expectCollected(refs);
  });
});
