import { describe, expect, it } from "vitest";
import { createPool, settled, watch } from "./pool-fixture.ts";

describe("minIdle", () => {
  it("keeps this number of idle resources in addition to leased ones, as far as max allows", async () => {
    const { pool } = createPool({ max: 4, minIdle: 2 });
    await pool.ready();
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2 });
    const leases = [];
    for (const expected of [2, 2, 1, 0]) {
      leases.push(await pool.acquire());
      await settled();
      expect(pool.stats()).toMatchObject({ idle: expected, leased: leases.length });
    }
    for (const lease of leases) lease.release();
    expect(pool.stats()).toMatchObject({ idle: 4, total: 4 });
  });

  it("is restored after tryAcquire, destroy, discard, evictIdle and a failed check", async () => {
    let isWell = true;
    const { pool } = createPool({ max: 4, minIdle: 1, validate: () => isWell });
    const expectSpare = async (): Promise<void> => {
      await settled();
      await settled();
      expect(pool.stats().idle).toBeGreaterThanOrEqual(1);
    };
    await pool.ready();
    const lease = pool.tryAcquire()!;
    await expectSpare();
    lease.destroy();
    await expectSpare();
    pool.evictIdle();
    await expectSpare();
    const next = await pool.acquire();
    await expectSpare();
    pool.discard(next.value);
    await expectSpare();
    isWell = false;
    const last = await pool.acquire();
    isWell = true;
    await expectSpare();
    last.release();
  });

  it("and min count together: the larger demand is met", async () => {
    const { pool } = createPool({ max: 5, min: 3, minIdle: 1 });
    await pool.ready();
    expect(pool.stats()).toMatchObject({ idle: 3, total: 3 });
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire()));
    await settled();
    expect(pool.stats()).toMatchObject({ idle: 1, total: 4 });
    for (const lease of leases) lease.release();
  });

  it("stays after idleTimeout, with min", async () => {
    for (const [min, minIdle, left] of [
      [0, 2, 2],
      [1, 2, 2],
      [3, 1, 3],
      [0, 0, 0],
    ] as const) {
      const { pool, clock } = createPool({ max: 5, min, minIdle, idleTimeout: 100 });
      const leases = await Promise.all([1, 2, 3, 4, 5].map(() => pool.acquire()));
      for (const lease of leases) lease.release();
      clock.advance(100);
      await settled();
      expect(pool.stats()).toMatchObject({ idle: left, total: left });
      // They also stay when the pool looks at them again, or lends them after a standstill.
      clock.advance(1000);
      clock.jump(5000);
      if (left > 0) (await pool.acquire()).release();
      await settled();
      expect(pool.stats().idle).toBeGreaterThanOrEqual(left);
      clock.advance(100);
      expect(pool.stats()).toMatchObject({ idle: left, total: left });
    }
  });

  it("ends surplus resources when leased ones are returned", async () => {
    const { pool, clock } = createPool({ max: 4, minIdle: 1, idleTimeout: 100 });
    await pool.ready();
    const lease = await pool.acquire();
    await settled();
    expect(pool.stats()).toMatchObject({ idle: 1, total: 2 });
    lease.release();
    clock.advance(100);
    expect(pool.stats()).toMatchObject({ idle: 1, total: 1 });
  });

  it("serves waiters before it keeps spare resources", async () => {
    const { pool, made } = createPool({ max: 2, minIdle: 2, createConcurrency: 1 });
    const calls = [1, 2, 3].map(() => watch(pool.acquire()));
    for (let i = 0; i < 4; i++) await settled();
    expect(calls.map(({ value }) => value?.value.id)).toEqual([1, 2, undefined]);
    calls[0]!.value!.release();
    await settled();
    expect(calls[2]!.value?.value.id).toBe(1);
    expect(made.length).toBe(2);
  });

  it("holds for replacement too: new resources are made before old ones are destroyed", async () => {
    const { pool, clock, destroyed } = createPool({
      max: 4,
      minIdle: 2,
      maxLifetime: 1000,
      lifetimeJitter: 0,
    });
    await pool.ready();
    clock.advance(1000);
    expect(pool.stats()).toMatchObject({ idle: 2, creating: 2 });
    await settled();
    await settled();
    expect(destroyed.map(({ id }) => id).sort()).toEqual([1, 2]);
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2 });
    expect((await pool.acquire()).value.id).toBeGreaterThan(2);
  });

  it("is awaited by ready, as far as max allows, and ready rejects if a creation fails", async () => {
    const { pool } = createPool({ max: 2, minIdle: 2 });
    const lease = await pool.acquire();
    await pool.ready();
    expect(pool.stats()).toMatchObject({ idle: 1, leased: 1 });
    lease.release();
    const failing = createPool({ minIdle: 1, create: () => Promise.reject(new Error("down")) });
    await expect(failing.pool.ready()).rejects.toMatchObject({ code: "CREATE_FAILED" });
  });

  it("is tried again after failures, without a caller", async () => {
    let isDown = true;
    const { pool, clock } = createPool({
      minIdle: 1,
      create: async () => {
        if (isDown) throw new Error("down");
        return { id: 1 };
      },
    });
    await settled();
    isDown = false;
    for (let i = 0; i < 5; i++) {
      clock.advance(100);
      await settled();
    }
    expect(pool.stats().idle).toBe(1);
  });

  it("does not grow a pool by its keep-alives", async () => {
    const { pool, clock, made } = createPool({
      max: 5,
      minIdle: 2,
      keepAlive: 100,
      validate: () => Promise.resolve(true),
    });
    await pool.ready();
    for (let i = 0; i < 20; i++) {
      clock.advance(100);
      await settled();
    }
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2 });
    expect(made.length).toBe(2);
  });

  it("is not made in a pool that is closed", async () => {
    const { pool, made } = createPool({ max: 6, minIdle: 2, createConcurrency: 1 });
    const waiting = watch(pool.acquire());
    const closing = watch(pool.close({ waiters: "serve" }));
    for (let i = 0; i < 3; i++) await settled();
    waiting.value!.release();
    await settled();
    expect(closing.value).toBeDefined();
    expect(pool.stats().total).toBe(0);
    expect(made.length).toBe(1);
  });

  it("with a max that shrinks below it and grows again", async () => {
    const { pool } = createPool({ max: 4, minIdle: 3 });
    await pool.ready();
    pool.resize({ max: 1 });
    expect(pool.stats()).toMatchObject({ idle: 1, total: 1 });
    await pool.ready();
    pool.resize({ max: 5 });
    await pool.ready();
    expect(pool.stats()).toMatchObject({ idle: 3, total: 3 });
  });

  it.each([
    [{ max: 2, minIdle: 3 }, "minIdle is 3"],
    [{ max: 2, minIdle: -1 }, "minIdle is -1"],
    [{ max: 2, minIdle: 0.5 }, "minIdle is 0.5"],
    [{ max: 4, minIdle: 2, maxIdle: 1 }, "maxIdle is 1"],
  ])("refuses %o", (options, message) => {
    expect(() => createPool(options)).toThrow(message);
  });
});
