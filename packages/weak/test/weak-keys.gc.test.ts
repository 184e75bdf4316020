import { gcUntil, heldBytes, settle } from "@heapwise/testkit";
import { WeakKeyCache, weakMemoize } from "@heapwise/weak";
import { describe, expect, it } from "vitest";
import { alive, expectCollected, expectKept, refsTo, things, type Thing } from "./collected.ts";

describe("A WeakKeyCache with the real collector", () => {
  it("is ephemeron-correct: values that refer to their keys keep none of 1000", async () => {
    const cache = new WeakKeyCache<object, object>({ max: 5000 });
    const refs = refsTo(things(1000).map((key) => (cache.set(key, { key, cache }), key)));
    expect(await gcUntil(() => alive(refs) === 0, { tries: 20 })).toBe(true);
    expect(await gcUntil(() => cache.size === 0, { tries: 5 })).toBe(true);
  });

  it("holds values as long as their keys, and evicts by use", async () => {
    const cache = new WeakKeyCache<Thing, Thing>({ max: 100 });
    const keys = things(150);
    const refs = refsTo(things(150).map((value, i) => (cache.set(keys[i]!, value), value)));
    await expectCollected(refs.slice(0, 50));
    await expectKept(refs.slice(50));
    for (const key of keys.slice(50)) expect(cache.get(key)?.id).toBe(key.id);
  });

  it("keeps no key by a buffer that refers to it, and gives its bytes back", async () => {
    const cache = new WeakKeyCache<Thing, Uint8Array>({ maxBytes: "10mb" });
    const refs = refsTo(
      things(200).map((key) => {
        const block = Object.assign(new ArrayBuffer(1000), { key });
        cache.set(key, new Uint8Array(block, 0, 10));
        return key;
      }),
    );
    expect(cache.bytes()).toBeGreaterThan(200_000);
    await expectCollected(refs);
    expect(await gcUntil(() => cache.bytes() < 30_000, { tries: 20 })).toBe(true);
  });

  it("keeps no key by a chain of values", async () => {
    const cache = new WeakKeyCache<Thing, Thing>();
    const refs = ((): WeakRef<WeakKey>[] => {
      const keys = things(1000);
      keys.forEach((key, i) => cache.set(key, keys[(i + 1) % 1000]!));
      return refsTo(keys);
    })();
    await expectCollected(refs);
    expect(await gcUntil(() => cache.liveSize() < 100)).toBe(true);
  });

  it("keeps nothing after delete, clear and eviction, and is collected itself", async () => {
    const ways: ((cache: WeakKeyCache<Thing, Thing>, keys: Thing[]) => void)[] = [
      (cache, keys) => keys.forEach((key) => cache.delete(key)),
      (cache) => cache.clear(),
      (cache) => things(200).forEach((key) => cache.set(key, key)),
    ];
    const kept: Thing[] = [];
    for (const empty of ways) {
      const cache = new WeakKeyCache<Thing, Thing>({ max: 200 });
      const keys = things(200);
      const refs = refsTo(things(200).map((value, i) => (cache.set(keys[i]!, value), value)));
      empty(cache, keys);
      await expectCollected(refs);
      kept.push(...keys);
    }
    const refs = ((): WeakRef<WeakKey>[] => {
      const caches = Array.from({ length: 100 }, () => new WeakKeyCache<Thing, unknown>());
      caches.forEach((cache) => cache.set(kept[0]!, cache));
      return refsTo(caches);
    })();
    await expectCollected(refs);
    expect(kept.length).toBe(600);
  });
});

describe("weakMemoize with the real collector", () => {
  const shapes: readonly (readonly [string, (object: object, i: number) => unknown[]])[] = [
    ["first", (object) => [object]],
    ["after a primitive", (object, i) => [i, object]],
    ["between primitives", (object, i) => ["a", object, i, null]],
    ["beside a living object", (object) => [LIVING, object]],
    ["before a living object", (object, i) => [object, i, LIVING]],
    ["twice", (object, i) => [object, i, object]],
    ["beside another dead one", (object) => [object, {}, 1]],
  ];
  const LIVING = { name: "living" };

  it.each(shapes)(
    "keeps nothing for an object that died, %s, even if results refer to it",
    async (_name, argsOf) => {
      const memoized = weakMemoize((...args: unknown[]) => ({ args }));
      const round = async (): Promise<void> => {
        const refs = things(20_000).flatMap((object) => {
          const result = memoized(...argsOf(object, object.id));
          return object.id % 20 === 0 ? refsTo([object, result]) : [];
        });
        await expectCollected(refs);
      };
      await round();
      const before = await heldBytes();
      for (let i = 0; i < 3; i++) await round();
      // Five bytes for each object that died.
      expect((await heldBytes()) - before).toBeLessThan(300_000);
      expect(LIVING.name).toBe("living");
    },
  );

  it("keeps a result as long as all of its objects", async () => {
    const memoized = weakMemoize((...args: unknown[]) => ({ count: args.length }));
    const [a, b] = [{}, () => {}];
    const refs = refsTo([memoized(a), memoized(1, a), memoized(a, b), memoized(b, "x", a)]);
    await expectKept(refs);
    expect(memoized(b, "x", a)).toBe(refs[3]!.deref());
  });

  it("keeps a result as long as the objects of its key, and no other argument", async () => {
    const owners = things(50);
    const memoized = weakMemoize((_thing: Thing, i: number) => ({ i }), {
      key: (_thing, i) => [owners[i % 50]!, i],
    });
    const args: WeakKey[] = [];
    const results = refsTo(
      things(100).map((thing, i) => {
        args.push(new WeakRef(thing));
        return memoized(thing, i);
      }),
    );
    await expectCollected(args as WeakRef<WeakKey>[]);
    expect(alive(results)).toBe(100);
    owners.length = 0;
    await expectCollected(results);
  });

  it("keeps no argument of a promise that has settled, whatever promise it is", async () => {
    class Own<T> extends Promise<T> {}
    const lazy = (): PromiseLike<number> => {
      const held: unknown[] = [];
      // oxlint-disable-next-line no-thenable
      return { then: (...handlers) => held.push(handlers) as never };
    };
    const ways = [() => Promise.resolve(1), () => new Own((yes) => yes(1)), lazy];
    for (const way of ways) {
      const memoized = weakMemoize((_thing: Thing, _i: number) => way(), { key: (_thing, i) => i });
      const refs = refsTo(things(100).map((thing) => (void memoized(thing, thing.id), thing)));
      await expectCollected(refs);
      expect(memoized(things(1)[0]!, 1)).toBe(memoized(things(1)[0]!, 1));
    }
  });

  it("holds nothing after clear", async () => {
    const memoized = weakMemoize((...args: unknown[]) => ({ args }));
    const keys = things(100);
    const refs = refsTo(keys.flatMap((key) => [memoized(key), memoized(key, 1), memoized(key.id)]));
    await expectKept(refs);
    memoized.clear();
    await expectCollected(refs);
    expect(keys.length).toBe(100);
  });

  it("holds at most max results of primitives", async () => {
    const memoized = weakMemoize((n: number) => ({ n }), { max: 100 });
    const refs = refsTo(Array.from({ length: 1000 }, (_, i) => memoized(i)));
    expect(await gcUntil(() => alive(refs) <= 190, { tries: 20 })).toBe(true);
    await settle();
    expect(alive(refs.slice(900))).toBe(100);
    expect(memoized(950)).toBe(refs[950]!.deref());
  });
});
