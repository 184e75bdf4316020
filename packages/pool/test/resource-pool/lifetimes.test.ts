import { describe, expect, it } from "vitest";
import { createPool, settled, watch } from "./pool-fixture.ts";

const ids = (things: readonly { id: number }[]): number[] => things.map(({ id }) => id);

describe("Idle resources", () => {
  it("are destroyed after idleTimeout, down to min, by one timer", async () => {
    const { pool, clock, destroyed } = createPool({ max: 3, min: 1, idleTimeout: 100 });
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire()));
    for (const lease of leases) lease.release();
    expect(clock.pending.length).toBe(1);
    clock.advance(99);
    expect(destroyed).toEqual([]);
    clock.advance(1);
    expect(ids(destroyed)).toEqual([1, 2]);
    clock.advance(10_000);
    expect(pool.stats()).toMatchObject({ idle: 1, total: 1 });
  });

  it("are kept up to maxIdle only", async () => {
    const { pool, destroyed } = createPool({ max: 3, maxIdle: 1 });
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire()));
    for (const lease of leases) lease.release();
    expect(ids(destroyed)).toEqual([2, 3]);
    expect(pool.stats()).toMatchObject({ idle: 1 });
  });

  it("are validated after keepAlive without use, also up to min, and replaced if they fail", async () => {
    let isWell = true;
    const asked: number[] = [];
    const { pool, clock, destroyed } = createPool({
      min: 2,
      idleTimeout: Infinity,
      keepAlive: 100,
      validate: ({ id }) => {
        asked.push(id);
        return isWell;
      },
    });
    await pool.ready();
    clock.advance(100);
    expect([...asked].sort()).toEqual([1, 2]);
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2 });
    isWell = false;
    clock.advance(100);
    await settled();
    expect(ids(destroyed).sort()).toEqual([1, 2]);
    isWell = true;
    expect(pool.stats()).toMatchObject({ idle: 2, created: 4 });
  });

  it("are lent last in first out, or first in first out", async () => {
    for (const [order, expected] of [
      ["lifo", 2],
      ["fifo", 1],
    ] as const) {
      const { pool } = createPool({ order });
      const [a, b] = await Promise.all([pool.acquire(), pool.acquire()]);
      a.release();
      b.release();
      expect((await pool.acquire()).value.id).toBe(expected);
    }
  });
});

describe("Validation", () => {
  it("happens on every borrow, and not within validateAfter of the last use", async () => {
    let asked = 0;
    const validate = (): boolean => asked++ >= 0;
    const always = createPool({ validate });
    (await always.pool.acquire()).release();
    expect(asked).toBe(0);
    (await always.pool.acquire()).release();
    (await always.pool.acquire()).release();
    expect(asked).toBe(2);
    const sometimes = createPool({ validate, validateAfter: 50 });
    (await sometimes.pool.acquire()).release();
    sometimes.clock.advance(49);
    (await sometimes.pool.acquire()).release();
    expect(asked).toBe(2);
    sometimes.clock.advance(50);
    (await sometimes.pool.acquire()).release();
    expect(asked).toBe(3);
  });

  it("that fails, throws, rejects or takes too long destroys the resource, and another one is lent", async () => {
    const ways = [
      () => false,
      () => Promise.resolve(false),
      (): boolean => {
        throw new Error("broken");
      },
      () => Promise.reject(new Error("broken")),
      () => new Promise<boolean>(() => undefined),
    ];
    for (const validate of ways) {
      const { pool, clock, destroyed } = createPool({ max: 1, validate, validateTimeout: 10 });
      (await pool.acquire()).release();
      const next = watch(pool.acquire());
      await settled();
      clock.advance(10);
      await settled();
      expect(next.value?.value.id).toBe(2);
      expect(ids(destroyed)).toEqual([1]);
      next.value!.release();
    }
  });

  it("on return happens before the next loan", async () => {
    const asked: number[] = [];
    const { pool } = createPool({
      max: 1,
      validateOnReturn: true,
      validate: ({ id }) => asked.push(id) > 1,
    });
    const lease = await pool.acquire();
    lease.release();
    expect(pool.stats().total).toBe(0);
    expect(asked).toEqual([1]);
  });
});

describe("A resource that is too old", () => {
  it("is replaced before it is destroyed, so that min always holds", async () => {
    const { pool, clock, destroyed, made } = createPool({
      min: 2,
      max: 3,
      maxLifetime: 1000,
      lifetimeJitter: 0,
    });
    await pool.ready();
    clock.advance(1000);
    expect(pool.stats()).toMatchObject({ idle: 2, creating: 1 });
    await settled();
    await settled();
    expect(ids(destroyed).sort()).toEqual([1, 2]);
    expect(made.length).toBe(4);
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2 });
  });

  it("is destroyed first if min is max, one at a time", async () => {
    const { pool, clock, destroyed } = createPool({
      min: 2,
      max: 2,
      maxLifetime: 1000,
      lifetimeJitter: 0,
    });
    await pool.ready();
    clock.advance(1000);
    expect(ids(destroyed).length).toBe(1);
    expect(pool.stats()).toMatchObject({ idle: 1, creating: 1 });
    await settled();
    await settled();
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2, destroyed: 2 });
  });

  it("is destroyed when it is returned", async () => {
    const { pool, clock, destroyed } = createPool({ maxLifetime: 1000, lifetimeJitter: 0 });
    const lease = await pool.acquire();
    clock.advance(1500);
    expect(destroyed).toEqual([]);
    lease.release();
    expect(ids(destroyed)).toEqual([1]);
  });

  it("does not expire at the same time as the others", async () => {
    const { pool, clock } = createPool({ max: 20, maxLifetime: 1000, lifetimeJitter: 0.5 });
    const leases = await Promise.all(Array.from({ length: 20 }, () => pool.acquire()));
    for (const lease of leases) lease.release();
    const left = new Set<number>();
    for (let t = 0; t < 1000; t += 10) {
      clock.advance(10);
      left.add(pool.stats().total);
    }
    expect(left.size).toBeGreaterThan(8);
    expect(pool.stats().total).toBe(0);
  });

  it("is one that was lent maxUses times", async () => {
    const { pool, destroyed } = createPool({ max: 1, maxUses: 2 });
    for (let i = 0; i < 4; i++) (await pool.acquire()).release();
    expect(ids(destroyed)).toEqual([1, 2]);
  });
});

