import { BufferPool, ResourcePool, type Lease } from "@heapwise/pool";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { settled, watch, type Thing } from "./pool-fixture.ts";

/** The pending timers of the machine: made, neither cleared nor run. */
let timers: Set<NodeJS.Timeout>;
const { setTimeout: makeTimer, clearTimeout: clearTimer } = globalThis;

beforeEach(() => {
  timers = new Set();
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    const timer = makeTimer(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: NodeJS.Timeout) => {
    timers.delete(timer);
    clearTimer(timer);
  }) as typeof clearTimeout;
});

afterEach(() => {
  for (const timer of timers) clearTimer(timer);
  globalThis.setTimeout = makeTimer;
  globalThis.clearTimeout = clearTimer;
});

const held = (): number => [...timers].filter((timer) => timer.hasRef()).length;

describe("The process", () => {
  it("is not kept alive by idle or leased resources, but by waiters, with one timer", async () => {
    const pool = new ResourcePool<Thing>({
      create: () => ({ id: 1 }),
      max: 1,
      leakThreshold: 60_000,
      maxLifetime: 90_000,
    });
    const lease = await pool.acquire();
    await settled();
    expect([timers.size, held()]).toEqual([1, 0]);
    const waiting = watch(pool.acquire());
    await settled();
    expect(held()).toBe(1);
    lease.release();
    await settled();
    expect(held()).toBe(0);
    (waiting.value as Lease<Thing>).release();
    await settled();
    expect(held()).toBe(0);
    // Deadlines are added and removed, and their timer stays.
    for (let i = 0; i < 50; i++) {
      const first = await pool.acquire();
      const second = pool.acquire();
      first.release();
      (await second).release();
    }
    await settled();
    expect(timers.size).toBe(1);
    expect(held()).toBe(0);
    await pool.close();
  });

  it("is kept alive by a close that waits, and by an awaited creation, and not longer", async () => {
    const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1 });
    const lease = await pool.acquire();
    const closing = pool.close();
    expect(held()).toBeGreaterThan(0);
    lease.release();
    await closing;
    expect(held()).toBe(0);
    const slow = new ResourcePool<Thing>({
      create: () => new Promise<Thing>(() => undefined),
      max: 1,
      acquireTimeout: Infinity,
    });
    const controller = new AbortController();
    const waiting = watch(slow.acquire({ signal: controller.signal }));
    expect(held()).toBeGreaterThan(0);
    controller.abort("enough");
    await settled();
    expect(waiting.error).toBe("enough");
    expect(held()).toBe(0);
    await slow.close({ deadline: 0 });
  });

  it("of Deno refs a timer that is a number by its own function", async () => {
    const reported: string[] = [];
    const Deno = {
      refTimer: (timer: unknown) => reported.push(`ref ${typeof timer}`),
      unrefTimer: (timer: unknown) => reported.push(`unref ${typeof timer}`),
    };
    const { setTimeout: make, clearTimeout: clear } = globalThis;
    const made: NodeJS.Timeout[] = [];
    const numbered = (run: () => void, ms: number): number => made.push(make(run, ms));
    const clearNumbered = (at: number): void => clear(made[at - 1]);
    Object.assign(globalThis, { Deno, setTimeout: numbered, clearTimeout: clearNumbered });
    try {
      const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1 });
      (await pool.acquire()).release();
      await settled();
      expect(reported.at(-1)).toBe("unref number");
      const lease = await pool.acquire();
      const waiting = pool.acquire();
      await settled();
      lease.release();
      (await waiting).release();
      expect(new Set(reported)).toEqual(new Set(["ref number", "unref number"]));
      await pool.close();
    } finally {
      for (const timer of made) clear(timer);
      Reflect.deleteProperty(globalThis, "Deno");
    }
  });

  it("is not kept alive by free buffers", () => {
    const pool = new BufferPool({ maxBytes: 2 ** 20 });
    pool.acquire(1000).release();
    expect([timers.size, held()]).toEqual([1, 0]);
  });
});

describe("Time on the machine's clock", () => {
  it("ends waits, and loans are as old as the turn in which they began", async () => {
    const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1, idleTimeout: 5 });
    const lease = await pool.acquire();
    // The end of the turn sets the begin of the loan. A late timer may come before it.
    await settled();
    await expect(pool.acquire({ timeout: 1 })).rejects.toMatchObject({ code: "POOL_TIMEOUT" });
    expect(pool.holders()[0]!.age).toBeGreaterThan(0);
    lease.release();
    await new Promise((resolve) => {
      pool.on("destroy", resolve);
      // Keeps the process alive, because the timer of the pool does not.
      makeTimer(() => undefined, 1000).unref();
      const look = (): void => void (pool.stats().total > 0 && setImmediate(look));
      look();
    });
    expect(pool.stats().total).toBe(0);
    await pool.close();
  });
});
