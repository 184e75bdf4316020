import { AsyncLocalStorage } from "node:async_hooks";
import { KeyedPool, ResourcePool, type KeyedPoolOptions, type Lease } from "@heapwise/pool";
import { FakeClock, gcUntil } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";

interface Thing {
  readonly key: object;
}

type Options = Partial<KeyedPoolOptions<object, Thing>>;

const HOUR = 3_600_000;
const storage = new AsyncLocalStorage<object>();

const allGone = (refs: readonly WeakRef<object>[]): Promise<boolean> =>
  gcUntil(() => refs.every((ref) => ref.deref() === undefined));

/** The ways in which a key is forgotten, and the options for them. */
const ENDS: [string, Options, (pool: KeyedPool<object, Thing>, key: object) => Promise<unknown>][] =
  [
    [
      "evictIdle",
      {},
      async (pool, key) => {
        await pool.use(key, () => undefined);
        pool.evictIdle(key);
      },
    ],
    [
      "discard",
      {},
      async (pool, key) => {
        const lease = await pool.acquire(key);
        pool.discard(lease.value);
      },
    ],
    ["destroy", {}, async (pool, key) => (await pool.acquire(key)).destroy()],
    ["idleKeys", { idleKeys: 0 }, (pool, key) => pool.use(key, () => undefined)],
    [
      "closeKey",
      {},
      async (pool, key) => {
        await pool.acquire(key);
        await pool.closeKey(key, { deadline: 0 });
      },
    ],
    [
      "closeKey in good order",
      { keepAlive: HOUR },
      async (pool, key) => {
        await pool.use(key, () => undefined);
        await pool.closeKey(key);
      },
    ],
    [
      "its room for another key",
      { max: 1 },
      async (pool, key) => {
        await pool.use(key, () => undefined);
        await pool.use(other, () => undefined);
      },
    ],
    [
      "an aborted call",
      {},
      async (pool, key) => {
        pool.suspendKey(key);
        const controller = new AbortController();
        const waiting = pool.acquire(key, { signal: controller.signal, timeout: HOUR });
        controller.abort();
        await waiting.catch(() => undefined);
        pool.resumeKey(key);
      },
    ],
    [
      "a failed validation",
      { validate: ({ key }) => key === other },
      async (pool, key) => {
        await pool.use(key, () => undefined);
        pool.tryAcquire(key);
      },
    ],
  ];

const other = {};

describe("A key that is forgotten by", () => {
  it.each(ENDS)(
    "%s is not kept, nor its resources and the request that asked",
    async (_name, options, end) => {
      for (const clock of [undefined, new FakeClock()]) {
        const pool = new KeyedPool<object, Thing>({
          create: (key) => ({ key }),
          validate: () => true,
          prepare: () => undefined,
          reset: () => undefined,
          max: 100,
          maxLifetime: HOUR,
          leakThreshold: HOUR,
          idleTimeout: HOUR,
          ...options,
          clock,
        });
        const refs: WeakRef<object>[] = [];
        pool.on("create", ({ value }, key) => {
          if (key !== other) refs.push(new WeakRef(value));
        });
        for (let i = 0; i < 20; i++) {
          await storage.run({}, async () => {
            refs.push(new WeakRef(storage.getStore()!));
            const key = {};
            refs.push(new WeakRef(key));
            await end(pool, key);
          });
        }
        pool.evictIdle(other);
        expect(pool.keys()).toEqual([]);
        if (clock !== undefined) expect(clock.pending).toEqual([]);
        expect(await allGone(refs)).toBe(true);
        expect(pool.stats()).toMatchObject({ total: 0, waiting: 0 });
      }
    },
  );
});

describe("A pool that is closed", () => {
  const options = {
    create: () => ({}),
    reset: () => undefined,
    destroy: () => undefined,
    max: 4,
    idleTimeout: HOUR,
  };
  it.each([
    ["keyed", 0],
    ["keyed", 1000],
    ["of resources", 0],
    ["of resources", 1000],
  ])(
    "and %s keeps neither its resources nor the request that closed it, deadline %i",
    async (kind, deadline) => {
      const refs: WeakRef<object>[] = [];
      const keyed = new KeyedPool<string, object>(options);
      const single = new ResourcePool<object>(options);
      const acquire = (): Promise<Lease<object>> =>
        kind === "keyed" ? keyed.acquire("a") : single.acquire();
      const pool = kind === "keyed" ? keyed : single;
      const lease = await storage.run({}, async () => {
        refs.push(new WeakRef(storage.getStore()!));
        const [held, idle] = [await acquire(), await acquire()];
        refs.push(new WeakRef(held.value), new WeakRef(idle.value));
        idle.release();
        if (deadline > 0) held.release();
        const report = await pool.close({ deadline });
        expect(report.left.map(({ loan, value }) => [loan, typeof value])).toEqual(
          deadline > 0 ? [] : [["1.1", "object"]],
        );
        return held;
      });
      expect(await allGone(refs)).toBe(true);
      expect(() => lease.value).toThrow("has ended");
      const again = await pool.close({ deadline: 0 });
      expect(again).toMatchObject({ destroyed: 2, abandoned: 0 });
      expect(again.left.map(({ loan, value }) => [loan, value])).toEqual(
        deadline > 0 ? [] : [["1.1", undefined]],
      );
    },
  );

  it("is collected with all that create closes over, with its timers an hour off", async () => {
    const refs = await (async () => {
      const used = {};
      const pool = new KeyedPool<string, object>({
        create: () => ({ used }),
        max: 4,
        idleTimeout: HOUR,
        acquireTimeout: HOUR,
      });
      await pool.acquire("a");
      await pool.use("b", () => undefined);
      await pool.close({ deadline: 0 });
      return [new WeakRef<object>(used), new WeakRef<object>(pool)];
    })();
    expect(await allGone(refs)).toBe(true);
  });
});