describe("The pool", () => {
  it("is ready when min resources exist, including leased ones", async () => {
    const { pool } = createPool({ min: 2 });
    const lease = pool.acquire();
    await pool.ready();
    expect(pool.stats()).toMatchObject({ total: 2 });
    await pool.ready();
    (await lease).release();
    await createPool().pool.ready();
  });

  it("is not ready if a creation fails, and says why", async () => {
    const { pool } = createPool({ min: 1, create: () => Promise.reject(new Error("no")) });
    await expect(pool.ready()).rejects.toMatchObject({ code: "CREATE_FAILED" });
  });

  it("resizes while it works", async () => {
    const { pool, destroyed } = createPool({ max: 1 });
    const first = await pool.acquire();
    const second = watch(pool.acquire());
    pool.resize({ max: 2 });
    await settled();
    expect(second.value?.value.id).toBe(2);
    pool.resize({ max: 1 });
    first.release();
    expect(ids(destroyed)).toEqual([1]);
    second.value!.release();
    expect(pool.stats()).toMatchObject({ idle: 1, total: 1 });
    pool.resize({ min: 1, max: 4 });
    expect(() => pool.resize({ min: 5 })).toThrow(RangeError);
    expect(() => pool.resize({ max: 0 })).toThrow(RangeError);
    expect(() => pool.resize({ size: 1 } as never)).toThrow(TypeError);
    expect(pool.stats()).toMatchObject({ min: 1, max: 4 });
  });

  it("lends nothing while it is suspended", async () => {
    const { pool, clock } = createPool();
    (await pool.acquire()).release();
    pool.suspend();
    const waiting = watch(pool.acquire());
    const hasty = watch(pool.acquire({ timeout: 10 }));
    expect(pool.tryAcquire()).toBe(undefined);
    clock.advance(10);
    await settled();
    expect(waiting).toEqual({});
    expect(hasty.error).toMatchObject({ code: "POOL_TIMEOUT" });
    pool.resume();
    await settled();
    expect(waiting.value?.value.id).toBe(1);
  });

  it("evicts idle resources, and creates up to min", async () => {
    const { pool, destroyed } = createPool({ min: 1 });
    await pool.ready();
    expect(pool.evictIdle()).toBe(1);
    await settled();
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ idle: 1, created: 2 });
  });

  it("replaces everything, at once or over a time", async () => {
    const { pool, clock, destroyed } = createPool({ max: 4, idleTimeout: Infinity });
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()));
    for (const lease of leases.slice(1)) lease.release();
    pool.replaceAll();
    expect(ids(destroyed).sort()).toEqual([2, 3, 4]);
    leases[0]!.release();
    expect(ids(destroyed)).toContain(1);
    const fresh = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()));
    for (const lease of fresh) lease.release();
    pool.replaceAll({ over: 400 });
    const counts = [0, 100, 100, 100, 100].map((ms) => {
      clock.advance(ms);
      return pool.stats().total;
    });
    expect(counts).toEqual([3, 2, 1, 0, 0]);
    expect(() => pool.replaceAll({ over: -1 })).toThrow(RangeError);
  });

  it("replaces resources that are being made too, and never lends them", async () => {
    const creations: ((thing: { id: number }) => void)[] = [];
    const create = (): Promise<{ id: number }> => new Promise((made) => creations.push(made));
    const { pool, clock, destroyed } = createPool({ create, max: 1, idleTimeout: Infinity });
    const lease = watch(pool.acquire());
    pool.replaceAll();
    creations[0]!({ id: 1 });
    await settled();
    expect(ids(destroyed)).toEqual([1]);
    creations[1]!({ id: 2 });
    await settled();
    expect(lease.value?.value.id).toBe(2);
    const later = watch(pool.acquire());
    lease.value!.destroy();
    await settled();
    pool.replaceAll({ over: 400 });
    creations[2]!({ id: 3 });
    await settled();
    later.value!.release();
    clock.advance(399);
    expect(ids(destroyed)).toEqual([1, 2]);
    clock.advance(1);
    expect(ids(destroyed)).toEqual([1, 2, 3]);
  });

  it("serves a higher priority first, and no call starves", async () => {
    const { pool, clock } = createPool({ max: 1, aging: 100 });
    const held = await pool.acquire();
    const order: string[] = [];
    const ask = (name: string, priority: number): Promise<void> =>
      pool.acquire({ priority }).then((lease) => {
        order.push(name);
        lease.release();
      });
    const all = [ask("low", 0), ask("high", 2), ask("high too", 2)];
    clock.advance(250);
    all.push(ask("late high", 2), ask("late higher", 3));
    held.release();
    await Promise.all(all);
    expect(order).toEqual(["high", "high too", "late higher", "low", "late high"]);
  });
});
