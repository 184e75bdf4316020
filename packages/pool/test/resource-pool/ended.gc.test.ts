import { AsyncLocalStorage } from "node:async_hooks";
import { ResourcePool, type Lease, type ResourcePoolOptions } from "@heapwise/pool";
import { FakeClock, gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { settled } from "./pool-fixture.ts";

interface Thing {
  readonly bytes: Uint8Array;
}

const create = (): Thing => ({ bytes: new Uint8Array(1000) });
const HOUR = 3_600_000;

interface Lent {
  readonly pool: ResourcePool<Thing>;
  readonly lease: Lease<Thing>;
  readonly ref: WeakRef<Thing>;
}

async function lend(options: Partial<ResourcePoolOptions<Thing>> = {}): Promise<Lent> {
  const pool = new ResourcePool<Thing>({ create, max: 2, ...options });
  const lease = await pool.acquire();
  return { pool, lease, ref: new WeakRef(lease.value) };
}

describe("A lease that has ended keeps no resource that the pool has ended:", () => {
  const clock = new FakeClock();
  const ends: Record<string, (lent: Lent) => unknown> = {
    "given back, and evicted": ({ pool, lease }) => (lease.release(), pool.evictIdle()),
    "given back, and discarded": ({ pool, lease, ref }) => (
      lease.release(),
      pool.discard(ref.deref()!)
    ),
    "given back, and replaced": ({ pool, lease }) => (lease.release(), pool.replaceAll()),
    "given back, and idle for too long": ({ lease }) => (lease.release(), clock.advance(HOUR)),
    "given back to a pool that has closed": ({ pool, lease }) => (lease.release(), pool.close()),
    destroyed: ({ lease }) => lease.destroy("broken"),
    "discarded, and given back": ({ pool, lease, ref }) => (
      pool.discard(ref.deref()!),
      lease.release()
    ),
    "given back, invalid": async ({ pool, lease }) => {
      lease.release();
      (await pool.acquire()).release();
    },
  };
  const kinds: [string, Partial<ResourcePoolOptions<Thing>>][] = [
    ["plain", {}],
    ["debug", { debug: true }],
    ["destroy", { destroy: () => Promise.resolve() }],
  ];
  for (const [name, end] of Object.entries(ends)) {
    it.each(kinds)(`${name} (%s)`, async (_, options) => {
      const isInvalid = name.endsWith("invalid");
      let asked = 0;
      const { lease, ref, pool } = await (async () => {
        const lent = await lend({
          ...options,
          ...(name.includes("idle for") && { clock }),
          ...(isInvalid && { validate: () => asked++ > 0 }),
        });
        await end(lent);
        return lent;
      })();
      await settled();
      expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
      expect(() => lease.value).toThrow("has ended");
      await pool.close();
    });
  }
});

describe("A pool that has closed keeps nothing of its owner:", () => {
  /**
   * Makes a pool whose callbacks close over a large object, and returns a WeakRef of that object.
   */
  async function closed(
    options: Partial<ResourcePoolOptions<Thing>>,
    close: (lent: Lent) => Promise<unknown>,
  ): Promise<{ owner: WeakRef<object>; kept: unknown }> {
    const owner = { big: new Uint8Array(1000) };
    const lent = await lend({
      create: () => ({ bytes: owner.big }),
      destroy: () => void owner.big,
      idleTimeout: HOUR,
      leakThreshold: HOUR,
      maxLifetime: HOUR,
      ...options,
    });
    const kept = await close(lent);
    return { owner: new WeakRef(owner), kept };
  }

  const closings: Record<string, (lent: Lent) => Promise<unknown>> = {
    "with an idle resource": ({ pool, lease }) => (lease.release(), pool.close()),
    "with a leased resource, by force": ({ pool }) => pool.close({ deadline: 0 }),
    "after those who waited": async ({ pool, lease }) => {
      const second = pool.acquire();
      const third = pool.acquire();
      const closing = pool.close({ waiters: "serve", deadline: HOUR });
      lease.release();
      (await second).release();
      (await third).release();
      return closing;
    },
    "though an error of it is kept, which was logged": async ({ pool, lease }) => {
      const report = pool.close();
      const error = await pool.acquire().catch((thrown: unknown) => thrown);
      lease.release();
      return [await report, error, (error as Error).stack];
    },
  };
  for (const [name, close] of Object.entries(closings)) {
    it.each([true, false])(`${name} (fake clock: %s)`, async (isFake) => {
      const clock = new FakeClock();
      const { owner, kept } = await closed(isFake ? { clock } : {}, close);
      expect(clock.pending).toEqual([]);
      expect(await gcUntil(() => owner.deref() === undefined)).toBe(true);
      expect(kept).toBeDefined();
    });
  }
});

describe("Nothing of a request is kept after its loan", () => {
  interface Store {
    held?: unknown;
  }
  const storage = new AsyncLocalStorage<Store>();
  const pass = (): Promise<boolean> => Promise.resolve(true);

  it.each<[string, Partial<ResourcePoolOptions<Thing>>]>([
    ["a plain pool", {}],
    ["a pool that prepares", { prepare: pass }],
    ["a pool that prepares at once", { prepare: () => undefined }],
    ["a pool that keeps alive", { validate: pass, keepAlive: HOUR }],
    [
      "a pool with all callbacks",
      { validate: pass, prepare: pass, reset: pass, validateOnReturn: true },
    ],
    ["a pool with a lifetime", { maxLifetime: HOUR, leakThreshold: HOUR }],
    ["a pool in debug mode", { debug: true }],
  ])("by %s", async (_, options) => {
    const pool = new ResourcePool<Thing>({ create, max: 2, idleTimeout: HOUR, ...options });
    const refs: WeakRef<object>[] = [];
    const serve = (i: number): Promise<void> =>
      storage.run({}, async () => {
        const store = storage.getStore()!;
        const controller = new AbortController();
        const affinity = (): boolean => store.held === undefined;
        refs.push(new WeakRef(store), new WeakRef(affinity), new WeakRef(controller.signal));
        const lease = await pool.acquire({ signal: controller.signal, affinity, timeout: HOUR });
        await settled();
        lease.touch(`request ${i}`);
        lease.release();
        await pool.use(() => settled());
      });
    // Three of five calls wait.
    for (let i = 0; i < 3; i++) await Promise.all([1, 2, 3, 4, 5].map(serve));
    // A call that gives up while it waits, and a call that finds nothing ready.
    const leases = await Promise.all([pool.acquire(), pool.acquire()]);
    await storage.run({}, async () => {
      refs.push(new WeakRef(storage.getStore()!));
      await pool.acquire({ timeout: 1 }).catch(() => undefined);
      pool.tryAcquire()?.release();
    });
    for (const lease of leases) lease.release();
    await settled();
    const alive = (): number => refs.filter((ref) => ref.deref() !== undefined).length;
    expect(await gcUntil(() => alive() === 0)).toBe(true);
    expect(pool.stats()).toMatchObject({ leased: 0, waiting: 0 });
    await pool.close();
  });
});
