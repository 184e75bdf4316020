import { ResourcePool, type Clock, type Lease } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

const KINDS = [
  {},
  { order: "fifo" },
  { validate: () => true, validateAfter: 1e9 },
  { prepare: () => undefined },
  { reset: () => undefined },
] as const;

describe.each(KINDS)("After a jump of the clock, with %o,", (options) => {
  it.each([
    ["maxLifetime", { maxLifetime: 1000, lifetimeJitter: 0 }],
    ["idleTimeout", { idleTimeout: 1000 }],
  ])(
    "no resource is lent after its %s, by acquire, tryAcquire or a return",
    async (name, limit) => {
      const { pool, clock, destroyed } = createPool({ max: 1, ...options, ...limit });
      (await pool.acquire()).release();
      clock.jump(999);
      const lease = pool.tryAcquire();
      expect(lease?.value.id).toBe(1);
      lease!.release();
      clock.jump(name === "maxLifetime" ? 1000 : 1999);
      expect(pool.tryAcquire()).toBeUndefined();
      expect(destroyed.length).toBe(1);
      (await pool.acquire()).release();
      clock.jump(5000);
      const held = await pool.acquire();
      expect(held.value.id).toBe(3);
      const waiting = watch(pool.acquire());
      clock.jump(9000);
      held.release();
      await settled();
      expect(waiting.value?.value.id).toBe(name === "maxLifetime" ? 4 : 3);
    },
  );
});

describe("A clock that does not call back", () => {
  const quiet = (): [FakeClock, Clock] => {
    const clock = new FakeClock();
    return [clock, { now: clock.now }];
  };

  it("is read when the pool is used", async () => {
    for (const limit of [{ maxLifetime: 1000 }, { idleTimeout: 1000 }]) {
      const [fake, clock] = quiet();
      const { pool, destroyed } = createPool({ clock, lifetimeJitter: 0, ...limit });
      const [one, two] = [await pool.acquire(), await pool.acquire()];
      one.release();
      two.release();
      fake.jump(1000);
      expect(pool.tryAcquire()).toBeUndefined();
      expect(destroyed.length).toBe(2);
      expect((await pool.acquire()).value.id).toBe(3);
    }
  });

  it("ends waits and calls that take too long when the pool is used", async () => {
    const [fake, clock] = quiet();
    const { pool } = createPool({ clock, max: 1 });
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire({ timeout: 100 }));
    fake.jump(100);
    await settled();
    expect(waiting).toEqual({});
    lease.touch("apart from the pool");
    expect(pool.tryAcquire()).toBeUndefined();
    await settled();
    expect(waiting.error).toMatchObject({ code: "POOL_TIMEOUT" });
  });
});

/** A clock whose `now` or `schedule` throws on request. */
function createHostile(): {
  fake: FakeClock;
  clock: Clock;
  state: { now: boolean; schedule: boolean };
} {
  const fake = new FakeClock();
  const state = { now: false, schedule: false };
  const clock: Clock = {
    now: () => {
      if (state.now) throw new Error("no time");
      return fake.now();
    },
    schedule: (run, ms) => {
      if (state.schedule) throw new Error("no timer");
      return fake.schedule(run, ms);
    },
  };
  return { fake, clock, state };
}

describe("A clock that throws now and then", () => {
  const uncaught: unknown[] = [];

  it.each([{}, { validate: () => true }, { reset: () => Promise.resolve() }, { min: 1 }])(
    "makes the pool lose no room and no caller, with %o",
    async (options) => {
      const note = (error: unknown): void => void uncaught.push(error);
      process.on("uncaughtException", note);
      for (let seed = 1; seed <= 20; seed++) {
        const { fake, clock, state } = createHostile();
        const { pool } = createPool({ clock, max: 2, acquireTimeout: 500, ...options });
        let dice = seed;
        const chance = (): number => (dice = (dice * 48_271) % 2_147_483_647) / 2_147_483_647;
        const leases: Lease<Thing>[] = [];
        const calls: { value?: unknown; error?: unknown }[] = [];
        for (let i = 0; i < 100; i++) {
          state.now = chance() < 0.1;
          state.schedule = chance() < 0.1;
          const what = chance();
          try {
            if (what < 0.4) {
              const call = pool.acquire();
              calls.push(watch(call));
              call.then(
                (lease) => leases.push(lease),
                () => undefined,
              );
            } else if (what < 0.6) leases.pop()?.release();
            else if (what < 0.65) leases.pop()?.destroy();
            else if (what < 0.7) pool.discard({ id: 1 });
            else if (what < 0.8) fake.advance(50);
          } catch (error) {
            expect((error as Error).message).toMatch(/no time|no timer/);
          }
          state.now = state.schedule = false;
          await settled();
        }
        for (const lease of leases) lease[Symbol.dispose]();
        for (let i = 0; i < 20; i++) {
          fake.advance(500);
          await settled();
          for (const lease of leases) lease[Symbol.dispose]();
        }
        const unsettled = calls.filter((call) => Object.keys(call).length === 0);
        expect([seed, unsettled.length]).toEqual([seed, 0]);
        const { leased, waiting, checking, resetting, total } = pool.stats();
        expect([seed, { waiting, checking, resetting }]).toEqual([
          seed,
          { waiting: 0, checking: 0, resetting: 0 },
        ]);
        expect([seed, leased]).toEqual([seed, 0]);
        expect(total).toBeLessThanOrEqual(2);
        const two = await Promise.all([pool.acquire(), pool.acquire()]);
        expect(two.length).toBe(2);
      }
      process.off("uncaughtException", note);
      expect(uncaught).toEqual([]);
    },
  );
});

describe("Listeners that throw", () => {
  it("disturb no loan, and are reported as error events", async () => {
    const { pool, clock } = createPool({ max: 1, leakThreshold: 100 });
    const errors: string[] = [];
    for (const name of ["create", "destroy", "acquire", "release", "timeout", "leak"] as const) {
      pool.on(name, () => {
        throw new Error(name);
      });
    }
    pool.on("error", ({ operation }) => errors.push(operation));
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire({ timeout: 50 }));
    clock.advance(100);
    await settled();
    expect(waiting.error).toMatchObject({ code: "POOL_TIMEOUT" });
    lease.release();
    expect(pool.evictIdle()).toBe(1);
    expect(errors).toEqual(
      ["create", "acquire", "timeout", "leak", "leak", "release", "destroy"].map(
        (name) => `listener of ${name}`,
      ),
    );
    expect(pool.stats()).toMatchObject({ total: 0, waiting: 0, acquired: 1 });
    await pool.close();
  });
});

it("A stack hook that returns no text, or throws, makes no call throw", async () => {
  const { prepareStackTrace } = Error;
  try {
    for (const hook of [
      (): unknown => 7,
      (): never => {
        throw new Error("hook");
      },
    ]) {
      Error.prepareStackTrace = hook;
      const pool = new ResourcePool<Thing>({
        create: () => ({ id: 1 }),
        max: 1,
        debug: true,
        acquireTimeout: 5,
      });
      const lease = await pool.acquire();
      const waiting = watch(pool.acquire());
      const late = await pool.acquire({ timeout: 1 }).catch((error: unknown) => error);
      expect(late).toMatchObject({ code: "POOL_TIMEOUT" });
      lease.release();
      await settled();
      expect(waiting.value ?? waiting.error).toBeDefined();
      await pool.close({ deadline: 0 });
    }
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
});
