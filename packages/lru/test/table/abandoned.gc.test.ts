import { assertCollected } from "@heapwise/leaks";
import { LRUCache, REMOVE } from "@heapwise/lru";
import { gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { POLICIES } from "../logged-cache.ts";

interface Thing {
  readonly name: string;
}

type Cache = LRUCache<Thing, Thing>;

/** Fills a cache with 40 fresh keys and values that nothing else holds. Returns these. */
function fillWith(cache: Cache): Thing[] {
  const things: Thing[] = [];
  for (let i = 0; i < 40; i++) {
    const key = { name: `key ${i}` };
    const value = { name: `value ${i}` };
    cache.set(key, value);
    things.push(key, value);
  }
  return things;
}

/** The same with weak references. */
const fill = (cache: Cache): WeakRef<Thing>[] => fillWith(cache).map((thing) => new WeakRef(thing));

const alive = (refs: readonly WeakRef<Thing>[]): number =>
  refs.filter((ref) => ref.deref() !== undefined).length;

const WAYS: readonly (readonly [way: string, empty: (cache: Cache) => void])[] = [
  ["clear", (cache) => cache.clear()],
  ["delete", (cache) => [...cache.keys()].forEach((key) => cache.delete(key))],
  ["deleteMany", (cache) => void cache.deleteMany([...cache.keys()])],
  ["deleteWhere", (cache) => void cache.deleteWhere(() => true)],
  [
    "evict",
    (cache) => {
      while (cache.evict() !== undefined);
    },
  ],
  ["trim", (cache) => void cache.trim(0)],
  [
    "update to REMOVE",
    (cache) => [...cache.keys()].forEach((key) => cache.update(key, () => REMOVE)),
  ],
  ["disposal", (cache) => cache[Symbol.dispose]()],
];

describe.each(POLICIES)("A value that was removed from a cache with %s", (_name, create) => {
  it.each(WAYS)("by %s can be collected, like its key", async (_way, empty) => {
    const cache: Cache = new LRUCache({ max: 40, policy: create(), seed: 1, onRemoval: () => {} });
    const refs = fill(cache);

    empty(cache);

    expect(await gcUntil(() => alive(refs) === 0)).toBe(true);
    expect(cache.size).toBe(0);
  });

  it("by eviction can be collected, and values that stay are held", async () => {
    const cache: Cache = new LRUCache({ max: 10, policy: create(), seed: 1 });
    const refs = fill(cache);
    expect(await gcUntil(() => alive(refs) === 20)).toBe(true);
    expect(await gcUntil(() => alive(refs) < 20, { tries: 2 })).toBe(false);
    expect([...cache.values()].length).toBe(10);
  });

  it("by replacement can be collected, and the new value is held", async () => {
    const cache = new LRUCache<string, Thing>({ max: 10, policy: create(), seed: 1 });
    const refs = ["old", "older", "new"].map((name) => {
      const value = { name };
      cache.set("key", value);
      return new WeakRef(value);
    });
    expect(await gcUntil(() => alive(refs) === 1)).toBe(true);
    expect(cache.get("key")?.name).toBe("new");
  });

  it("is not held by a free slot: after half is deleted, half is held", async () => {
    const cache: Cache = new LRUCache({ max: 40, policy: create(), seed: 1 });
    const refs = fill(cache);
    [...cache.keys()].forEach((key, i) => i % 2 === 0 && cache.delete(key));
    expect(await gcUntil(() => alive(refs) === 40)).toBe(true);
    expect(cache.size).toBe(20);
  });
});

/** A record of the values, for `assertCollected`. */
const record = (values: readonly object[]): object => Object.fromEntries(values.entries());

describe("Nothing is held", () => {
  it("by a cache that nothing holds", async () => {
    await assertCollected(() => {
      const cache: Cache = new LRUCache({ max: 40 });
      return record([...fillWith(cache), cache]);
    });
  });

  it("of an entry whose value refers to its key and to the cache, after the cache is collected", async () => {
    await assertCollected(() => {
      const cache = new LRUCache<object, object>({ max: 2 });
      const key = {};
      cache.set(key, { key, cache });
      return record([key]);
    });
  });

  it("of a newcomer that was refused", async () => {
    const cache = new LRUCache<Thing, Thing>({ maxWeight: 5, onRemoval: () => {} });
    await assertCollected(() => {
      const key = { name: "key" };
      const value = { name: "value" };
      cache.set(key, value, { weight: 6 });
      return { key, value };
    });
    expect(cache.size).toBe(0);
  });

  it("of a key that was only read", async () => {
    const cache = new LRUCache<Thing, Thing>({ max: 5 });
    cache.set({ name: "other" }, { name: "other" });
    await assertCollected(() => {
      const key = { name: "key" };
      cache.get(key);
      cache.has(key);
      cache.delete(key);
      return { key };
    });
    expect(cache.size).toBe(1);
  });

  it("by the queue of removals, after a listener threw", async () => {
    const cache: Cache = new LRUCache({
      max: 40,
      onRemoval: () => {
        throw new Error("no");
      },
    });
    await assertCollected(() => {
      const things = fillWith(cache);
      expect(() => cache.clear()).toThrow("no");
      return record(things);
    });
    expect(cache.size).toBe(0);
  });

  it("by an iteration that ended early", async () => {
    const cache: Cache = new LRUCache({ max: 40 });
    const iterators = [cache.keys(), cache.values(), cache.entries()];
    await assertCollected(() => {
      const things = fillWith(cache);
      for (const iterator of iterators) {
        iterator.next();
        iterator.return?.();
      }
      cache.clear();
      return record(things);
    });
    expect(iterators.length).toBe(3);
  });

  it("after the columns shrank and entries moved", async () => {
    const cache: Cache = new LRUCache({ max: 1000 });
    const refs = Array.from({ length: 25 }, () => fill(cache)).flat();
    const keep = new Set([...cache.keys()].filter((_, i) => i % 50 === 0));
    cache.deleteWhere((_value, key) => !keep.has(key));
    expect(await gcUntil(() => alive(refs) === 40)).toBe(true);
    expect([cache.size, keep.size]).toEqual([20, 20]);
  });
});
