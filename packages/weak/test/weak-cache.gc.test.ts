import * as policies from "@heapwise/lru/policies";
import { collectNow, gcUntil, heldBytes, settle } from "@heapwise/testkit";
import { Interner, WeakCache } from "@heapwise/weak";
import { describe, expect, it } from "vitest";
import { alive, expectCollected, expectKept, refsTo, things, type Thing } from "./collected.ts";

/** Fills a cache with values that nothing else holds, and returns weak references to them. */
function fill(cache: WeakCache<number, Thing>, count: number, from = 0): WeakRef<WeakKey>[] {
  return refsTo(things(count, from).map((value) => (cache.set(value.id, value), value)));
}

describe("The set of values that a WeakCache holds", () => {
  it.each(Object.entries(policies))(
    "is its front alone, under the policy %s",
    async (_name, policy) => {
      const cache = new WeakCache<number, Thing>({ strong: { max: 100, policy: policy() } });
      const refs = fill(cache, 1000);
      expect(await gcUntil(() => cache.size <= 190, { tries: 20 })).toBe(true);
      expect(cache.size).toBeGreaterThanOrEqual(100);
      expect(alive(refs)).toBe(cache.liveSize());
      await expectKept([...cache.keys()].slice(0, 100).map((key) => refs[key]!));
      for (const [key, value] of cache) expect(value.id).toBe(key);
    },
  );

  it("includes values that the program holds, by identity, and counts each collected value once", async () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 0 } });
    const held = things(1000).filter((value) => (cache.set(value.id, value), value.id % 2 === 0));
    expect(await gcUntil(() => cache.size <= 550, { tries: 20 })).toBe(true);
    for (const value of held) expect(cache.get(value.id)).toBe(value);
    const { hits, misses, collections } = cache.stats();
    expect([hits, misses]).toEqual([500, 0]);
    expect(collections + cache.size).toBe(1000);
  });

  it("is empty after delete, clear, replacement and disposal", async () => {
    const ways: ((cache: WeakCache<number, Thing>) => void)[] = [
      (cache) => [...cache.keys()].forEach((key) => cache.delete(key)),
      (cache) => cache.clear(),
      (cache) => cache[Symbol.dispose](),
      (cache) => fill(cache, 300),
    ];
    for (const empty of ways) {
      const cache = new WeakCache<number, Thing>({
        strong: { max: 100 },
        minResidence: { entries: 150, epochs: 1000 },
      });
      const refs = fill(cache, 300);
      empty(cache);
      await expectCollected(refs);
      expect(cache.size).toBeLessThanOrEqual(300);
    }
  });

  it("has no value that a revived value pushed out, and the cache itself is collected", async () => {
    const refs = Array.from({ length: 50 }, (): WeakRef<WeakKey>[] => {
      const cache = new WeakCache<number, unknown>({ strong: { max: 5 }, onCollect: () => {} });
      const values = things(20).map((value) => {
        const self = { value, cache };
        cache.set(value.id, self);
        return self;
      });
      for (const { value } of values) cache.get(value.id);
      return refsTo([...values, cache]);
    }).flat();
    await expectCollected(refs);
  });

  it("includes a value during its residence, by entries", async () => {
    const cache = new WeakCache<number, Thing>({
      strong: { max: 0 },
      minResidence: { entries: 100 },
    });
    const refs = fill(cache, 100);
    await expectKept(refs);
    fill(cache, 100, 100);
    await expectCollected(refs);
    expect(cache.liveSize()).toBeGreaterThanOrEqual(100);
  });

  it("includes a value during its residence, by collections", async () => {
    const cache = new WeakCache<number, Thing>({
      strong: { max: 0 },
      minResidence: { epochs: 12 },
    });
    const refs = fill(cache, 100);
    await expectKept(refs);
    // The cache is held up to this line.
    expect(cache.size).toBe(100);
    await expectCollected(refs);
  });

  it("costs flat memory when one value is set again and again, as many as there are keys", async () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 10 } });
    const [value] = things(1) as [Thing];
    for (let i = 0; i < 20_000; i++) cache.set(i % 20, value);
    const before = await heldBytes();
    for (let job = 0; job < 10; job++) {
      for (let i = 0; i < 20_000; i++) cache.set(i % 20, value);
      await settle();
    }
    expect((await heldBytes()) - before).toBeLessThan(200_000);
    expect(cache.size).toBe(20);
  });

  it("shrinks with the table when values die", async () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 0 } });
    cache.set(-1, things(1)[0]!);
    const before = await heldBytes();
    fill(cache, 100_000);
    expect(await gcUntil(() => cache.size < 10, { tries: 20 })).toBe(true);
    expect((await heldBytes()) - before).toBeLessThan(500_000);
  });
});

