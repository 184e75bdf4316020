import { BufferPool, KeyedPool, ObjectPool, ResourcePool, type PoolEvents } from "@heapwise/pool";
import { gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

interface Thing {
  readonly id: number;
}

describe("A lost lease", () => {
  it("is reported with its label, and its resource is destroyed and replaced", async () => {
    const destroyed: number[] = [];
    const leaks: PoolEvents<Thing>["leak"][] = [];
    let made = 0;
    const pool = new ResourcePool<Thing>({
      create: () => ({ id: ++made }),
      destroy: ({ id }) => void destroyed.push(id),
      max: 1,
    });
    pool.on("leak", (leak) => leaks.push(leak));
    await (async () => {
      await pool.acquire({ label: "careless" });
    })();
    // A waiter gets the resource that replaces it.
    const waiting = pool.acquire();
    expect(await gcUntil(() => leaks.length > 0)).toBe(true);
    expect(leaks).toMatchObject([{ kind: "lost", holder: { loan: "1.1", label: "careless" } }]);
    expect(destroyed).toEqual([1]);
    expect((await waiting).value.id).toBe(2);
    expect(pool.stats()).toMatchObject({ lost: 1, total: 1, leased: 1 });
  });

  it("is found on the hundredth loan as on the first, even if an older lease is kept", async () => {
    const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1 });
    const old = await pool.acquire();
    old.release();
    for (let i = 0; i < 98; i++) (await pool.acquire()).release();
    await (async () => {
      await pool.acquire();
    })();
    expect(await gcUntil(() => pool.stats().lost === 1)).toBe(true);
    expect(() => old.release()).toThrow("has ended");
  });

  it("is not a lease that is in use, that has ended, or that use has", async () => {
    const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 3 });
    const lease = await pool.acquire();
    (await pool.acquire()).release();
    let finish!: () => void;
    const using = pool.use(() => new Promise<void>((resolve) => (finish = resolve)));
    expect(await gcUntil(() => pool.stats().lost > 0, { tries: 5 })).toBe(false);
    finish();
    await using;
    lease.release();
    expect(pool.stats()).toMatchObject({ idle: 2, leased: 0 });
  });

  it("retires its block, and its slab is freed when the other blocks are returned", async () => {
    const pool = new BufferPool({ maxBytes: 2 ** 20 });
    const kept = pool.acquire(16_384);
    const view = ((): Uint8Array => pool.acquire(16_384).value)();
    expect(await gcUntil(() => pool.stats().lost === 1)).toBe(true);
    const next = pool.acquire(16_384);
    expect(next.value.buffer).not.toBe(view.buffer);
    kept.release();
    expect(pool.stats()).toMatchObject({ slabs: 1 });
  });
});

describe("An object of a pool with a bound", () => {
  it.each([false, true])("makes room when it was collected, debug %s", async (debug) => {
    const pool = new ObjectPool<Thing>({ create: () => ({ id: 1 }), max: 3, debug });
    const kept = pool.acquire();
    (() => void [pool.acquire(), pool.lease()])();
    expect(() => pool.acquire()).toThrow("pool has 3 of 3 (0 idle, 3 leased");
    const tries = (): boolean => {
      try {
        lent.push(pool.acquire());
      } catch {
        // Not yet.
      }
      return lent.length === 2;
    };
    const lent: Thing[] = [];
    expect(await gcUntil(tries)).toBe(true);
    expect(() => pool.acquire()).toThrow("pool has 3 of 3");
    for (const each of [kept, ...lent]) pool.release(each);
    expect(pool.stats()).toMatchObject({ idle: 3, created: 5, dropped: 0 });
  });

  it("is counted once if it was destroyed, idle or kept before", async () => {
    const pool = new ObjectPool<Thing>({ create: () => ({ id: 1 }), max: 2 });
    for (let i = 0; i < 5; i++) pool.lease().destroy();
    pool.release(pool.acquire());
    pool.trim();
    const ref = ((): WeakRef<Thing> => {
      const lease = pool.lease();
      const weak = new WeakRef(lease.value);
      lease.destroy();
      return weak;
    })();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(await gcUntil(() => false, { tries: 3 })).toBe(false);
    const both = [pool.acquire(), pool.acquire()];
    expect(() => pool.acquire()).toThrow("pool has 2 of 2");
    expect(both.length).toBe(2);
  });
});

describe("A block that was destroyed", () => {
  it("is counted once, and not again when its token is collected", async () => {
    const pool = new BufferPool({ maxBytes: 2 ** 20 });
    const kept = pool.acquire(16_384);
    pool.acquire(16_384).destroy();
    // The lease that is found lost shows that a collection has happened.
    (() => void pool.acquire(1000))();
    expect(await gcUntil(() => pool.stats().lost > 1)).toBe(true);
    expect(await gcUntil(() => pool.stats().lost > 2, { tries: 5 })).toBe(false);
    expect(pool.stats()).toMatchObject({ slabs: 1, leasedBytes: 16_384 });
    kept.release();
    expect(pool.stats()).toMatchObject({ slabs: 0, bytes: 0, leasedBytes: 0 });
  });
});

describe("Nothing is held", () => {
  it("of slabs that were freed", async () => {
    const pool = new BufferPool({ maxBytes: 2 ** 20 });
    const ref = ((): WeakRef<ArrayBufferLike> => {
      const lease = pool.acquire(5000);
      const { buffer } = lease.value;
      lease.release();
      return new WeakRef(buffer);
    })();
    expect(pool.trim()).toBeGreaterThan(0);
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(pool.stats()).toMatchObject({ lost: 0, leasedBytes: 0 });
  });

  it("by a pool that was collected", async () => {
    const refs = await (async () => {
      const pool = new ResourcePool<Thing>({
        create: () => ({ id: 1 }),
        max: 2,
        idleTimeout: Infinity,
      });
      const lease = await pool.acquire();
      const ref = new WeakRef(lease.value);
      lease.release();
      const objects = new ObjectPool<Thing>({ create: () => ({ id: 1 }), prefill: 10 });
      const aging = new ObjectPool<Thing>({
        create: () => ({ id: 1 }),
        prefill: 10,
        idleTimeout: 1e6,
        max: 20,
      });
      aging.release(aging.acquire());
      const buffers = new BufferPool({ maxBytes: 2 ** 20 });
      buffers.acquire(5000).release();
      return [ref, ...[pool, objects, aging, buffers].map((each) => new WeakRef<object>(each))];
    })();
    expect(await gcUntil(() => refs.every((ref) => ref.deref() === undefined))).toBe(true);
  });

  it("of a listener that was removed", async () => {
    const pool = new KeyedPool<string, Thing>({ create: () => ({ id: 1 }), max: 1 });
    const lease = await pool.acquire("a");
    const ref = ((): WeakRef<() => void> => {
      const listener = (): void => undefined;
      pool.on("release", listener)();
      return new WeakRef(listener);
    })();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    lease.release();
  });

  it("of a resource that was destroyed", async () => {
    const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 2 });
    const ref = await (async () => {
      const lease = await pool.acquire();
      const weak = new WeakRef(lease.value);
      lease.destroy();
      return weak;
    })();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(pool.stats().total).toBe(0);
  });

  it("of an object that was lent and never returned", async () => {
    const pool = new ObjectPool<Thing>({ create: () => ({ id: 1 }), debug: true });
    const ref = ((): WeakRef<Thing> => new WeakRef(pool.acquire()))();
    expect(await gcUntil(() => ref.deref() === undefined)).toBe(true);
    expect(pool.stats().acquired).toBe(1);
  });
});
