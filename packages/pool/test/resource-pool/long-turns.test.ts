import { ResourcePool, type PoolTimeoutError, type ResourcePoolOptions } from "@heapwise/pool";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { settled, watch, type Thing } from "./pool-fixture.ts";

/** The machine's clock, which `stand` moves in addition to the time that the test takes. */
let ahead = 0;
const realNow = performance.now.bind(performance);

beforeEach(() => {
  ahead = 0;
  vi.spyOn(performance, "now").mockImplementation(() => realNow() + ahead);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Nothing runs for `ms`: a long turn of the event loop, or a process that stands still. */
function stand(ms: number): void {
  ahead += ms;
}

interface Machine {
  readonly pool: ResourcePool<Thing>;
  readonly made: Thing[];
  readonly destroyed: { readonly id: number; readonly reason: unknown }[];
}

/** A pool of numbered things on the machine's clock. */
function createPool(options: Partial<ResourcePoolOptions<Thing>> = {}): Machine {
  const made: Thing[] = [];
  const destroyed: { readonly id: number; readonly reason: unknown }[] = [];
  const pool = new ResourcePool<Thing>({
    create: () => {
      const thing = { id: made.length + 1 };
      made.push(thing);
      return thing;
    },
    destroy: ({ id }, reason) => void destroyed.push({ id, reason }),
    max: 2,
    lifetimeJitter: 0,
    ...options,
  });
  return { pool, made, destroyed };
}

const KINDS = [
  ["plain", {}],
  ["fifo", { order: "fifo" }],
  ["with prepare", { prepare: () => undefined }],
  ["with reset", { reset: () => undefined }],
  ["with a validate that trusts all", { validate: () => true, validateAfter: 1e9 }],
  ["in debug mode", { debug: true }],
] as const;

describe.each(KINDS)("After a standstill a pool %s", (_, options) => {
  it.each([
    ["maxLifetime", "expired"],
    ["idleTimeout", "idle"],
  ])("lends no resource after its %s", async (name, reason) => {
    const { pool, destroyed } = createPool({ ...options, [name]: 5000 });
    (await pool.acquire()).release();
    await settled();
    stand(4000);
    expect((await pool.acquire()).release()).toBeUndefined();
    await settled();
    expect(destroyed).toEqual([]);
    stand(6000);
    const lease = await pool.acquire();
    expect(lease.value.id).toBe(2);
    expect(destroyed).toEqual([{ id: 1, reason }]);
    lease.release();
    await settled();
    stand(6000);
    expect(pool.tryAcquire()).toBeUndefined();
    expect(destroyed.map(({ id }) => id)).toEqual([1, 2]);
    await pool.close();
  });

  it("lends resources that min keeps whatever their idle time is, and never too old ones", async () => {
    const { pool } = createPool({ ...options, min: 2, idleTimeout: 50, maxLifetime: 10_000 });
    await pool.ready();
    await settled();
    stand(5000);
    const lease = await pool.acquire();
    expect(lease.value.id).toBeLessThan(3);
    lease.release();
    await settled();
    stand(5000);
    expect((await pool.acquire()).value.id).toBeGreaterThan(2);
    await pool.close({ deadline: 0 });
  });

  it("does not lend a resource that was returned too late", async () => {
    const { pool, destroyed } = createPool({ ...options, max: 1, maxLifetime: 5000 });
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire());
    await settled();
    stand(6000);
    lease.release();
    await settled();
    expect(waiting.value?.value.id).toBe(2);
    expect(destroyed).toEqual([{ id: 1, reason: "expired" }]);
    await pool.close({ deadline: 0 });
  });

  it("ends a resource that is returned too late at once, and does not lend it in the same turn", async () => {
    const { pool, destroyed } = createPool({ ...options, max: 1, maxLifetime: 5000 });
    const lease = await pool.acquire();
    await settled();
    stand(6000);
    lease.release();
    expect(destroyed).toEqual([{ id: 1, reason: "expired" }]);
    expect(pool.tryAcquire()).toBeUndefined();
    const next = await pool.acquire();
    expect(next.value.id).toBe(2);
    next.release();
    expect(pool.stats()).toMatchObject({ idle: 1, acquired: 2, useTimes: { count: 2 } });
    await pool.close();
  });

  it("still ends idle resources without a call", async () => {
    const { pool, destroyed } = createPool({ ...options, idleTimeout: 20 });
    const leases = [await pool.acquire(), await pool.acquire()];
    for (const lease of leases) lease.release();
    await settled();
    stand(30_000);
    await vi.waitFor(() => expect(destroyed.length).toBe(2), { timeout: 5000 });
    await pool.close();
  });
});

describe("Within a long turn", () => {
  it("a loan has its exact age, in the same turn, in later turns, and in errors", async () => {
    for (const options of [{}, { debug: true }]) {
      const { pool } = createPool({ max: 1, ...options });
      const lease = await pool.acquire();
      stand(200);
      expect(pool.holders()[0]!.age).toBeGreaterThanOrEqual(200);
      const inTurn = await pool.acquire({ timeout: 0 }).catch((error: unknown) => error);
      expect((inTurn as PoolTimeoutError).holders[0]!.age).toBeGreaterThanOrEqual(200);
      await settled();
      expect(pool.holders()[0]!.age).toBeGreaterThanOrEqual(200);
      stand(100);
      const error = await pool.acquire({ timeout: 1 }).catch((thrown: unknown) => thrown);
      const { holders, message } = error as PoolTimeoutError;
      expect(holders[0]!.age).toBeGreaterThanOrEqual(300);
      expect(message).toMatch(/held longest: loan 1\.1 for 3\d\d ms/);
      lease.release();
      expect(pool.stats().useTimes.max).toBeGreaterThanOrEqual(300);
      await pool.close();
    }
  });

  it("the second loan of a turn is not older than it is, nor is a returned resource idle for longer", async () => {
    const { pool, destroyed } = createPool({ max: 1, idleTimeout: 5000 });
    const first = await pool.acquire();
    stand(6000);
    first.release();
    await settled();
    stand(100);
    // Used 100 ms ago, but the turn of that use began 6 s earlier.
    const again = await pool.acquire();
    expect(again.value.id).toBe(1);
    again.release();
    stand(6000);
    const held = await pool.acquire();
    await settled();
    expect(pool.holders()[0]!.age).toBeLessThan(6000);
    held.release();
    await settled();
    expect(destroyed).toEqual([]);
    await pool.close();
  });

  it("a wait does not time out early", async () => {
    for (const options of [{}, { acquireTimeout: 95_000 }, { max: 2 }]) {
      const { pool } = createPool({ max: 1, ...options });
      const leases = [await pool.acquire()];
      if ("max" in options) leases.push(await pool.acquire());
      const first = watch(pool.acquire({ timeout: 1e6 }));
      stand(100_000);
      await Promise.resolve();
      const second = watch(pool.acquire({ timeout: 90_000 }));
      const third = watch(pool.acquire("acquireTimeout" in options ? {} : { timeout: 95_000 }));
      // Timers that are due at once would run before this one.
      const other = createPool({ max: 1 });
      await other.pool.acquire();
      await expect(other.pool.acquire({ timeout: 5 })).rejects.toThrow("not done in 5 ms");
      expect([first.error, second.error, third.error]).toEqual([undefined, undefined, undefined]);
      for (const lease of leases) lease.release();
      for (const waiting of [first, second, third]) {
        await settled();
        waiting.value!.release();
      }
      expect(pool.stats()).toMatchObject({ timeouts: 0, refused: 0 });
      await pool.close();
      await other.pool.close({ deadline: 0 });
    }
  });

  it("a new call is not shed", async () => {
    const { pool } = createPool({ max: 1, codel: { target: 50, interval: 50 } });
    const lease = await pool.acquire();
    stand(200);
    const waiting = watch(pool.acquire());
    lease.release();
    await settled();
    expect(waiting.value).toBeDefined();
    waiting.value!.release();
    await pool.close();
  });

  it("a resource that was being made at replaceAll is not lent", async () => {
    const ends: (() => void)[] = [];
    let made = 0;
    const { pool } = createPool({
      max: 1,
      create: () =>
        new Promise((resolve) => {
          const id = ++made;
          ends.push(() => resolve({ id }));
        }),
    });
    const waiting = watch(pool.acquire());
    stand(10);
    pool.replaceAll();
    ends[0]!();
    await settled();
    ends[1]!();
    await settled();
    expect(waiting.value?.value.id).toBe(2);
    await pool.close({ deadline: 0 });
  });
});

describe("Fake timers that are installed and removed", () => {
  const FAKES = [
    undefined,
    ["setTimeout", "clearTimeout", "performance"],
    ["setImmediate", "Date"],
  ];
  it.each(FAKES)(
    "leave a working pool: calls wait, and idle resources are destroyed (%s)",
    async (toFake) => {
      for (const comesFirst of ["pool", "timers"]) {
        const install = (): unknown =>
          vi.useFakeTimers(toFake === undefined ? {} : { toFake: toFake as never });
        if (comesFirst === "timers") install();
        const { pool, destroyed } = createPool({ max: 1, idleTimeout: 20 });
        const lease = await pool.acquire();
        if (comesFirst === "pool") install();
        lease.release();
        (await pool.acquire()).release();
        vi.useRealTimers();
        await settled();
        const held = await pool.acquire();
        const start = realNow();
        await expect(pool.acquire({ timeout: 30 })).rejects.toMatchObject({ code: "POOL_TIMEOUT" });
        expect(realNow() - start).toBeGreaterThan(25);
        held.release();
        await vi.waitFor(() => expect(destroyed.length).toBeGreaterThan(0), { timeout: 5000 });
        expect(pool.stats().total).toBe(0);
        await pool.close();
      }
    },
  );
});
