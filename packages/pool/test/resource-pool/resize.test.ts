import { asyncLoanScopes } from "@heapwise/pool/node";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch } from "./pool-fixture.ts";

describe("A smaller max", () => {
  it.each([
    ["at once", () => undefined],
    ["slowly", () => settled()],
    ["never", () => new Promise<void>(() => undefined)],
  ])("ends exactly the surplus, with resources that are destroyed %s", async (_, destroy) => {
    const { pool, clock, made } = createPool({ max: 4, destroy });
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()));
    pool.resize({ max: 2 });
    const waiting = watch(pool.acquire({ timeout: 1e6 }));
    for (const lease of leases) lease.release();
    await settled();
    expect(waiting.value?.value.id).toBe(3);
    expect(pool.stats()).toMatchObject({ idle: 1, leased: 1, destroyed: 2 });
    waiting.value!.release();
    clock.advance(5000);
    await settled();
    await settled();
    expect(pool.stats()).toMatchObject({ idle: 2, total: 2, destroyed: 2 });
    expect(made.length).toBe(4);
  });

  it("ends idle resources first, and keeps a new resource only if there is room", async () => {
    const ends: (() => void)[] = [];
    let made = 0;
    const { pool, destroyed } = createPool({
      max: 4,
      create: () =>
        new Promise((resolve) => {
          const id = ++made;
          ends.push(() => resolve({ id }));
        }),
    });
    const calls = [1, 2, 3, 4].map(() => watch(pool.acquire()));
    ends[0]!();
    ends[1]!();
    await settled();
    calls[0]!.value!.release();
    pool.resize({ max: 2 });
    ends[2]!();
    ends[3]!();
    await settled();
    expect(calls.map(({ value }) => value?.value.id)).toEqual([1, 2, 1, undefined]);
    expect(destroyed.map(({ id }) => id)).toEqual([3, 4]);
    expect(pool.stats()).toMatchObject({ total: 2, leased: 2, waiting: 1 });
  });
});

describe("A smaller min", () => {
  it.each([{}, { minIdle: 1 }])(
    "lets idle resources expire in a quiet pool, with %o",
    async (options) => {
      const { pool, clock } = createPool({ max: 3, min: 3, idleTimeout: 1000, ...options });
      await pool.ready();
      clock.advance(10_000);
      expect(pool.stats().idle).toBe(3);
      pool.resize({ min: 0 });
      clock.advance(1000);
      expect(pool.stats().idle).toBe("minIdle" in options ? 1 : 0);
    },
  );

  it("ends them after their idle time, not before", async () => {
    const { pool, clock } = createPool({ max: 2, min: 2, idleTimeout: 1000 });
    await pool.ready();
    clock.advance(400);
    pool.resize({ min: 1 });
    clock.advance(599);
    expect(pool.stats().idle).toBe(2);
    clock.advance(1);
    expect(pool.stats().idle).toBe(1);
    pool.resize({ min: 2 });
    await settled();
    expect(pool.stats().idle).toBe(2);
  });
});

describe("A larger min", () => {
  it("is created in a quiet pool, and after a failure", async () => {
    let isDown = true;
    const { pool, clock } = createPool({
      max: 3,
      create: async () => {
        if (isDown) throw new Error("down");
        return { id: 1 };
      },
    });
    pool.resize({ min: 2 });
    await settled();
    expect(pool.stats().total).toBe(0);
    isDown = false;
    clock.advance(200);
    await settled();
    expect(pool.stats().idle).toBe(2);
  });
});

describe("A deadlock is found that is completed by", () => {
  const refused = (error: { readonly reason?: unknown }): unknown => error.reason;

  it("the end of a suspension", async () => {
    const { pool } = createPool({ max: 1, scopes: asyncLoanScopes() });
    const outcome = await pool.use(async () => {
      pool.suspend();
      const inner = pool.use(() => "served").catch(refused);
      await settled();
      pool.resume();
      return inner;
    });
    expect(outcome).toBe("deadlock");
    expect(pool.stats()).toMatchObject({ idle: 1, waiting: 0, refused: 1 });
  });

  it.each(["made", "destroyed"])(
    "a smaller max, while a surplus resource is being %s",
    async (state) => {
      const ends: (() => void)[] = [];
      const leave: (() => void)[] = [];
      let isSlow = false;
      const { pool } = createPool({
        max: 2,
        scopes: asyncLoanScopes(),
        create: () => {
          const thing = { id: ends.length + 1 };
          if (!isSlow) return thing;
          return new Promise((resolve) => void ends.push(() => resolve(thing)));
        },
        destroy: () =>
          isSlow ? new Promise<void>((resolve) => void leave.push(resolve)) : undefined,
      });
      const outcome = await pool.use(async () => {
        const other = await pool.acquire();
        const inner = pool.use(() => "served").catch(refused);
        await settled();
        isSlow = state === "destroyed";
        pool.resize({ max: 1 });
        if (state === "made") {
          pool.resize({ max: 2 });
          isSlow = true;
          other.destroy();
          leave[0]!();
          await settled();
          isSlow = false;
          pool.resize({ max: 1 });
          ends[0]!();
        } else {
          other.release();
          await settled();
          leave[0]!();
        }
        return inner;
      });
      expect(outcome).toBe("deadlock");
      isSlow = false;
      expect(pool.stats()).toMatchObject({ total: 1, idle: 1, waiting: 0, refused: 1 });
    },
  );
});
