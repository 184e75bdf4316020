import type { CloseReport } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Fixture, type Thing } from "./pool-fixture.ts";

const SERVE = { waiters: "serve" } as const;

/** Throws if a callback is called more often than a pool should call it. */
function countCalls(most = 50): { count: () => void; calls: number } {
  const counter = {
    calls: 0,
    count: () => {
      if (++counter.calls > most) throw new Error("called without end");
    },
  };
  return counter;
}

async function expectClosed(
  { pool, clock }: Fixture,
  closing: { value?: CloseReport<Thing> },
): Promise<void> {
  await settled();
  expect(closing.value).toBeDefined();
  expect(pool.stats()).toMatchObject({ total: 0, waiting: 0, leased: 0, idle: 0, creating: 0 });
  expect(clock.pending).toEqual([]);
}

describe("A close that serves waiters", () => {
  it("serves them in their order, refuses new calls, and ends with the last loan", async () => {
    const fixture = createPool({ max: 1 });
    const { pool } = fixture;
    const lease = await pool.acquire();
    const first = watch(pool.acquire());
    const second = watch(pool.acquire());
    const closing = watch(pool.close(SERVE));
    await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_CLOSED" });
    expect(() => pool.tryAcquire()).toThrow("is closed");
    await expect(pool.ready()).rejects.toMatchObject({ code: "POOL_CLOSED" });
    expect(closing.value).toBeUndefined();
    lease.release();
    await settled();
    expect(first.value?.value.id).toBe(1);
    expect(second).toEqual({});
    first.value!.release();
    await settled();
    expect(second.value?.value.id).toBe(1);
    expect(closing.value).toBeUndefined();
    second.value!.release();
    await expectClosed(fixture, closing);
    expect(closing.value).toEqual({ destroyed: 1, left: [], abandoned: 0, failures: [] });
  });

  const checks = countCalls();
  const sync = (): boolean => {
    checks.count();
    return true;
  };
  const later = async (): Promise<boolean> => sync();
  it.each([
    ["validate", { validate: sync }],
    ["an async validate", { validate: later }],
    ["prepare", { prepare: sync }],
    ["an async prepare", { prepare: later }],
    ["both", { validate: sync, prepare: sync }],
    ["both, async", { validate: later, prepare: later }],
    ["reset", { reset: sync }],
    ["an async reset", { reset: later }],
    ["validateOnReturn", { validate: sync, validateOnReturn: true }],
    ["maxUses", { maxUses: 1 }],
    ["maxIdle", { maxIdle: 0 }],
    ["fifo and min", { order: "fifo", min: 2 }],
    ["minIdle", { minIdle: 2 }],
    ["debug", { debug: true }],
    ["an async destroy", { destroy: async () => settled() }],
  ] as const)("serves five through two resources with %s", async (_, options) => {
    checks.calls = 0;
    const fixture = createPool({ max: 2, ...options });
    const { pool } = fixture;
    const leases = [await pool.acquire(), await pool.acquire()];
    const waiting = Array.from({ length: 5 }, () => watch(pool.acquire()));
    const closing = watch(pool.close(SERVE));
    for (const lease of leases) lease.release();
    let served = 0;
    for (let rounds = 0; rounds < 20 && served < 5; rounds++) {
      await settled();
      for (const each of waiting) {
        if (each.value === undefined) continue;
        each.value.release();
        delete each.value;
        served++;
      }
    }
    expect(served).toBe(5);
    expect(checks.calls).toBeLessThan(20);
    await settled();
    await expectClosed(fixture, closing);
  });

  it("creates resources for them only", async () => {
    const fixture = createPool({ max: 4, min: 2, createConcurrency: 1 });
    const { pool, made } = fixture;
    const waiting = [1, 2, 3].map(() => watch(pool.acquire()));
    const closing = watch(pool.close(SERVE));
    for (let i = 0; i < 5; i++) await settled();
    expect(made.length).toBe(3);
    for (const { value } of waiting) value!.release();
    await expectClosed(fixture, closing);
  });

  it("goes on if creations fail, and rejects the waiters that it cannot serve", async () => {
    let fails = 1;
    const fixture = createPool({
      max: 1,
      create: async () => {
        if (fails-- > 0) throw new Error("down");
        return { id: 1 };
      },
    });
    const { pool } = fixture;
    const first = watch(pool.acquire());
    const second = watch(pool.acquire());
    const closing = watch(pool.close(SERVE));
    await settled();
    expect(first.error).toMatchObject({ code: "CREATE_FAILED" });
    await settled();
    second.value!.release();
    await expectClosed(fixture, closing);
  });

  it("tries again with retry until the deadline, and reports the creation that it abandons", async () => {
    const fixture = createPool({
      max: 1,
      retry: { delay: 100, jitter: 0 },
      create: () => Promise.reject(new Error("down")),
    });
    const { pool, clock } = fixture;
    const waiting = watch(pool.acquire({ timeout: Infinity }));
    const closing = watch(pool.close({ ...SERVE, deadline: 1000 }));
    for (let i = 0; i < 10; i++) {
      await settled();
      clock.advance(99);
    }
    expect(pool.stats().createFailures).toBeGreaterThan(2);
    expect(waiting).toEqual({});
    clock.advance(10);
    await expectClosed(fixture, closing);
    expect(waiting.error).toMatchObject({ code: "POOL_CLOSED" });
  });

  it("ends when the last waiter gives up, by its signal, its timeout or the deadline", async () => {
    for (const leave of ["signal", "timeout", "deadline", "shed"] as const) {
      const fixture = createPool({
        max: 1,
        create: () => new Promise(() => undefined),
        ...(leave === "shed" && { codel: { target: 10, interval: 10 } }),
      });
      const { pool, clock } = fixture;
      const controller = new AbortController();
      const waiting = watch(
        pool.acquire({ signal: controller.signal, timeout: leave === "timeout" ? 50 : 5000 }),
      );
      const closing = watch(pool.close({ ...SERVE, deadline: leave === "deadline" ? 50 : 1000 }));
      await settled();
      expect(closing).toEqual({});
      if (leave === "signal") controller.abort("gone");
      else clock.advance(50);
      await settled();
      // No call is shed while the first resource is created.
      if (leave === "shed") clock.advance(1000);
      await settled();
      expect(waiting.error).toBeDefined();
      clock.advance(1000);
      await expectClosed(fixture, closing);
      expect(closing.value!.abandoned).toBe(1);
    }
  });

  it("waits for resume in a suspended pool, at most until the deadline", async () => {
    for (const isResumed of [true, false]) {
      const fixture = createPool({ max: 1 });
      const { pool, clock } = fixture;
      (await pool.acquire()).release();
      pool.suspend();
      const waiting = watch(pool.acquire());
      const closing = watch(pool.close({ ...SERVE, deadline: 100 }));
      clock.advance(99);
      await settled();
      expect([waiting, closing]).toEqual([{}, {}]);
      if (isResumed) {
        pool.resume();
        await settled();
        waiting.value!.release();
      } else clock.advance(1);
      await expectClosed(fixture, closing);
      expect(waiting.error === undefined).toBe(isResumed);
    }
  });

  it("rejects the calls that still wait at the deadline, and destroys the leased resources", async () => {
    const fixture = createPool({ max: 1 });
    const { pool, clock, destroyed } = fixture;
    const lease = await pool.acquire({ label: "slow" });
    const waiting = watch(pool.acquire());
    const closing = watch(pool.close({ ...SERVE, deadline: 100 }));
    clock.advance(100);
    await expectClosed(fixture, closing);
    expect(waiting.error).toMatchObject({ code: "POOL_CLOSED" });
    expect(closing.value).toMatchObject({ destroyed: 1, left: [{ label: "slow" }] });
    expect(destroyed.length).toBe(1);
    expect(() => lease.release()).toThrow("has ended");
  });

  it("works like any close if no call waits", async () => {
    const fixture = createPool({ max: 2, min: 2 });
    await fixture.pool.ready();
    await expectClosed(fixture, watch(fixture.pool.close(SERVE)));
  });

  it("survives a close from within its callbacks and listeners", async () => {
    for (const name of ["create", "acquire", "release", "destroy"] as const) {
      const fixture = createPool({ max: 1 });
      const { pool } = fixture;
      const closings: { value?: CloseReport<Thing> }[] = [];
      pool.on(name, () => void closings.push(watch(pool.close(SERVE))));
      const waiting = [1, 2, 3].map(() => watch(pool.acquire()));
      for (let i = 0; i < 10; i++) {
        await settled();
        for (const each of waiting) {
          each.value?.release();
          delete each.value;
        }
      }
      closings.push(watch(pool.close()));
      for (const closing of closings) await expectClosed(fixture, closing);
      expect(pool.stats().acquired).toBe(3);
    }
  });
});

