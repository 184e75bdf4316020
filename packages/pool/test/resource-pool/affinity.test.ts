import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Fixture, type Thing } from "./pool-fixture.ts";

/** A pool of three idle things: 1 was returned first, and 3 last. */
async function createIdle(options: Parameters<typeof createPool>[0] = {}): Promise<Fixture> {
  const fixture = createPool({ max: 3, ...options });
  const leases = await Promise.all([1, 2, 3].map(() => fixture.pool.acquire()));
  for (const lease of leases) lease.release();
  await settled();
  await settled();
  expect(fixture.pool.stats().idle).toBe(3);
  return fixture;
}

const is =
  (...wanted: number[]) =>
  ({ id }: Thing): boolean =>
    wanted.includes(id);

const KINDS = [
  {},
  { order: "fifo" },
  { validate: () => true },
  { validate: () => Promise.resolve(true) },
  { prepare: () => undefined },
  { prepare: () => Promise.resolve() },
  { debug: true, sampleStacks: 2 },
] as const;

describe.each(KINDS)("Affinity, with %o,", (options) => {
  it("prefers an idle resource wherever it is", async () => {
    for (const id of [1, 2, 3]) {
      const { pool } = await createIdle(options);
      const lease = await pool.acquire({ affinity: is(id) });
      expect(lease.value.id).toBe(id);
      expect(pool.stats()).toMatchObject({ idle: 2, leased: 1 });
    }
  });

  it("takes the next resource in the order if none suits", async () => {
    const { pool } = await createIdle(options);
    const [first, last] = "order" in options ? [1, 3] : [3, 1];
    expect((await pool.acquire({ affinity: () => false })).value.id).toBe(first);
    expect((await pool.acquire()).value.id).toBe(2);
    expect((await pool.acquire({ affinity: is(first, 2) })).value.id).toBe(last);
  });

  it("leaves the other resources in their order", async () => {
    const { pool } = await createIdle(options);
    const lease = await pool.acquire({ affinity: is(2) });
    const [first, last] = "order" in options ? [1, 3] : [3, 1];
    expect((await pool.acquire()).value.id).toBe(first);
    expect((await pool.acquire()).value.id).toBe(last);
    expect(lease.value.id).toBe(2);
  });
});

