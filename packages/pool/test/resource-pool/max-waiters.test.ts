import { describe, expect, it } from "vitest";
import { createPool, settled, watch } from "./pool-fixture.ts";

const REFUSED = { code: "POOL_EXHAUSTED", reason: "waiters" };

describe("maxWaiters", () => {
  it("of 0 serves calls for which there is room to create", async () => {
    const { pool } = createPool({ max: 2, maxWaiters: 0 });
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()]);
    await expect(pool.acquire()).rejects.toMatchObject(REFUSED);
    first.release();
    (await pool.acquire()).release();
    second.release();
    expect(pool.stats()).toMatchObject({ acquired: 3, refused: 1 });
  });

  it("counts a burst beyond max, one at a time or all at once", async () => {
    for (const createConcurrency of [1, 3, Infinity]) {
      const { pool } = createPool({ max: 10, maxWaiters: 5, createConcurrency });
      const calls = Array.from({ length: 18 }, () => watch(pool.acquire({ timeout: 1e6 })));
      for (let i = 0; i < 30; i++) await settled();
      expect(calls.filter(({ value }) => value !== undefined).length).toBe(10);
      const refused = calls.map(({ error }) => error !== undefined);
      expect(refused).toEqual(Array.from({ length: 18 }, (_, at) => at >= 15));
      expect(pool.stats()).toMatchObject({ waiting: 5, refused: 3, leased: 10 });
    }
  });

  it.each([
    ["validated for it", { validate: (): Promise<boolean> => Promise.resolve(true) }],
    ["prepared for it", { prepare: async () => undefined }],
    ["being reset", { reset: async () => undefined }],
    [
      "validated on return",
      { validate: (): Promise<boolean> => Promise.resolve(true), validateOnReturn: true },
    ],
  ])("of 0 admits the only call if a resource is %s", async (_, options) => {
    const { pool } = createPool({ max: 1, maxWaiters: 0, ...options });
    for (let i = 0; i < 3; i++) {
      const lease = await pool.acquire();
      await expect(pool.acquire()).rejects.toMatchObject(REFUSED);
      lease.release();
      if (i === 1) await settled();
    }
    expect(pool.stats()).toMatchObject({ created: 1, acquired: 3, refused: 3 });
  });

  it.each([
    ["min", { min: 1 }],
    ["minIdle", { minIdle: 1 }],
  ])("of 0 admits a call if a resource is being made for %s", async (_, options) => {
    const { pool } = createPool({ max: 1, maxWaiters: 0, ...options });
    await Promise.resolve();
    expect(pool.stats().creating).toBe(1);
    const first = pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject(REFUSED);
    (await first).release();
  });

  it("of 0 admits a call if a keep-alive checks a resource", async () => {
    let finish!: (isWell: boolean) => void;
    const { pool, clock } = createPool({
      max: 1,
      maxWaiters: 0,
      keepAlive: 100,
      validateAfter: 1000,
      validate: () => new Promise((resolve) => (finish = resolve)),
    });
    (await pool.acquire()).release();
    clock.advance(100);
    expect(pool.stats().checking).toBe(1);
    const first = pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject(REFUSED);
    finish(true);
    (await first).release();
  });

  it("counts all calls while the pool is suspended", async () => {
    const { pool } = createPool({ max: 2, min: 2, maxWaiters: 1 });
    pool.suspend();
    const first = pool.acquire();
    expect(pool.stats().creating).toBe(2);
    await expect(pool.acquire()).rejects.toMatchObject(REFUSED);
    pool.resume();
    (await first).release();
  });

  it("admits calls that will get the room of a resource that is being destroyed", async () => {
    let finish!: () => void;
    const { pool } = createPool({
      max: 1,
      maxWaiters: 0,
      destroy: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    (await pool.acquire()).destroy();
    expect(pool.stats().closing).toBe(1);
    const next = pool.acquire();
    await expect(pool.acquire()).rejects.toMatchObject(REFUSED);
    finish();
    (await next).release();
  });

  it("does not refuse a call with a timeout of 0, because it does not wait", async () => {
    const { pool } = createPool({ max: 1, maxWaiters: 0 });
    await pool.acquire();
    await expect(pool.acquire({ timeout: 0 })).rejects.toMatchObject({ code: "POOL_TIMEOUT" });
  });
});
