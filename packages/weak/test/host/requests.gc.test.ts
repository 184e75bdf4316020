import { AsyncLocalStorage } from "node:async_hooks";
import { gcUntil, runProgram } from "@heapwise/testkit";
import { finalize, WeakCache, WeakKeyCache, weakMemoize } from "@heapwise/weak";
import { describe, expect, it } from "vitest";

interface Store {
  held?: unknown;
}

const HOUR = 3_600_000;
const storage = new AsyncLocalStorage<Store>();

/** Serves requests, each of which leaves something in its store, and returns what tells how many live. */
async function serve(request: (store: Store) => unknown): Promise<() => number> {
  const refs: WeakRef<Store>[] = [];
  for (let i = 0; i < 50; i++) {
    await storage.run({}, async () => {
      const store = storage.getStore()!;
      refs.push(new WeakRef(store));
      store.held = await request(store);
    });
  }
  return () => refs.filter((ref) => ref.deref() !== undefined).length;
}

describe("A request is collected", () => {
  it.each([
    ["a residence of an hour", { minResidence: { ms: HOUR } }],
    ["a soft limit", { softLimit: "70%" }],
    ["a front alone", {}],
  ] as const)("with a cache of its own that has %s", async (_, options) => {
    const alive = await serve(() => {
      const cache = new WeakCache<number, object>({ strong: { max: 1 }, ...options });
      for (let i = 0; i < 10; i++) cache.set(i, {});
      return cache;
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
  });

  it("that wrote to a cache of all", async () => {
    const cache = new WeakCache<number, object>({ strong: { max: 1 }, minResidence: { ms: HOUR } });
    const byKey = new WeakKeyCache<object, number>();
    const alive = await serve((store) => {
      cache.set(cache.size, {});
      byKey.set(store, 1);
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
    expect(cache.size).toBeGreaterThan(0);
  });

  it("though functions remember what they made of it", async () => {
    const rights = weakMemoize((store: Store) => ({ store }));
    const alive = await serve((store) => rights(store));
    expect(await gcUntil(() => alive() === 0)).toBe(true);
  });
});

describe("What a collection brings", () => {
  it("is told outside of the request that wrote, errors too", async () => {
    const seen = new Set<unknown>();
    let [told, reported] = [0, 0];
    const cache = storage.run({}, () => {
      const made = new WeakCache<number, object>({
        strong: { max: 1 },
        onCollect: () => {
          told++;
          seen.add(storage.getStore());
          throw new Error("listener");
        },
        onError: () => {
          reported++;
          seen.add(storage.getStore());
        },
      });
      for (let i = 0; i < 100; i++) made.set(i, {});
      return made;
    });
    expect(await gcUntil(() => told > 0 && reported > 0)).toBe(true);
    expect([...seen]).toEqual([undefined]);
    expect(cache.size).toBeGreaterThan(0);
  });

  it("is finalized outside of the request that asked for it", async () => {
    const seen: unknown[] = [];
    storage.run({}, () => {
      for (let i = 0; i < 20; i++) finalize({ i }, () => seen.push(storage.getStore()));
    });
    expect(await gcUntil(() => seen.length > 0)).toBe(true);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it("is told outside of the request that was the first to import the package", async () => {
    const program = new URL("programs/first-import.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram(program);
    expect([code, stdout, stderr]).toEqual([0, "seen: undefined, finalized: true\n", ""]);
  });
});
