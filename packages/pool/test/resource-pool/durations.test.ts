import { ResourcePool, type DurationSummary, type Lease } from "@heapwise/pool";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

const NOTHING: DurationSummary = { count: 0, sum: 0, p50: 0, p90: 0, p99: 0, max: 0 };

describe("The wait time of a loan", () => {
  it("is 0 for a call that need not wait, and the time of the wait for others", async () => {
    const { pool, clock } = createPool({ max: 1 });
    const times: number[] = [];
    pool.on("acquire", ({ waitTime }) => times.push(waitTime));
    expect(pool.stats().waitTimes).toEqual(NOTHING);
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire());
    clock.advance(250);
    lease.release();
    await settled();
    waiting.value!.release();
    (await pool.acquire()).release();
    pool.tryAcquire()!.release();
    expect(times).toEqual([0, 250, 0, 0]);
    expect(pool.stats().waitTimes).toEqual({
      count: 4,
      sum: 250,
      p50: 0,
      p90: 250,
      p99: 250,
      max: 250,
    });
  });

  it("includes the creation, the retries and the checks that it waited for", async () => {
    let isDown = true;
    const checks: (() => void)[] = [];
    const { pool, clock } = createPool({
      max: 1,
      retry: { delay: 100, jitter: 0 },
      create: async () => {
        if (isDown) throw new Error("down");
        return { id: 1 };
      },
      validate: () => new Promise((resolve) => void checks.push(() => resolve(true))),
    });
    const times: number[] = [];
    pool.on("acquire", ({ waitTime }) => times.push(waitTime));
    const first = watch(pool.acquire());
    await settled();
    isDown = false;
    clock.advance(100);
    await settled();
    first.value!.release();
    const second = watch(pool.acquire());
    clock.advance(30);
    checks[0]!();
    await settled();
    expect(second.value).toBeDefined();
    expect(times).toEqual([100, 30]);
  });

  it("is not recorded for calls without a loan", async () => {
    const { pool, clock } = createPool({ max: 1 });
    await pool.acquire();
    const waiting = watch(pool.acquire({ timeout: 50 }));
    clock.advance(50);
    await settled();
    expect(waiting.error).toBeDefined();
    expect(pool.stats()).toMatchObject({ acquired: 1, waits: 1, waitTimes: { count: 1, sum: 0 } });
  });

  it("is never negative, even if a clock goes back", async () => {
    const { pool, clock } = createPool({ max: 1 });
    const times: number[] = [];
    pool.on("acquire", ({ waitTime }) => times.push(waitTime));
    clock.advance(1000);
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire());
    clock.jump(500);
    lease.release();
    await settled();
    waiting.value!.release();
    expect(times).toEqual([0, 0]);
    expect(pool.stats()).toMatchObject({ waitTimes: { sum: 0 }, useTimes: { sum: 0, count: 2 } });
  });
});

describe("The time of a creation", () => {
  it("is in the event, without earlier failed creations", async () => {
    const ends: ((isDown: boolean) => void)[] = [];
    const { pool, clock } = createPool({
      max: 2,
      retry: { delay: 100, jitter: 0 },
      create: () =>
        new Promise((resolve, reject) => {
          ends.push((isDown) => (isDown ? reject(new Error("down")) : resolve({ id: 1 })));
        }),
    });
    const times: number[] = [];
    pool.on("create", ({ createTime }) => times.push(createTime));
    const call = watch(pool.acquire());
    clock.advance(70);
    ends[0]!(true);
    await settled();
    clock.advance(100);
    clock.advance(40);
    ends[1]!(false);
    await settled();
    expect(call.value).toBeDefined();
    expect(times).toEqual([40]);
    const sync = createPool({ create: () => ({ id: 1 }) });
    sync.pool.on("create", ({ createTime }) => times.push(createTime));
    await sync.pool.acquire();
    expect(times).toEqual([40, 0]);
  });
});

