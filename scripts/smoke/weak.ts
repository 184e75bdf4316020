import { finalize, Interner, WeakCache, WeakKeyCache, weakMemoize } from "@heapwise/weak";
import { collected, expect, until, type Checks } from "./check.ts";

interface Thing {
  readonly id: number;
}

const things = (count: number): Thing[] => Array.from({ length: count }, (_, id) => ({ id }));

/** The weak caches while all objects are held. */
export const weakChecks: Checks = {
  "weak finds values that left its front and are still held": () => {
    const held = things(100);
    const cache = new WeakCache<number, Thing>({ strong: { max: 5 }, softLimit: "70%" });
    for (const thing of held) cache.set(thing.id, thing);
    expect(
      held.every((thing) => cache.get(thing.id) === thing),
      "all of them, by identity",
    );
    expect(cache.liveSize() === 100 && cache.stats().revivals > 90, "many revivals");
  },
  "weak has a bounded front, interns and memoizes": () => {
    const keys = things(3);
    const cache = new WeakKeyCache<Thing, number>({ max: 2 });
    for (const key of keys) cache.set(key, key.id);
    expect(!cache.has(keys[0]!) && cache.get(keys[2]!) === 2, "the last two");
    const interner = new Interner<string, { readonly key: string }>();
    const make = (key: string): { readonly key: string } => ({ key });
    expect(interner.intern("a", make) === interner.intern("a", make), "one instance");
    const pair = weakMemoize((thing: Thing, n: number) => ({ thing, n }));
    expect(pair(keys[0]!, 1) === pair(keys[0]!, 1), "one result");
    const finalizer = finalize(keys[0]!, (n: number) => n + 1, 1);
    expect(finalizer() === 2 && !finalizer.alive, "one call");
  },
};

/**
 * The weak caches with the engine's collector. Some objects may stay: an engine may scan its stack
 * conservatively.
 */
export const weakCollections: Checks = {
  "weak drops everything except its front": async () => {
    const collectedKeys: number[] = [];
    const cache = new WeakCache<number, Thing>({
      strong: { max: 10 },
      onCollect: (key) => collectedKeys.push(key),
    });
    for (const thing of things(1000)) cache.set(thing.id, thing);
    expect(await collected(() => cache.size <= 110), `a small cache, got ${cache.size}`);
    expect(cache.size >= 10, "the front to stay");
    // Each removal is reported in a macrotask of its own, after the entry is gone.
    await until(() => collectedKeys.length + cache.size === 1000);
    expect(new Set(collectedKeys).size === collectedKeys.length, "each to be reported once");
  },
  "weak drops keys, even if values refer to them": async () => {
    const cache = new WeakKeyCache<object, object>();
    for (const key of things(1000)) cache.set(key, { key });
    expect(await collected(() => cache.size <= 100), `few keys, got ${cache.size}`);
  },
  "weak calls back after a collection": async () => {
    let calls = 0;
    for (const thing of things(100)) finalize(thing, () => void calls++);
    expect(await collected(() => calls >= 90), `90 calls, got ${calls}`);
  },
};
