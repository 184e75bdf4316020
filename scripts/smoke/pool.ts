import {
  BufferPool,
  KeyedPool,
  ObjectPool,
  PoolTimeoutError,
  ResourcePool,
  StaleLeaseError,
} from "@heapwise/pool";
import { meterPool, type MeterShape } from "@heapwise/pool/opentelemetry";
import { collected, expect, until, type Checks } from "./check.ts";

/** The pools, without the parts that need Node. */
export const poolChecks: Checks = {
  "pool lends to the callers in turn, and never one resource to two of them": async () => {
    let made = 0;
    const lent = new Set<object>();
    const pool = new ResourcePool({ create: async () => ({ id: ++made }), max: 3 });
    const ids = await Promise.all(
      Array.from({ length: 50 }, () =>
        pool.use(async (resource) => {
          expect(!lent.has(resource), "a resource of its own");
          lent.add(resource);
          await Promise.resolve();
          lent.delete(resource);
          return resource.id;
        }),
      ),
    );
    expect(ids.length === 50 && made === 3, `three resources, got ${made}`);
    expect((await pool.close()).left.length === 0, "nothing left at the end");
  },
  "pool refuses a second release": async () => {
    const pool = new ResourcePool({ create: () => ({}), max: 1 });
    const lease = await pool.acquire({ label: "first" });
    lease.release();
    let error: unknown;
    try {
      lease.release();
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof StaleLeaseError && error.code === "STALE_LEASE", "a StaleLeaseError");
    expect(pool.stats().idle === 1, "the resource in the pool");
  },
  "pool ends loans by their symbols": async () => {
    const dispose: typeof Symbol.dispose = Symbol.dispose;
    const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose;
    // Older browsers do not have these symbols. The rest of the package still works.
    if (dispose === undefined || asyncDispose === undefined) return;
    const pool = new ResourcePool({ create: () => ({}), max: 1 });
    const lease = await pool.acquire();
    lease[dispose]();
    lease[dispose]();
    await (await pool.acquire())[asyncDispose]();
    await new BufferPool({ maxBytes: 2 ** 20 }).acquire(2000)[asyncDispose]();
    await new ObjectPool({ create: () => ({}) }).lease()[asyncDispose]();
    await pool[asyncDispose]();
    expect(pool.stats().total === 0, "a pool that is closed");
  },
  "pool ends waits and idle resources by the host's timers": async () => {
    let destroyed = 0;
    const pool = new ResourcePool({
      create: () => ({}),
      destroy: () => void destroyed++,
      max: 1,
      idleTimeout: 20,
    });
    const lease = await pool.acquire();
    const error = await pool.acquire({ timeout: 10 }).catch((each: unknown) => each);
    expect(error instanceof PoolTimeoutError, `a PoolTimeoutError, got ${String(error)}`);
    const controller = new AbortController();
    const waiting = pool.acquire({ signal: controller.signal }).catch((each: unknown) => each);
    controller.abort("gone");
    expect((await waiting) === "gone", "the reason of the signal");
    lease.release();
    await until(() => destroyed === 1);
  },
  "pool keeps resources by key": async () => {
    const pool = new KeyedPool({ create: (key: string) => ({ key }), max: 4, maxPerKey: 2 });
    const keys = ["a", "b", "a", "c", "b", "a"];
    const used = await Promise.all(keys.map((key) => pool.use(key, (value) => value.key)));
    expect(used.join() === keys.join(), "each the resource of its key");
    await pool.close();
  },
  "pool reuses objects, and shows misuse": () => {
    const pool = new ObjectPool({ create: () => [0], reset: (list) => list.fill(0) });
    const list = pool.acquire();
    list[0] = 5;
    pool.release(list);
    expect(
      pool.use((again) => again === list && again[0] === 0),
      "the same object, reset",
    );
    const strict = new ObjectPool({ create: () => ({ a: 1 }), debug: true });
    const stale = strict.acquire();
    strict.release(stale);
    let error: unknown;
    try {
      stale.a = 2;
    } catch (thrown) {
      error = thrown;
    }
    expect(error instanceof StaleLeaseError, `a StaleLeaseError, got ${String(error)}`);
  },
  "pool lends clean buffers of the requested length": () => {
    const pool = new BufferPool({ maxBytes: 2 ** 20, onReturn: "zero" });
    const first = pool.acquire(5000);
    first.value.fill(7);
    first.release();
    const second = pool.acquire(5000);
    expect(second.value.length === 5000 && second.value.every((byte) => byte === 0), "zeros");
    second.release();
  },
  "pool reports to a meter": async () => {
    const named: string[] = [];
    let told = 0;
    const meter: MeterShape = {
      createCounter: (name) => (named.push(name), { add: () => {} }),
      createHistogram: (name) => (named.push(name), { record: () => {} }),
      createObservableUpDownCounter: (name) => (named.push(name), {}),
      addBatchObservableCallback: (observe) => observe({ observe: () => void told++ }),
      removeBatchObservableCallback: () => {},
    };
    const pool = new ResourcePool({ create: () => ({}), max: 1 });
    const unobserve = meterPool(pool, { meter, name: "smoke" });
    expect(named.includes("db.client.connection.count"), "an instrument for resources");
    expect(told > 0, "numbers for the instruments");
    (await pool.acquire()).release();
    unobserve();
    await pool.close();
  },
};

/** How the pools handle a lost lease. */
export const poolCollections: Checks = {
  "pool detects a lease that was lost": async () => {
    let made = 0;
    const pool = new ResourcePool({ create: () => ({ id: ++made }), max: 20 });
    await (async () => {
      await Promise.all(Array.from({ length: 20 }, () => pool.acquire()));
    })();
    expect(await collected(() => pool.stats().lost >= 15), `15 lost, got ${pool.stats().lost}`);
  },
};
