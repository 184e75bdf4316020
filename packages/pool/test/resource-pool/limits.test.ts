import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Fixture } from "./pool-fixture.ts";

/** Callers that hold a resource for `hold` ms and call again at once, for `ms` in steps of 10. */
async function load(
  { pool, clock }: Fixture,
  { callers, hold, ms }: { callers: number; hold: number; ms: number },
  onLoan: (id: number, at: number) => void,
): Promise<number> {
  let served = 0;
  let isOver = false;
  const sleep = (time: number): Promise<void> =>
    new Promise((resolve) => void clock.schedule(() => resolve(), time));
  const call = async (): Promise<void> => {
    while (!isOver) {
      await pool.use(async ({ id }) => {
        onLoan(id, clock.now());
        served++;
        await sleep(hold);
      });
    }
  };
  const calls = Array.from({ length: callers }, () => watch(call()));
  for (let time = 0; time < ms; time += 10) {
    await settled();
    clock.advance(10);
  }
  isOver = true;
  for (let i = 0; i < 3; i++) {
    await settled();
    clock.advance(hold);
  }
  await settled();
  expect(calls.map(({ error }) => error)).toEqual(calls.map(() => undefined));
  return served;
}

const BOUNDS = [
  { min: 0, max: 1 },
  { min: 1, max: 1 },
  { min: 1, max: 4 },
  { min: 3, max: 4 },
  { min: 2, max: 2 },
  { min: 0, max: 3, minIdle: 3 },
  { min: 2, max: 3, minIdle: 1 },
];
const WAYS = [
  {},
  { validate: () => true },
  { validate: async () => true },
  { prepare: async () => undefined },
  { reset: async () => undefined },
  { order: "fifo" as const, validate: async () => true, validateAfter: 1000 },
];

describe.each(BOUNDS)("Under load, with %o,", (bounds) => {
  it.each(WAYS)("nothing is lent after its maxLifetime, with %o", async (way) => {
    for (const callers of [1, bounds.max, 2 * bounds.max]) {
      const bornAt = new Map<number, number>();
      const fixture = createPool({ maxLifetime: 100, lifetimeJitter: 0, ...bounds, ...way });
      fixture.pool.on("create", ({ value }) => bornAt.set(value.id, fixture.clock.now()));
      let oldest = 0;
      const served = await load(fixture, { callers, hold: 20, ms: 1000 }, (id, at) => {
        oldest = Math.max(oldest, at - bornAt.get(id)!);
      });
      expect(oldest).toBeLessThan(100);
      expect(served).toBeGreaterThan(20);
      const { total, leased, waiting } = fixture.pool.stats();
      expect([leased, waiting]).toEqual([0, 0]);
      expect(total).toBeLessThanOrEqual(bounds.max);
    }
  });

  it.each(WAYS)("nothing is lent after replaceAll, with %o", async (way) => {
    for (const over of [0, 50]) {
      const fixture = createPool({ ...bounds, ...way });
      let last = 0;
      let replacedAt = Infinity;
      let late = 0;
      void fixture.clock.schedule(() => {
        last = fixture.made.length;
        replacedAt = fixture.clock.now();
        fixture.pool.replaceAll({ over });
      }, 205);
      await load(fixture, { callers: bounds.max + 1, hold: 20, ms: 500 }, (id, at) => {
        if (at > replacedAt + over && id <= last) late++;
      });
      expect(last).toBeGreaterThan(0);
      expect(late).toBe(0);
      // All old resources are destroyed, and min and minIdle hold.
      expect(fixture.destroyed.filter(({ id }) => id <= last).length).toBe(last);
      const { min, minIdle = 0, max } = { minIdle: 0, ...bounds };
      expect(fixture.pool.stats().total).toBeGreaterThanOrEqual(
        Math.min(max, Math.max(min, minIdle)),
      );
    }
  });

  it.each(WAYS)("nothing is lent more often than maxUses, with %o", async (way) => {
    for (const maxUses of [1, 3]) {
      const fixture = createPool({ maxUses, ...bounds, ...way });
      const uses = new Map<number, number>();
      const served = await load(fixture, { callers: bounds.max + 1, hold: 10, ms: 300 }, (id) => {
        uses.set(id, (uses.get(id) ?? 0) + 1);
      });
      expect(Math.max(...uses.values())).toBe(maxUses);
      expect(served).toBeGreaterThan(10);
    }
  });
});

describe("replaceAll", () => {
  it.each([0, 50])(
    "replaces resources that are being made, over %d ms, with a slow create",
    async (over) => {
      const ends: (() => void)[] = [];
      let made = 0;
      const { pool, clock } = createPool({
        max: 1,
        create: () =>
          new Promise((resolve) => {
            const id = ++made;
            ends.push(() => resolve({ id }));
          }),
      });
      const waiting = watch(pool.acquire());
      clock.advance(10);
      pool.replaceAll({ over });
      ends[0]!();
      await settled();
      if (over === 0) {
        expect(waiting).toEqual({});
        ends[1]!();
        await settled();
        expect(waiting.value?.value.id).toBe(2);
      } else {
        expect(waiting.value?.value.id).toBe(1);
        clock.advance(50);
        waiting.value!.release();
        expect(pool.stats().total).toBe(0);
      }
    },
  );

  it("keeps an old idle resource only while a new one is being made and no call waits", async () => {
    const ends: (() => void)[] = [];
    let made = 0;
    const { pool, destroyed } = createPool({
      max: 2,
      min: 1,
      create: () =>
        new Promise((resolve) => {
          const id = ++made;
          ends.push(() => resolve({ id }));
        }),
    });
    const ready = watch(pool.ready());
    await settled();
    ends[0]!();
    await settled();
    expect("value" in ready).toBe(true);
    pool.replaceAll();
    expect(pool.stats()).toMatchObject({ idle: 1, creating: 1 });
    expect(pool.tryAcquire()).toBeUndefined();
    const waiting = watch(pool.acquire());
    await settled();
    expect(destroyed.map(({ id }) => id)).toEqual([1]);
    expect(waiting).toEqual({});
    ends[1]!();
    await settled();
    expect(waiting.value?.value.id).toBe(2);
  });

  it("goes on if creations fail: no old resource is lent, and the pool recovers", async () => {
    let isDown = false;
    const { pool, clock } = createPool({
      max: 2,
      min: 2,
      retry: { delay: 50, jitter: 0, maxDelay: 50 },
      create: async () => {
        if (isDown) throw new Error("down");
        return { id: clock.now() };
      },
    });
    await pool.ready();
    const lease = await pool.acquire();
    isDown = true;
    clock.advance(10);
    pool.replaceAll();
    const waiting = watch(pool.acquire());
    for (let i = 0; i < 5; i++) {
      clock.advance(50);
      await settled();
    }
    expect(waiting).toEqual({});
    isDown = false;
    clock.advance(50);
    await settled();
    expect(waiting.value!.value.id).toBeGreaterThan(10);
    lease.release();
    await settled();
    clock.advance(100);
    await settled();
    expect(pool.stats()).toMatchObject({ total: 2, leased: 1, idle: 1 });
  });
});
