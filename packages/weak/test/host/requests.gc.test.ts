import { AsyncLocalStorage } from "node:async_hooks";
import { gcUntil, runProgram } from "@heapwise/testkit";
import { finalize, WeakCache, WeakKeyCache, weakMemoize, type Clock } from "@heapwise/weak";
import { describe, expect, it, vi } from "vitest";

interface Store {
  held?: unknown;
}

const HOUR = 3_600_000;
const things = Array.from({ length: 10 }, (_, id) => ({ id }));
const storage = new AsyncLocalStorage<Store>();

/** The host's timers as a program passes them. */
function ownClock(now: () => number = () => performance.now()): Clock {
  return {
    now,
    schedule: (run, ms) => {
      const timer = setTimeout(run, ms).unref();
      return () => clearTimeout(timer);
    },
  };
}

/**
 * Serves requests, each of which leaves an object in its store. Returns a function that counts the
 * stores that are alive.
 */
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
    ["a residence by a clock of its own", { minResidence: { ms: HOUR }, clock: ownClock() }],
    ["a soft limit in bytes", { softLimit: "4gb" }],
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

  it("even if fake timers took the macrotasks that it began", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const cache = new WeakCache<number, object>({
      strong: { max: 1 },
      minResidence: { ms: HOUR },
      softLimit: "70%",
    });
    const alive = await serve(() => {
      cache.set(cache.size, {});
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
    vi.useRealTimers();
    expect(cache.size).toBeGreaterThan(0);
  });

  it("even if a promise that it requested is remembered", async () => {
    const rights = weakMemoize(async (id: number) => ({ id }));
    const failing = weakMemoize((_id: number) => Promise.reject(new Error("no")));
    let id = 0;
    const alive = await serve(async () => {
      await rights(id++);
      await failing(id).catch(() => {});
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
    expect(await rights(0)).toBe(await rights(0));
  });

  it("even if functions remember results that they made from it", async () => {
    const rights = weakMemoize((store: Store) => ({ store }));
    const alive = await serve((store) => rights(store));
    expect(await gcUntil(() => alive() === 0)).toBe(true);
  });
});

describe("Work after a collection", () => {
  it("runs outside of the request that wrote, and so do its errors", async () => {
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

  it("runs clock and onError of a residence outside of the request that wrote", async () => {
    const seen = new Set<unknown>();
    let [isWritten, errors] = [false, 0];
    const clock = ownClock(() => {
      if (!isWritten) return performance.now();
      seen.add(storage.getStore());
      throw new Error("no time");
    });
    const cache = new WeakCache<number, object>({
      strong: { max: 0 },
      minResidence: { ms: 5 },
      clock,
      onError: () => {
        errors++;
        seen.add(storage.getStore());
      },
    });
    storage.run({}, () => things.forEach((thing, i) => cache.set(i, thing)));
    isWritten = true;
    for (let i = 0; i < 200 && errors === 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const byTimer = errors;
    expect(byTimer).toBeGreaterThan(0);
    expect(await gcUntil(() => errors > byTimer)).toBe(true);
    expect([...seen]).toEqual([undefined]);
    expect(cache.size).toBe(things.length);
  });

  it("runs a finalizer outside of the request that created it", async () => {
    const seen: unknown[] = [];
    storage.run({}, () => {
      for (let i = 0; i < 20; i++) finalize({ i }, () => seen.push(storage.getStore()));
    });
    expect(await gcUntil(() => seen.length > 0)).toBe(true);
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it("runs outside of the request that was the first to import the package", async () => {
    const program = new URL("programs/first-import.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram(program);
    expect([code, stdout, stderr]).toEqual([0, "seen: undefined, finalized: true\n", ""]);
  });
});
