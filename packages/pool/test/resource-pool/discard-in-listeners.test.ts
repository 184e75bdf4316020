import type { PoolEvents } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

const ids = (things: readonly Thing[]): number[] => things.map(({ id }) => id);

describe("A listener that discards the resource of its event", () => {
  it("ends a returned resource, with one event", async () => {
    const { pool, destroyed } = createPool({ max: 1 });
    const released: string[] = [];
    pool.on("release", ({ loan, value }) => {
      released.push(loan);
      // A listener that is called without end would never return.
      if (released.length < 10) pool.discard(value, "broken");
    });
    (await pool.acquire()).release();
    (await pool.acquire()).destroy("worse");
    expect(released).toEqual(["1.1", "2.1"]);
    expect(ids(destroyed)).toEqual([1, 2]);
    expect(pool.stats()).toMatchObject({ total: 0, useTimes: { count: 2 } });
  });

  it("ends a new resource that was never lent", async () => {
    const { pool, destroyed } = createPool({ max: 1 });
    const released: unknown[] = [];
    pool.on("release", (holder) => released.push(holder));
    pool.on("create", ({ value }) => void (value.id === 1 && pool.discard(value)));
    const lease = await pool.acquire();
    expect(lease.value.id).toBe(2);
    expect(released).toEqual([]);
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 1, leased: 1, useTimes: { count: 0 } });
  });

  it("ends a resource that has just been lent, and its holder may release it", async () => {
    const { pool } = createPool({ max: 1 });
    const released: string[] = [];
    pool.on("release", ({ loan }) => released.push(loan));
    pool.on("acquire", ({ value }) => void (value.id < 3 && pool.discard(value)));
    for (let i = 0; i < 2; i++) (await pool.acquire()).release();
    const lease = await pool.acquire();
    expect(lease.value.id).toBe(3);
    expect(released).toEqual(["1.1", "2.1"]);
    lease.release();
    expect(pool.stats()).toMatchObject({ idle: 1, total: 1, acquired: 3, useTimes: { count: 3 } });
  });

  it.each([
    ["held", 1],
    ["returned", 2],
  ] as const)("ends a resource whose loan is too long, when that is %s", async (kind, count) => {
    const { pool, clock, destroyed } = createPool({ max: 1, leakThreshold: 100 });
    const leaks: PoolEvents<Thing>["leak"][] = [];
    pool.on("leak", (leak) => {
      leaks.push(leak);
      if (leak.kind === kind) pool.discard(leak.holder.value);
    });
    const lease = await pool.acquire();
    clock.advance(100);
    lease.release();
    expect(leaks.map((leak) => leak.kind)).toEqual(
      kind === "held" ? ["held", "returned"] : ["held", "returned"].slice(0, count),
    );
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 0, useTimes: { count: 1, sum: 100 } });
  });

  it.each([
    ["evictIdle", (pool: Pool): unknown => pool.evictIdle()],
    ["close", (pool: Pool): unknown => pool.close()],
    ["a forced close", (pool: Pool): unknown => pool.close({ deadline: 0 })],
    ["resize", (pool: Pool): unknown => pool.resize({ max: 1 })],
    ["replaceAll", (pool: Pool): unknown => pool.replaceAll()],
  ])(
    "ends the other idle resources at %s, once each, and none of them counts as lent",
    async (_, end) => {
      const { pool, made, destroyed } = createPool({ max: 4 });
      const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()));
      for (const lease of leases) lease.release();
      const released: unknown[] = [];
      const leased: number[] = [];
      pool.on("release", (holder) => released.push(holder));
      pool.on("destroy", () => {
        leased.push(pool.stats().leased, pool.holders().length);
        for (const thing of made.slice(0, 4)) pool.discard(thing);
      });
      end(pool);
      await settled();
      expect(ids(destroyed).sort()).toEqual([1, 2, 3, 4]);
      expect(released).toEqual([]);
      expect(new Set(leased)).toEqual(new Set([0]));
      expect(pool.stats()).toMatchObject({ total: 0, acquired: 4, useTimes: { count: 4 } });
    },
  );

  it("ends all idle resources by evictIdle, which returns the number that it ended itself", async () => {
    const { pool, made } = createPool({ max: 3 });
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire()));
    for (const lease of leases) lease.release();
    pool.on("destroy", ({ value }) => void (value.id === 1 && pool.discard(made[1]!)));
    expect(pool.evictIdle()).toBe(2);
    expect(pool.stats()).toMatchObject({ total: 0, destroyed: 3 });
  });
});

