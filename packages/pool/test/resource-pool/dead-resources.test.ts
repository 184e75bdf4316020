import type { PoolTimeoutError, ResourcePoolOptions } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Fixture, type Thing } from "./pool-fixture.ts";

const never = (): Promise<never> => new Promise(() => undefined);

/** A pool with idle things, some of which are dead by `isDead`. */
async function createIdle(
  count: number,
  isDead: (thing: Thing) => boolean,
  options: Partial<ResourcePoolOptions<Thing>> = {},
): Promise<Fixture & { asked: number[]; kill: () => void }> {
  let areSome = false;
  const asked: number[] = [];
  const fixture = createPool({
    max: 20,
    validate: (thing) => {
      if (areSome) asked.push(thing.id);
      return areSome && isDead(thing) ? never() : Promise.resolve(true);
    },
    idleTimeout: Infinity,
    ...options,
  });
  const leases = await Promise.all(Array.from({ length: count }, () => fixture.pool.acquire()));
  for (const lease of leases) lease.release();
  await settled();
  await settled();
  expect(fixture.pool.stats().idle).toBe(count);
  return { ...fixture, asked, kill: () => (areSome = true) };
}

/** Advances the clock in steps of 100 ms until `promise` settles, and returns the time, ms. */
async function timeUntil(
  { clock }: Fixture,
  hasCome: () => boolean,
  most = 60_000,
): Promise<number> {
  const start = clock.now();
  await settled();
  while (!hasCome() && clock.now() - start < most) {
    clock.advance(100);
    for (let i = 0; i < 3; i++) await settled();
  }
  return clock.now() - start;
}

