import {
  CreateError,
  PoolClosedError,
  PoolExhaustedError,
  PoolTimeoutError,
  StaleLeaseError,
  type Lease,
  type ResourcePoolOptions,
} from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import {
  createPool as createPlainPool,
  settled,
  watch,
  type Fixture,
  type Thing,
} from "./pool-fixture.ts";

const later = <R>(value: R): Promise<R> => settled().then(() => value);

/** The options that give a loan other ways through the pool. The same must hold for all of them. */
const MODES: readonly (readonly [string, Partial<ResourcePoolOptions<Thing>>])[] = [
  ["as it comes", {}],
  ["on the machine's clock", { clock: undefined }],
  ["first in first out", { order: "fifo" }],
  ["created at once", { create: () => ({ id: 1 }) }],
  ["validated at once", { validate: () => true }],
  ["validated later", { validate: () => later(true), validateOnReturn: true }],
  ["prepared later", { prepare: () => later(undefined) }],
  ["reset at once", { reset: () => undefined }],
  ["reset later", { reset: () => later(undefined) }],
  ["with a bound on uses", { maxUses: 1000, maxLifetime: 1e6 }],
  ["in debug mode", { debug: true }],
  [
    "with a breaker, retries and shedding",
    { breaker: { failures: 9, reset: 1 }, codel: { target: 1e6, interval: 1 } },
  ],
];

describe.each(MODES)("A loan %s", (_mode, mode) => {
  const createPool = (options: Partial<ResourcePoolOptions<Thing>> = {}): Fixture =>
    createPlainPool({ ...mode, ...options });

  it("is created on demand, and lent again after its return", async () => {
    const { pool, made } = createPool();
    const first = await pool.acquire();
    expect(first.value).toEqual({ id: 1 });
    const { value } = first;
    first.release();
    const second = await pool.acquire();
    expect(second.value).toBe(value);
    expect(made.length).toBeLessThanOrEqual(1);
    expect(pool.stats()).toMatchObject({ total: 1, leased: 1, idle: 0, acquired: 2, created: 1 });
  });

  it("ends once: a second release is an error that names both loans, and changes no loan", async () => {
    const { pool } = createPool({ max: 1 });
    const old = await pool.acquire({ label: "ada" });
    old.touch("reading");
    old.release();
    const current = await pool.acquire({ label: "bob" });
    const error = ((): unknown => {
      try {
        old.release();
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(StaleLeaseError);
    expect(error).toMatchObject({
      code: "STALE_LEASE",
      stale: { loan: "1.1", label: "ada", note: "reading" },
      holder: { loan: "1.2", label: "bob" },
    });
    expect((error as Error).message).toContain('"ada"');
    expect((error as Error).message).toContain('"bob"');
    expect(() => old.destroy()).toThrow(StaleLeaseError);
    expect(() => old.touch("x")).toThrow(StaleLeaseError);
    expect(() => old[Symbol.dispose]()).not.toThrow();
    expect(pool.holders().map(({ label }) => label)).toEqual(["bob"]);
    current.release();
    expect(() => current.release()).toThrow(StaleLeaseError);
    await settled();
    await settled();
    expect(pool.stats()).toMatchObject({ idle: 1, leased: 0 });
  });

  it("is served in the order of the calls", async () => {
    const { pool } = createPool({ max: 1 });
    const first = await pool.acquire();
    const order: number[] = [];
    const waits = [1, 2, 3].map((n) =>
      pool.acquire().then((lease) => {
        order.push(n);
        lease.release();
      }),
    );
    expect(pool.stats().waiting).toBe(3);
    first.release();
    await Promise.all(waits);
    expect(order).toEqual([1, 2, 3]);
    await settled();
    await settled();
    expect(pool.stats()).toMatchObject({ waiting: 0, idle: 1 });
  });

  it("times out with the state of the pool in the error", async () => {
    const clock = new FakeClock();
    const { pool } = createPool({ max: 1, name: "database", acquireTimeout: 100, clock });
    const held = await pool.acquire({ label: "report" });
    clock.advance(5);
    const waiting = watch(pool.acquire());
    const second = watch(pool.acquire({ timeout: 50 }));
    clock.advance(50);
    await settled();
    expect(second.error).toBeInstanceOf(PoolTimeoutError);
    expect(second.error).toMatchObject({
      code: "POOL_TIMEOUT",
      timeout: 50,
      position: 2,
      pool: { name: "database", total: 1, idle: 0, leased: 1, creating: 0, waiting: 2 },
      holders: [{ label: "report", age: 55 }],
    });
    expect(waiting).toEqual({});
    clock.advance(50);
    await settled();
    expect(waiting.error).toMatchObject({ position: 1 });
    held.release();
    await settled();
    await settled();
    expect(pool.stats()).toMatchObject({ idle: 1, waiting: 0, timeouts: 2 });
  });

  it("goes to the next waiter if its waiter has given up", async () => {
    let finish!: (thing: Thing) => void;
    const { pool } = createPool({
      max: 1,
      create: () => new Promise<Thing>((resolve) => (finish = resolve)),
    });
    const controller = new AbortController();
    const gone = watch(pool.acquire({ signal: controller.signal }));
    const next = watch(pool.acquire());
    controller.abort("changed my mind");
    await settled();
    expect(gone).toEqual({ error: "changed my mind" });
    finish({ id: 7 });
    await settled();
    await settled();
    expect((next.value as Lease<Thing>).value).toEqual({ id: 7 });
    next.value!.release();
    await settled();
    await settled();
    expect(pool.stats()).toMatchObject({ total: 1, idle: 1, waiting: 0 });
  });

  it("is refused if the queue is full, and at once if the pool is closed", async () => {
    const { pool } = createPool({ max: 1, maxWaiters: 1 });
    const held = await pool.acquire();
    const waiting = watch(pool.acquire());
    await expect(pool.acquire()).rejects.toMatchObject({
      code: "POOL_EXHAUSTED",
      reason: "waiters",
    });
    await expect(pool.acquire()).rejects.toBeInstanceOf(PoolExhaustedError);
    const closed = pool.close();
    await settled();
    expect(waiting.error).toBeInstanceOf(PoolClosedError);
    await expect(pool.acquire()).rejects.toBeInstanceOf(PoolClosedError);
    expect(() => pool.tryAcquire()).toThrow(PoolClosedError);
    held.release();
    expect(await closed).toEqual({ destroyed: 1, left: [], abandoned: 0, failures: [] });
  });

  it("fails with the cause if the creation fails", async () => {
    const boom = new Error("boom");
    const { pool } = createPool({ create: () => Promise.reject(boom) });
    const error = await pool.acquire().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CreateError);
    expect(error).toMatchObject({ code: "CREATE_FAILED", cause: boom, failures: 1 });
    expect(pool.stats()).toMatchObject({ total: 0, createFailures: 1 });
  });
});