type Pool = ReturnType<typeof createPool>["pool"];

describe("discard", () => {
  it("finds idle resources, and neither foreign nor ended ones", async () => {
    const { pool, destroyed } = createPool({ max: 3 });
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire()));
    const [one, two] = leases.map(({ value }) => value);
    for (const lease of leases) lease.release();
    expect(pool.discard({ id: 1 })).toBe(false);
    expect(pool.discard(undefined as never)).toBe(false);
    expect(pool.discard(two!, "closed by peer")).toBe(true);
    expect(pool.discard(two!)).toBe(false);
    expect(ids(destroyed)).toEqual([2]);
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2 });
    expect(pool.discard(one!)).toBe(true);
    expect((await pool.acquire()).value.id).toBe(3);
  });

  it("gives destroy and its event the reason, which is a text by default", async () => {
    const reasons: unknown[] = [];
    const { pool } = createPool({ destroy: (_, reason) => void reasons.push(reason) });
    pool.on("destroy", ({ reason }) => reasons.push(reason));
    const error = new Error("ECONNRESET");
    pool.discard((await pool.acquire()).value, error);
    pool.discard((await pool.acquire()).value);
    expect(reasons).toEqual([error, error, "discarded", "discarded"]);
  });

  it("makes room for waiters, and up to min and minIdle", async () => {
    const { pool } = createPool({ max: 2, min: 1, minIdle: 1 });
    await pool.ready();
    const lease = await pool.acquire();
    await pool.ready();
    expect(pool.stats()).toMatchObject({ leased: 1, idle: 1 });
    pool.discard(lease.value);
    pool.discard({ id: 2 });
    await settled();
    expect(pool.stats()).toMatchObject({ leased: 0, idle: 1, total: 1 });
  });

  it("never throws, whatever destroy and the listeners do", async () => {
    const ways = [
      () => {
        throw new Error("no");
      },
      () => Promise.reject(new Error("no")),
      () => new Promise<void>(() => undefined),
    ];
    for (const destroy of ways) {
      const { pool, clock } = createPool({ max: 1, destroy });
      const errors: string[] = [];
      pool.on("error", ({ operation }) => errors.push(operation));
      for (const name of ["destroy", "release"] as const) {
        pool.on(name, () => {
          throw new Error("listener");
        });
      }
      expect(pool.discard((await pool.acquire()).value)).toBe(true);
      await settled();
      clock.advance(5000);
      expect(errors.sort()).toEqual(["destroy", "listener of destroy", "listener of release"]);
      expect(pool.stats().total).toBe(0);
    }
  });

  it("works in a closed or suspended pool, also for its last resource", async () => {
    const { pool } = createPool({ max: 2 });
    const [one, two] = [await pool.acquire(), await pool.acquire()];
    const last = two.value;
    pool.suspend();
    expect(pool.discard(one.value)).toBe(true);
    const closing = watch(pool.close());
    await settled();
    expect(closing).toEqual({});
    expect(pool.discard(last)).toBe(true);
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 1, left: [] });
    expect(pool.discard(last)).toBe(false);
    one.release();
    two.destroy();
  });

  it("finds primitives, and the later one of two equal resources", async () => {
    const { pool } = createPool({ create: () => 7 as unknown as Thing, max: 2 });
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    expect(pool.discard(7 as unknown as Thing)).toBe(true);
    expect(pool.stats()).toMatchObject({ leased: 1, total: 1 });
    first.release();
    second.release();
    expect(pool.stats()).toMatchObject({ leased: 0, idle: 1 });
  });
});