describe("Affinity", () => {
  it("is called for resources in the order of lending, until it returns true", async () => {
    for (const [order, expected] of [
      ["lifo", [3, 2]],
      ["fifo", [1, 2]],
    ] as const) {
      const { pool } = await createIdle({ order });
      const asked: number[] = [];
      await pool.acquire({ affinity: ({ id }) => asked.push(id) === 2 });
      expect(asked).toEqual(expected);
    }
  });

  it("rejects the call if it throws, and takes no resource", async () => {
    const { pool } = await createIdle();
    const affinity = (): boolean => {
      throw new Error("no such thing");
    };
    await expect(pool.acquire({ affinity })).rejects.toThrow("no such thing");
    await expect(pool.use(() => 1, { affinity })).rejects.toThrow("no such thing");
    expect(pool.stats()).toMatchObject({ idle: 3, leased: 0, waiting: 0 });
    await expect(pool.acquire({ affinity: 7 as never })).rejects.toThrow("affinity");
  });

  it("never waits for the preferred resource, and passes over no waiter", async () => {
    const { pool } = createPool({ max: 2 });
    const [one, two] = [await pool.acquire(), await pool.acquire()];
    const waiting = watch(pool.acquire());
    const preferring = watch(pool.acquire({ affinity: is(1) }));
    two.release();
    await settled();
    expect(waiting.value?.value.id).toBe(2);
    waiting.value!.release();
    await settled();
    expect(preferring.value?.value.id).toBe(2);
    one.release();
  });

  it("does not prefer a resource that is replaced, too old, or idle for too long", async () => {
    for (const age of ["retiring", "expired", "idle"]) {
      const { pool, clock } = await createIdle({
        ...(age === "expired" && { maxLifetime: 100, lifetimeJitter: 0 }),
        ...(age === "idle" && { idleTimeout: 100 }),
      });
      const lease = await pool.acquire({ affinity: is(2) });
      clock.jump(150);
      if (age === "retiring") pool.replaceAll();
      else if (age === "idle") lease.release();
      const asked: number[] = [];
      const affinity = ({ id }: Thing): boolean => asked.push(id) > 0 && id === 1;
      const next = await pool.acquire({ affinity });
      expect(next.value.id).toBe(age === "idle" ? 2 : 4);
      expect(asked).toEqual(age === "idle" ? [2] : []);
    }
  });

  it("takes another resource if the preferred one fails its check", async () => {
    const { pool, destroyed } = await createIdle({ validate: ({ id }) => id !== 2 });
    expect((await pool.acquire({ affinity: is(2) })).value.id).toBe(3);
    expect(destroyed.map(({ id }) => id)).toEqual([2]);
  });

  it("may call the pool, and the new state of the pool counts", async () => {
    const calls: [string, (fixture: Fixture) => void, unknown][] = [
      ["suspend", ({ pool }) => pool.suspend(), undefined],
      ["evictIdle", ({ pool }) => void pool.evictIdle(), 4],
      ["replaceAll", ({ pool }) => pool.replaceAll(), 4],
      ["discard", ({ pool, made }) => void made.map((thing) => pool.discard(thing)), 4],
      ["tryAcquire", ({ pool }) => void pool.tryAcquire(), 2],
      ["close", ({ pool }) => void pool.close(), "POOL_CLOSED"],
      ["force", ({ pool }) => void pool.close({ deadline: 0 }), "POOL_CLOSED"],
    ];
    for (const [name, call, expected] of calls) {
      const fixture = await createIdle();
      let isFirst = true;
      const lease = watch(
        fixture.pool.acquire({
          affinity: () => {
            if (isFirst) call(fixture);
            isFirst = false;
            return true;
          },
        }),
      );
      for (let i = 0; i < 4; i++) await settled();
      const found = lease.value?.value.id ?? (lease.error as { code?: unknown } | undefined)?.code;
      expect([name, found]).toEqual([name, expected]);
      const { total, max, leased } = fixture.pool.stats();
      expect(total).toBeLessThanOrEqual(max);
      expect(leased).toBe(fixture.pool.holders().length);
      fixture.pool.resume();
      await settled();
      expect(fixture.pool.stats().waiting).toBe(0);
    }
  });

  it("is not called for a resource that it has lent or that is checked by then", async () => {
    for (const order of ["lifo", "fifo"] as const) {
      for (const check of [undefined, () => Promise.resolve(true)]) {
        const { pool } = await createIdle({ order, validate: check, max: 3 });
        const taken: unknown[] = [];
        const asked: number[] = [];
        const calls: unknown[] = [];
        const affinity = ({ id }: Thing): boolean => {
          asked.push(id);
          if (asked.length > 1) return false;
          if (check === undefined) taken.push(pool.tryAcquire(), pool.tryAcquire());
          else calls.push(watch(pool.acquire()), watch(pool.acquire()));
          return false;
        };
        const lease = await pool.acquire({ affinity });
        await settled();
        const [first, last] = order === "lifo" ? [3, 1] : [1, 3];
        expect(asked).toEqual([first, last]);
        expect(lease.value.id).toBe(last);
        expect(taken.length + calls.length).toBe(2);
        expect(pool.stats()).toMatchObject({ leased: 3, idle: 0 });
      }
    }
  });

  it("lends nothing to a call that has given up while it was called", async () => {
    const { pool } = await createIdle();
    const controller = new AbortController();
    const affinity = (): boolean => {
      controller.abort("gone");
      return true;
    };
    await expect(pool.acquire({ affinity, signal: controller.signal })).rejects.toBe("gone");
    expect(pool.stats()).toMatchObject({ idle: 3, leased: 0 });
  });
});
