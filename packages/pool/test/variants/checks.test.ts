import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { KeyedPool, ResourcePool } from "../../src/index.ts";

interface Made {
  readonly id: number;
  isDead: boolean;
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function never<R>(): Promise<R> {
  return new Promise(() => undefined);
}

/** Advances time in small steps until the call has settled. Returns the time that it took. */
async function run(clock: FakeClock, call: Promise<unknown>, most = 60_000): Promise<number> {
  let isDone = false;
  call.then(
    () => (isDone = true),
    () => (isDone = true),
  );
  const start = clock.now();
  await settle();
  while (!isDone && clock.now() - start < most) {
    clock.advance(50);
    await settle();
  }
  return clock.now() - start;
}

describe.each(["lifo", "fifo"] as const)("silently dead idle resources, %s", (order) => {
  function make(
    idle: number,
    max: number,
    options: { prepare?: (value: Made) => unknown; validateAfter?: number } = {},
  ): { clock: FakeClock; pool: ResourcePool<Made>; fill: () => Promise<Made[]> } {
    const clock = new FakeClock();
    let id = 0;
    const pool = new ResourcePool<Made>({
      create: () => ({ id: ++id, isDead: false }),
      validate: (value) => (value.isDead ? never() : Promise.resolve(true)),
      max,
      order,
      clock,
      idleTimeout: Infinity,
      ...options,
    });
    const fill = async (): Promise<Made[]> => {
      const leases = await Promise.all(Array.from({ length: idle }, () => pool.acquire()));
      for (const lease of leases) lease.release();
      await settle();
      return leases.map(({ value }) => value);
    };
    return { clock, pool, fill };
  }

  it.each([
    [10, 20],
    [20, 20],
    [10, 10],
    [3, 20],
    [1, 1],
    [2, 2],
  ])("cost a call about one validateTimeout at most: all of %i, max %i", async (idle, max) => {
    const { clock, pool, fill } = make(idle, max);
    for (const value of await fill()) value.isDead = true;
    clock.advance(1000);
    const call = pool.acquire();
    expect(await run(clock, call)).toBeLessThanOrEqual(5500);
    expect((await call).value.isDead).toBe(false);
  });

  it.each([
    [20, 20],
    [20, 10],
    [10, 3],
    [3, 1],
  ])(
    "cost a call about one validateTimeout at most: %i idle, %i of them dead",
    async (idle, dead) => {
      for (const isFirst of [true, false]) {
        const { clock, pool, fill } = make(idle, 20);
        const values = await fill();
        for (const value of isFirst ? values.slice(0, dead) : values.slice(-dead))
          value.isDead = true;
        clock.advance(1000);
        const call = pool.acquire();
        expect(await run(clock, call)).toBeLessThanOrEqual(5500);
        (await call).release();
        const others = Array.from({ length: 5 }, () => pool.acquire());
        expect(await run(clock, Promise.all(others))).toBeLessThanOrEqual(5500);
        expect(pool.stats().total).toBeLessThanOrEqual(20);
      }
    },
  );

  it("cost many calls at once about one validateTimeout at most", async () => {
    const { clock, pool, fill } = make(10, 20);
    for (const value of await fill()) value.isDead = true;
    clock.advance(1000);
    const calls = Promise.all(Array.from({ length: 20 }, () => pool.acquire()));
    expect(await run(clock, calls)).toBeLessThanOrEqual(6000);
    expect((await calls).every(({ value }) => !value.isDead)).toBe(true);
  });

  it("cost a call about one validateTimeout at most if prepare hangs", async () => {
    const { clock, pool, fill } = make(10, 20, {
      prepare: (value) => (value.isDead ? never() : undefined),
      validateAfter: 1e6,
    });
    for (const value of await fill()) value.isDead = true;
    clock.advance(1000);
    const call = pool.acquire();
    expect(await run(clock, call)).toBeLessThanOrEqual(5500);
  });

  it("have their checks counted in the error", async () => {
    const { clock, pool, fill } = make(1, 1);
    for (const value of await fill()) value.isDead = true;
    const call = pool.acquire({ timeout: 1000 }).catch((error: unknown) => error);
    await run(clock, call);
    const error = (await call) as Error & { pool: { checking: number } };
    expect(error.message).toMatch(/1 checking/);
    expect(error.pool.checking).toBe(1);
    const again = pool.acquire({ timeout: 4000 }).catch((reason: unknown) => reason);
    await run(clock, again);
    expect(await again).not.toBeInstanceOf(Error);
  });

  it("make the failure of their checks the cause of the error", async () => {
    const clock = new FakeClock();
    let made = 0;
    const pool = new ResourcePool({
      create: () => (++made <= 2 ? { made } : never<{ made: number }>()),
      validate: () => never<boolean>(),
      validateTimeout: 500,
      max: 2,
      order,
      clock,
      name: "db",
    });
    const leases = [await pool.acquire(), await pool.acquire()];
    for (const lease of leases) lease.release();
    const call = pool.acquire({ timeout: 3000 }).catch((error: unknown) => error);
    await run(clock, call);
    const error = (await call) as Error;
    expect(error.message).toMatch(/last failure: Cannot validate resource: not done in 500 ms/);
    expect(error.cause).toMatchObject({ code: "POOL_TIMEOUT", operation: "validate" });
  });

  it("cost a call about one validateTimeout at most while a keep-alive hangs", async () => {
    const clock = new FakeClock();
    let id = 0;
    const pool = new ResourcePool<Made>({
      create: () => ({ id: ++id, isDead: false }),
      validate: (value) => (value.isDead ? never() : Promise.resolve(true)),
      keepAlive: 2000,
      max: 20,
      order,
      clock,
      idleTimeout: Infinity,
    });
    const leases = await Promise.all(Array.from({ length: 10 }, () => pool.acquire()));
    for (const lease of leases) lease.release();
    await settle();
    for (const { value } of leases) value.isDead = true;
    clock.advance(2500);
    await settle();
    const call = pool.acquire();
    expect(await run(clock, call)).toBeLessThanOrEqual(5500);
    expect((await call).value.isDead).toBe(false);
  });
});

describe("Dead resources of a keyed pool", () => {
  it("cost a call of their key or of another key about one validateTimeout at most", async () => {
    const clock = new FakeClock();
    const pool = new KeyedPool<string, Made>({
      create: () => ({ id: 1, isDead: false }),
      validate: (value) => (value.isDead ? never() : Promise.resolve(true)),
      max: 20,
      clock,
      idleTimeout: Infinity,
    });
    const leases = await Promise.all(Array.from({ length: 10 }, () => pool.acquire("a")));
    for (const lease of leases) lease.release();
    await settle();
    for (const { value } of leases) value.isDead = true;
    const call = pool.acquire("a");
    expect(await run(clock, call)).toBeLessThanOrEqual(5500);
    const other = pool.acquire("b");
    expect(await run(clock, other)).toBeLessThanOrEqual(5500);
  });

  it("cost calls at the bound of all keys about one validateTimeout at most", async () => {
    const clock = new FakeClock();
    const pool = new KeyedPool<string, Made>({
      create: () => ({ id: 1, isDead: false }),
      validate: (value) => (value.isDead ? never() : Promise.resolve(true)),
      max: 10,
      clock,
      idleTimeout: Infinity,
    });
    const leases = await Promise.all(
      Array.from({ length: 10 }, (_, i) => pool.acquire(`${i % 3}`)),
    );
    for (const lease of leases) lease.release();
    await settle();
    for (const { value } of leases) value.isDead = true;
    const calls = ["0", "1", "2", "3"].map((key) => pool.acquire(key));
    expect(await run(clock, Promise.all(calls))).toBeLessThanOrEqual(6000);
  });
});

describe("keepAlive leaves the order of idle resources", () => {
  const every = [500, 1000, 2000, 4000];
  it.each(every)("so that the pool shrinks, %i", async (keepAlive) => {
    for (const validate of [() => true, async () => true]) {
      const clock = new FakeClock();
      const pool = new ResourcePool({
        create: () => ({}),
        validate,
        keepAlive,
        idleTimeout: 5000,
        max: 5,
        clock,
      });
      const leases = await Promise.all([1, 2, 3, 4, 5].map(() => pool.acquire()));
      for (const lease of leases) lease.release();
      for (let i = 0; i < 600; i++) {
        clock.advance(100);
        await settle();
        await pool.use(() => undefined);
        await settle();
      }
      expect(pool.stats().total).toBe(1);
    }
  });

  it.each(["lifo", "fifo"] as const)("lends by %s after it", async (order) => {
    const clock = new FakeClock();
    let id = 0;
    const pool = new ResourcePool({
      create: () => ++id,
      validate: async () => true,
      validateAfter: 1e6,
      keepAlive: 1000,
      idleTimeout: Infinity,
      max: 5,
      order,
      clock,
    });
    const leases = await Promise.all([1, 2, 3, 4, 5].map(() => pool.acquire()));
    for (const lease of leases) {
      clock.advance(100);
      lease.release();
    }
    await settle();
    for (let i = 0; i < 77; i++) {
      clock.advance(130);
      await settle();
    }
    const again = await Promise.all([1, 2, 3, 4, 5].map(() => pool.acquire()));
    const ids = again.map(({ value }) => value);
    expect(ids).toEqual(order === "lifo" ? [5, 4, 3, 2, 1] : [1, 2, 3, 4, 5]);
  });

  it("tryAcquire with an async validate lends at a later try, and keeps the order", async () => {
    const clock = new FakeClock();
    let id = 0;
    const pool = new ResourcePool({
      create: () => ++id,
      validate: async () => true,
      max: 3,
      clock,
    });
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire()));
    for (const lease of leases) lease.release();
    await settle();
    expect(pool.tryAcquire()).toBeUndefined();
    await settle();
    expect(pool.tryAcquire()?.value).toBe(3);
  });
});

describe("KeyedPool keepAlive", () => {
  it("lets the pool shrink", async () => {
    const clock = new FakeClock();
    const pool = new KeyedPool({
      create: (key: string) => ({ key }),
      validate: async () => true,
      keepAlive: 1000,
      idleTimeout: 5000,
      max: 5,
      clock,
    });
    const leases = await Promise.all([1, 2, 3, 4, 5].map(() => pool.acquire("a")));
    for (const lease of leases) lease.release();
    for (let i = 0; i < 600; i++) {
      clock.advance(100);
      await settle();
      await pool.use("a", () => undefined);
      await settle();
    }
    expect(pool.stats().total).toBe(1);
  });
});