describe("The use time of a loan", () => {
  it("is the time of the loan, whatever its end", async () => {
    const { pool, clock } = createPool({ max: 1 });
    const ends: ((lease: Lease<Thing>) => unknown)[] = [
      (lease) => lease.release(),
      (lease) => lease.destroy(),
      (lease) => lease[Symbol.dispose](),
      (lease) => pool.discard(lease.value),
      (lease) => (lease.touch("note"), lease.release()),
    ];
    for (const end of ends) {
      const lease = await pool.acquire();
      clock.advance(100);
      end(lease);
    }
    expect(pool.stats()).toMatchObject({
      acquired: 5,
      useTime: 500,
      useTimes: { count: 5, sum: 500, max: 100 },
    });
    const { p50, p99 } = pool.stats().useTimes;
    expect(p50).toBeGreaterThan(96);
    expect(p99).toBeLessThanOrEqual(100);
  });

  it("is not recorded before the end of the loan", async () => {
    const { pool, clock } = createPool({ max: 2 });
    const lease = await pool.acquire();
    await pool.acquire();
    clock.advance(100);
    expect(pool.stats().useTimes).toEqual(NOTHING);
    lease.release();
    expect(pool.stats().useTimes).toMatchObject({ count: 1, sum: 100 });
  });
});

describe("Counts of durations", () => {
  it.each([
    ["plain", {}],
    ["validating", { validate: () => true }],
    ["preparing", { prepare: () => Promise.resolve() }],
    ["resetting", { reset: () => Promise.resolve() }],
    ["of one use", { maxUses: 1 }],
    ["with a listener", { debug: true }],
  ])("agree with the loans, in a pool that is %s", async (_, options) => {
    for (const isMachine of [false, true]) {
      const { pool, clock } = createPool({
        max: 3,
        create: () => ({ id: 1 }),
        ...options,
        ...(isMachine && { clock: undefined }),
      });
      let seed = 7;
      const chance = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      const leases: Lease<Thing>[] = [];
      const acquired = (lease: Lease<Thing> | undefined): void => {
        if (lease !== undefined) leases.push(lease);
      };
      let remove: (() => void) | undefined;
      for (let i = 0; i < 300; i++) {
        const dice = chance();
        if (dice < 0.3) pool.acquire({ timeout: 1e6 }).then(acquired, () => undefined);
        else if (dice < 0.4) acquired(pool.tryAcquire());
        else if (dice < 0.7) leases.splice(Math.floor(chance() * leases.length), 1)[0]?.release();
        else if (dice < 0.75) leases.pop()?.destroy();
        else if (dice < 0.8) {
          const lease = leases.pop();
          if (lease !== undefined) {
            pool.discard(lease.value);
            lease.release();
          }
        } else if (dice < 0.85) {
          if (remove === undefined) remove = pool.on("release", () => undefined);
          else remove = remove() as undefined;
        } else if (dice < 0.95) await settled();
        else if (!isMachine) clock.advance(10);
        const stats = pool.stats();
        expect(stats.waitTimes.count).toBe(stats.acquired);
        expect(stats.useTimes.count).toBe(stats.acquired - stats.leased);
        expect(stats.waits).toBeLessThanOrEqual(stats.acquired);
      }
      expect(pool.stats().acquired).toBeGreaterThan(30);
      await pool.close({ deadline: 0 });
      const { waitTimes, useTimes, acquired: loans } = pool.stats();
      expect([waitTimes.count, useTimes.count]).toEqual([loans, loans]);
    }
  });
});

describe("On the machine's clock", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("loans over several turns count in full, and loans within a turn count 0", async () => {
    const realNow = performance.now.bind(performance);
    let ahead = 0;
    vi.spyOn(performance, "now").mockImplementation(() => realNow() + ahead);
    const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1 });
    for (let i = 0; i < 4; i++) (await pool.acquire()).release();
    const { useTimes } = pool.stats();
    expect(useTimes.count).toBe(4);
    expect(useTimes.max).toBeLessThan(10_000);
    await settled();
    const lease = await pool.acquire();
    for (let turn = 0; turn < 3; turn++) {
      ahead += 100_000;
      await settled();
    }
    const waiting = watch(pool.acquire({ timeout: 1e9 }));
    ahead += 50_000;
    await settled();
    lease.release();
    await settled();
    waiting.value!.release();
    const { useTimes: uses, waitTimes: waits, acquired } = pool.stats();
    expect(acquired).toBe(6);
    expect(uses.count).toBe(6);
    expect(uses.max).toBeGreaterThanOrEqual(350_000);
    expect(waits.count).toBe(6);
    expect(waits.max).toBeGreaterThanOrEqual(50_000);
    expect(waits.p50).toBeLessThan(10_000);
    await pool.close();
  });
});