describe("Time and jobs", () => {
  it("has and get agree in one job, whatever is collected in it", () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 0 } });
    fill(cache, 1000);
    let agreed = 0;
    for (let key = 0; key < 1000; key++) {
      const had = cache.has(key);
      // `Bun.gc` releases values that the job has dereferenced, which the engine's own collections
      // do not.
      if (key % 100 === 0 && process.versions["bun"] === undefined) collectNow();
      if (had === (cache.get(key) !== undefined)) agreed++;
    }
    expect(agreed).toBe(1000);
  });

  it("a long job that only awaits shows no dead value, and the next macrotask releases values", async () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 10 } });
    const refs: WeakRef<WeakKey>[] = [];
    for (let i = 0; i < 50; i++) {
      refs.push(...fill(cache, 20, 20 * i));
      await Promise.resolve();
      collectNow();
      for (const [key, value] of cache) expect(value.id).toBe(key);
      expect(cache.liveSize()).toBeLessThanOrEqual(cache.size);
    }
    await expectCollected(refs);
    expect(await gcUntil(() => cache.size <= 110, { tries: 20 })).toBe(true);
  });

  it("a long synchronous job keeps its entries consistent, and the next macrotask releases values", async () => {
    const cache = new WeakCache<number, Thing>({ strong: { max: 10 } });
    const refs = fill(cache, 20_000);
    collectNow();
    expect(cache.size).toBe(20_000);
    for (let key = 0; key < 20_000; key += 7) {
      const value = cache.get(key);
      if (value !== undefined) expect(value.id).toBe(key);
    }
    await expectCollected(refs);
  });

  it("onCollect is called once for each collected value, and for no other value", async () => {
    const heard: number[] = [];
    const cache = new WeakCache<number, Thing>({
      strong: { max: 10 },
      onCollect: (key) => heard.push(key),
    });
    const held = things(100);
    for (const value of held) cache.set(value.id, value);
    fill(cache, 1000, 100);
    for (let key = 200; key < 300; key++) cache.delete(key);
    for (let key = 300; key < 400; key++) cache.set(key, held[0]!);
    expect(await gcUntil(() => heard.length >= 720, { tries: 20 })).toBe(true);
    for (let i = 0; i < 3; i++) await settle();
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.length).toBe(cache.stats().collections);
    expect(heard.some((key) => key < 100 || (key >= 200 && key < 400))).toBe(false);
    for (const key of heard) expect(cache.has(key)).toBe(false);
    expect(held.length).toBe(100);
  });
});

describe("An Interner with the real collector", () => {
  it("keeps one instance while the program holds it, and nothing after", async () => {
    const interner = new Interner<number, { readonly key: number }>();
    const held = Array.from({ length: 100 }, (_, i) => interner.intern(i, (key) => ({ key })));
    const refs = refsTo(
      Array.from({ length: 1000 }, (_, i) => interner.intern(100 + i, (key) => ({ key }))),
    );
    await expectCollected(refs);
    for (const instance of held) {
      expect(interner.intern(instance.key, () => expect.fail("made again"))).toBe(instance);
    }
    expect(await gcUntil(() => interner.size <= 200, { tries: 20 })).toBe(true);
  });
});
