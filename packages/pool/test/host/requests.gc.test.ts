import { AsyncLocalStorage } from "node:async_hooks";
import { BufferPool, ResourcePool } from "@heapwise/pool";
import { bundleSource, gcUntil, runProgram } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

type Package = typeof import("@heapwise/pool");

interface Store {
  held?: unknown;
}

const HOUR = 3_600_000;
const storage = new AsyncLocalStorage<Store>();

/**
 * Serves requests with something in their stores. Returns a function that counts the live stores.
 */
async function serve(request: () => unknown): Promise<() => number> {
  const refs: WeakRef<Store>[] = [];
  for (let i = 0; i < 50; i++) {
    await storage.run({}, async () => {
      const store = storage.getStore()!;
      refs.push(new WeakRef(store));
      store.held = await request();
    });
  }
  return () => refs.filter((ref) => ref.deref() !== undefined).length;
}

describe("A request that armed a timer is collected", () => {
  it("with a global pool, whose timer is an hour off", async () => {
    const pools: unknown[] = [];
    const alive = await serve(async () => {
      const pool = new ResourcePool({ create: () => ({}), max: 1, idleTimeout: HOUR });
      pools.push(pool);
      await pool.use(() => undefined);
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
    expect(pools.length).toBe(50);
  });

  it("with a buffer pool of its own", async () => {
    const alive = await serve(() => {
      const pool = new BufferPool({ maxBytes: 2 ** 20, trimInterval: HOUR });
      pool.acquire(2000).release();
      return pool;
    });
    expect(await gcUntil(() => alive() === 0)).toBe(true);
  });
});

describe("A request that is the first to import the package", () => {
  it("is not the context of creations and timers", async () => {
    const program = new URL("programs/first-import.ts", import.meta.url);
    const { code, stdout, stderr } = await runProgram(program);
    expect([code, stdout, stderr]).toEqual([0, "seen: undefined,undefined\n", ""]);
  });

  it("is not kept by a bundle", async () => {
    const script = bundleSource('export * from "@heapwise/pool"', "cjs");
    const load = new Function("module", "exports", script) as (
      module: { exports: Package },
      exports: unknown,
    ) => void;
    const module = { exports: {} as Package };
    const importer = ((): WeakRef<object> => {
      const store = {};
      storage.run(store, () => load(module, module.exports));
      return new WeakRef(store);
    })();
    const pool = new module.exports.ResourcePool({
      create: () => ({ store: storage.getStore() }),
      max: 1,
      idleTimeout: HOUR,
    });
    expect(await pool.use(({ store }) => store)).toBe(undefined);
    expect(await gcUntil(() => importer.deref() === undefined)).toBe(true);
    await pool.close();
  });
});