describe("A second close", () => {
  it("forces the first one with a deadline of 0", async () => {
    for (const first of [{}, { deadline: Infinity }, { ...SERVE, deadline: Infinity }]) {
      const fixture = createPool({ max: 1 });
      const { pool, destroyed } = fixture;
      await pool.acquire({ label: "hung" });
      const waiting = watch(pool.acquire());
      const promise = pool.close(first);
      const closing = watch(promise);
      await settled();
      expect(closing).toEqual({});
      expect(pool.close({ deadline: 0 })).toBe(promise);
      expect(destroyed.length).toBe(1);
      await expectClosed(fixture, closing);
      expect(waiting.error).toMatchObject({ code: "POOL_CLOSED" });
      expect(closing.value).toMatchObject({ destroyed: 1, left: [{ label: "hung" }] });
    }
  });

  it("may make the deadline earlier, and never later", async () => {
    const fixture = createPool({ max: 1 });
    const { pool, clock } = fixture;
    await pool.acquire();
    const closing = watch(pool.close({ deadline: 1000 }));
    void pool.close({ deadline: 5000 });
    void pool.close({ deadline: Infinity });
    clock.advance(500);
    void pool.close({ deadline: 100 });
    clock.advance(99);
    await settled();
    expect(closing).toEqual({});
    clock.advance(1);
    await expectClosed(fixture, closing);
  });

  it("forces a creation that hangs, and a third close changes nothing", async () => {
    const fixture = createPool({ max: 1, create: () => new Promise(() => undefined) });
    const { pool } = fixture;
    const waiting = watch(pool.acquire());
    const closing = watch(pool.close());
    await settled();
    expect(closing).toEqual({});
    void pool.close({ deadline: 0 });
    void pool.close({ deadline: 0 });
    await expectClosed(fixture, closing);
    expect(waiting.error).toBeDefined();
    expect(closing.value).toMatchObject({ abandoned: 1 });
  });
});
