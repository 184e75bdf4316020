import type { Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Fixture, type Thing } from "./pool-fixture.ts";

async function createIdle(
  count: number,
  options: Parameters<typeof createPool>[0] = {},
): Promise<Fixture> {
  const fixture = createPool({ max: count, validate: () => true, validateAfter: 1e9, ...options });
  const leases = await Promise.all(Array.from({ length: count }, () => fixture.pool.acquire()));
  for (const lease of leases) lease.release();
  return fixture;
}

/** The order in which idle resources are lent. */
async function orderOf({ pool }: Fixture): Promise<number[]> {
  const leases: Lease<Thing>[] = [];
  while (pool.stats().idle > 0) leases.push(await pool.acquire());
  return leases.map(({ value }) => value.id);
}

/** Ends checks at once, later, or in a random order. */
const WAYS = {
  "at once": () => () => true,
  later: () => () => Promise.resolve(true),
  "in another order": (ends: (() => void)[]) => () =>
    new Promise<boolean>((resolve) => void ends.unshift(() => resolve(true))),
};

describe.each(["lifo", "fifo"] as const)("A keep-alive in a pool that is %s", (order) => {
  it.each(Object.entries(WAYS))("leaves the order as it was, answered %s", async (_, way) => {
    const ends: (() => void)[] = [];
    const fixture = await createIdle(4, {
      order,
      keepAlive: 1000,
      idleTimeout: Infinity,
      validate: way(ends),
    });
    for (let i = 0; i < 5; i++) {
      fixture.clock.advance(1000);
      for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
        end();
        await settled();
      }
      await settled();
    }
    expect(await orderOf(fixture)).toEqual(order === "lifo" ? [4, 3, 2, 1] : [1, 2, 3, 4]);
  });

  it("returns a resource to its place behind resources that were returned later", async () => {
    const ends: (() => void)[] = [];
    const fixture = await createIdle(3, {
      order,
      keepAlive: 1000,
      idleTimeout: Infinity,
      validate: () => new Promise((resolve) => void ends.push(() => resolve(true))),
    });
    const { pool, clock } = fixture;
    clock.advance(500);
    const first = await pool.acquire();
    clock.advance(500);
    expect(pool.stats().checking).toBe(2);
    first.release();
    for (const end of ends) end();
    await settled();
    // The used resource was returned last.
    const rest = order === "lifo" ? [2, 1] : [2, 3];
    const used = order === "lifo" ? 3 : 1;
    expect(await orderOf(fixture)).toEqual(order === "lifo" ? [used, ...rest] : [...rest, used]);
  });
});

describe("With keepAlive a pool", () => {
  it.each([500, 1000, 2000])(
    "shrinks to what it needs after a burst, checked each %d ms",
    async (keepAlive) => {
      const fixture = await createIdle(5, {
        keepAlive,
        idleTimeout: 5000,
        validate: () => Promise.resolve(true),
      });
      const { pool, clock } = fixture;
      for (let i = 0; i < 600; i++) {
        const lease = await pool.acquire();
        clock.advance(10);
        lease.release();
        clock.advance(90);
        await settled();
      }
      expect(pool.stats()).toMatchObject({ idle: 1, total: 1 });
    },
  );

  it("still ends resources that were idle for too long, even if they were checked", async () => {
    const fixture = await createIdle(3, { keepAlive: 1000, idleTimeout: 3500 });
    fixture.clock.advance(3499);
    expect(fixture.pool.stats().idle).toBe(3);
    fixture.clock.advance(1);
    expect(fixture.pool.stats().idle).toBe(0);
  });

  it("lends a checked resource to a waiter if the check passes", async () => {
    const ends: (() => void)[] = [];
    const { pool, clock, made } = await createIdle(1, {
      max: 1,
      keepAlive: 1000,
      validate: () => new Promise((resolve) => void ends.push(() => resolve(true))),
    });
    clock.advance(1000);
    const waiting = watch(pool.acquire());
    await settled();
    ends[0]!();
    await settled();
    expect(waiting.value?.value.id).toBe(1);
    expect(made.length).toBe(1);
    expect(ends.length).toBe(1);
  });
});

describe("tryAcquire with a validate that takes time", () => {
  it("lends at the next try a resource whose check has passed", async () => {
    for (const order of ["lifo", "fifo"] as const) {
      const asked: number[] = [];
      const fixture = await createIdle(2, {
        order,
        validateAfter: 0,
        validate: ({ id }) => Promise.resolve(asked.push(id) > 0),
      });
      const { pool } = fixture;
      expect(pool.tryAcquire()).toBeUndefined();
      await settled();
      const lease = pool.tryAcquire();
      expect(lease?.value.id).toBe(order === "lifo" ? 2 : 1);
      expect(asked.length).toBe(1);
      lease!.release();
      // A passed check counts for one loan.
      expect(pool.tryAcquire()?.value.id).not.toBe(lease?.value.id);
    }
  });

  it("checks again if the passed check is old", async () => {
    let asked = 0;
    const { pool, clock } = await createIdle(1, {
      validateAfter: 0,
      idleTimeout: Infinity,
      validateTimeout: 100,
      validate: () => Promise.resolve(++asked > 0),
    });
    expect(pool.tryAcquire()).toBeUndefined();
    await settled();
    clock.advance(100);
    expect(pool.tryAcquire()).toBeUndefined();
    await settled();
    expect(pool.tryAcquire()).toBeDefined();
    expect(asked).toBe(2);
  });

  it("passes over no waiter, and never lends a resource whose check has failed", async () => {
    const { pool, destroyed } = await createIdle(1, {
      max: 1,
      validateAfter: 0,
      validate: () => Promise.resolve(false),
    });
    expect(pool.tryAcquire()).toBeUndefined();
    await settled();
    expect(destroyed.length).toBe(1);
    expect(pool.tryAcquire()).toBeUndefined();
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire());
    lease.release();
    expect(pool.tryAcquire()).toBeUndefined();
    await settled();
    expect(waiting.value).toBeDefined();
  });
});