describe("Idle resources that died silently", () => {
  it.each([
    ["ten of twenty", 10, 20, 1000, {}],
    ["ten of twenty, fifo", 10, 20, 1000, { order: "fifo" }],
    ["ten of twenty, with min", 10, 20, 1000, { min: 10 }],
    ["ten of twenty, with prepare", 10, 20, 2000, { prepare: () => Promise.resolve() }],
    ["ten of twenty, one created at a time", 10, 20, 1000, { createConcurrency: 1 }],
    ["all ten", 10, 10, 5000, {}],
    ["all twenty", 20, 20, 5000, {}],
    ["one of one", 1, 1, 5000, {}],
  ] as const)(
    "%s, cost a caller little, and no more than one validateTimeout",
    async (_, count, max, most, options) => {
      const fixture = await createIdle(count, ({ id }) => id <= count, { max, ...options });
      const { pool } = fixture;
      fixture.kill();
      const lease = watch(pool.acquire());
      const time = await timeUntil(fixture, () => lease.value !== undefined);
      expect(time).toBeLessThanOrEqual(most);
      expect(lease.value!.value.id).toBeGreaterThan(count);
      lease.value!.release();
      // The next callers get working resources too, and all dead ones are destroyed.
      const more = [1, 2, 3].slice(0, max).map(() => watch(pool.acquire()));
      await timeUntil(fixture, () => more.every(({ value }) => value !== undefined));
      expect(more.map(({ error }) => error)).toEqual(more.map(() => undefined));
      for (const { value } of more) value!.release();
      await timeUntil(fixture, () => fixture.destroyed.length >= count, 30_000);
      const { total, checking, waiting, leased } = pool.stats();
      expect({ checking, waiting, leased }).toEqual({ checking: 0, waiting: 0, leased: 0 });
      expect(total).toBeLessThanOrEqual(max);
      await pool.close({ deadline: 0 });
    },
  );

  it("do not keep a caller from working resources: the next one is tried after a part of the timeout", async () => {
    const fixture = await createIdle(3, ({ id }) => id === 3, { max: 3 });
    fixture.kill();
    const lease = watch(fixture.pool.acquire());
    expect(await timeUntil(fixture, () => lease.value !== undefined)).toBeLessThanOrEqual(1000);
    expect(fixture.asked).toEqual([3, 2]);
    expect(lease.value!.value.id).toBe(2);
  });

  it("do not stop ten callers at once", async () => {
    const fixture = await createIdle(10, () => true, { max: 20 });
    fixture.kill();
    const leases = Array.from({ length: 10 }, () => watch(fixture.pool.acquire()));
    const time = await timeUntil(fixture, () => leases.every(({ value }) => value !== undefined));
    expect(time).toBeLessThanOrEqual(5000);
    expect(fixture.pool.stats().total).toBeLessThanOrEqual(20);
  });

  it("are destroyed after one timeout, with resources that were idle for as long, but not with later used ones", async () => {
    const fixture = await createIdle(4, ({ id }) => id <= 2, { max: 4 });
    const { pool, clock, destroyed } = fixture;
    // 3 and 4 are used again later.
    clock.advance(1000);
    const [a, b] = [await pool.acquire(), await pool.acquire()];
    expect([a.value.id, b.value.id].sort()).toEqual([3, 4]);
    fixture.kill();
    const one = watch(pool.acquire());
    await timeUntil(fixture, () => destroyed.length > 0);
    expect(fixture.asked.sort()).toEqual([1, 2]);
    a.release();
    b.release();
    await timeUntil(fixture, () => destroyed.length > 1, 10_000);
    expect(destroyed.map(({ id }) => id).sort()).toEqual([1, 2]);
    await timeUntil(fixture, () => one.value !== undefined);
    expect(pool.stats()).toMatchObject({ checking: 0, leased: 1 });
  });

  it("are checked in the background, and return to their place if they work", async () => {
    const fixture = await createIdle(4, ({ id }) => id === 4, { max: 4 });
    const { pool, destroyed } = fixture;
    fixture.kill();
    const lease = watch(pool.acquire({ timeout: 100 }));
    await timeUntil(fixture, () => destroyed.length > 0);
    expect(lease.error).toMatchObject({ code: "POOL_TIMEOUT" });
    await settled();
    expect(fixture.asked).toEqual([4, 1, 2, 3]);
    expect(pool.stats()).toMatchObject({ idle: 3, checking: 0 });
    expect((await pool.acquire()).value.id).toBe(3);
    expect((await pool.acquire()).value.id).toBe(2);
  });

  it("do not block a caller while a keep-alive hangs", async () => {
    for (const [max, most] of [
      [20, 1000],
      [3, 5000],
    ] as const) {
      const fixture = await createIdle(3, ({ id }) => id <= 3, { max, keepAlive: 10_000 });
      fixture.kill();
      fixture.clock.advance(10_000);
      expect(fixture.pool.stats().checking).toBe(3);
      const lease = watch(fixture.pool.acquire());
      expect(await timeUntil(fixture, () => lease.value !== undefined)).toBeLessThanOrEqual(most);
      await fixture.pool.close({ deadline: 0 });
    }
  });

  it("are in the error: the checks under way, and the last failure as its cause", async () => {
    const fixture = await createIdle(2, () => true, { max: 2, acquireTimeout: 2000 });
    const { pool, clock } = fixture;
    fixture.kill();
    const first = watch(pool.acquire());
    await timeUntil(fixture, () => first.error !== undefined);
    const error = first.error as PoolTimeoutError;
    expect(error.message).toContain("2 checking");
    expect(error.pool).toMatchObject({ checking: 2, idle: 0, leased: 0 });
    expect(error.cause).toBeUndefined();
    clock.advance(3000);
    await settled();
    const later = watch(pool.acquire({ timeout: 0 }));
    await settled();
    expect((later.error as PoolTimeoutError).cause).toMatchObject({
      code: "POOL_TIMEOUT",
      operation: "validate",
    });
  });

  it("are the cause of the error if checks fail, until a check passes", async () => {
    let failure: Error | undefined = new Error("ECONNRESET");
    const fixture = createPool({
      max: 1,
      create: async ({ signal }) => {
        if (failure === undefined || fixture.made.length === 0) {
          fixture.made.push({ id: fixture.made.length + 1 });
          return fixture.made.at(-1)!;
        }
        return new Promise<Thing>((_, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      },
      validate: () => (failure === undefined ? true : Promise.reject(failure)),
    });
    const { pool } = fixture;
    (await pool.acquire()).release();
    const waiting = watch(pool.acquire({ timeout: 1000 }));
    await settled();
    fixture.clock.advance(1000);
    await settled();
    expect((waiting.error as PoolTimeoutError).cause).toBe(failure);
    expect((waiting.error as PoolTimeoutError).message).toContain("last failure: ECONNRESET");
    failure = undefined;
    await pool.close({ deadline: 0 });
  });
});

describe("A reset that hangs", () => {
  it("is no reason to wait if there is room, and ends after its timeout", async () => {
    const { pool, clock, destroyed } = createPool({
      max: 2,
      reset: ({ id }) => (id === 1 ? never() : undefined),
    });
    const lease = await pool.acquire();
    lease.release();
    const next = watch(pool.acquire());
    await settled();
    clock.advance(1000);
    await settled();
    expect(next.value?.value.id).toBe(2);
    expect(pool.stats()).toMatchObject({ resetting: 1, leased: 1, total: 2 });
    clock.advance(4000);
    await settled();
    expect(destroyed.map(({ id }) => id)).toEqual([1]);
    next.value!.release();
    expect(pool.stats()).toMatchObject({ resetting: 0, idle: 1, total: 1 });
  });

  it("in a full pool makes the caller wait for it, and no longer", async () => {
    const { pool, clock } = createPool({
      max: 1,
      reset: ({ id }) => (id === 1 ? never() : undefined),
    });
    (await pool.acquire()).release();
    const next = watch(pool.acquire());
    await settled();
    clock.advance(4999);
    await settled();
    expect(next).toEqual({});
    clock.advance(1);
    await settled();
    expect(next.value?.value.id).toBe(2);
  });

  it("does not make the pool check other resources twice", async () => {
    const asked: number[] = [];
    const checks: (() => void)[] = [];
    const { pool, clock } = createPool({
      max: 4,
      reset: ({ id }) => (id === 1 ? never() : undefined),
      validate: ({ id }) => {
        asked.push(id);
        return new Promise((resolve) => void checks.push(() => resolve(true)));
      },
    });
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()));
    for (const lease of leases) lease.release();
    await settled();
    clock.advance(1000);
    const next = watch(pool.acquire());
    await settled();
    expect(asked).toEqual([4]);
    checks[0]!();
    await settled();
    expect(next.value?.value.id).toBe(4);
  });
});
