import { AsyncLocalStorage } from "node:async_hooks";
import { BufferPool, KeyedPool, ResourcePool, type Clock } from "@heapwise/pool";
import { describe, expect, it } from "vitest";

const storage = new AsyncLocalStorage<string>();
const inRequest = <Result>(run: () => Result): Result => storage.run("request", run);

/** Collects values, and resolves when there are enough of them. */
function watch(count: number): { see: (name: string) => void; all: Promise<unknown[]> } {
  const seen: unknown[] = [];
  let end!: (seen: unknown[]) => void;
  const all = new Promise<unknown[]>((resolve) => (end = resolve));
  return {
    see: (name) => {
      if (seen.push([name, storage.getStore()]) === count) end(seen);
    },
    all,
  };
}

/** The timers of the host as a clock of the program. */
const ownClock: Clock = {
  now: () => performance.now(),
  schedule: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

describe.each([
  ["of the host", {}],
  ["of the program", { clock: ownClock }],
])("A timer %s that a request has armed", (_, clock) => {
  it("ends idle resources outside of it", async () => {
    const { see, all } = watch(2);
    const pool = new ResourcePool({
      create: () => ({}),
      destroy: () => see("callback"),
      max: 1,
      idleTimeout: 5,
      ...clock,
    });
    pool.on("destroy", () => see("event"));
    await inRequest(() => pool.use(() => undefined));
    expect(await all).toEqual([
      ["event", undefined],
      ["callback", undefined],
    ]);
  });

  it("ends idle resources of a keyed pool outside of it", async () => {
    const { see, all } = watch(1);
    const pool = new KeyedPool({
      create: (key: string) => ({ key }),
      destroy: () => see("callback"),
      max: 1,
      idleTimeout: 5,
      ...clock,
    });
    await inRequest(() => pool.use("a", () => undefined));
    expect(await all).toEqual([["callback", undefined]]);
  });

  it("reports waits and loans that take too long outside of it", async () => {
    const { see, all } = watch(2);
    const pool = new ResourcePool({ create: () => ({}), max: 1, leakThreshold: 5, ...clock });
    pool.on("leak", () => see("leak"));
    pool.on("timeout", () => see("timeout"));
    const awake = setInterval(() => {}, 1000);
    const lease = await inRequest(() => pool.acquire());
    const error = await inRequest(() =>
      pool.acquire({ timeout: 20 }).catch(() => storage.getStore()),
    );
    expect(error).toBe("request");
    expect((await all).sort()).toEqual([
      ["leak", undefined],
      ["timeout", undefined],
    ]);
    clearInterval(awake);
    lease.release();
    await pool.close();
  });

  it("gives up callbacks outside of it", async () => {
    const { see, all } = watch(2);
    const pool = new ResourcePool({
      create: ({ signal }) => {
        signal.addEventListener("abort", () => see("abort"));
        return new Promise<object>(() => {});
      },
      max: 1,
      createTimeout: 5,
      ...clock,
    });
    pool.on("error", () => see("error"));
    const failed = inRequest(() => pool.acquire({ timeout: 1000 }).catch(() => storage.getStore()));
    expect(await all).toEqual([
      ["abort", undefined],
      ["error", undefined],
    ]);
    expect(await failed).toBe("request");
    await pool.close();
  });
});

it("calls the program's own schedule outside of the request", async () => {
  const seen: unknown[] = [];
  const clock: Clock = {
    now: () => 0,
    schedule: () => {
      seen.push(storage.getStore());
      return () => {};
    },
  };
  const pool = new ResourcePool({ create: () => ({}), max: 1, idleTimeout: 5, clock });
  await inRequest(() => pool.use(() => undefined));
  const buffers = new BufferPool({ maxBytes: 2 ** 20, trimInterval: 10, clock });
  inRequest(() => buffers.acquire(2000).release());
  expect(new Set(seen)).toEqual(new Set([undefined]));
});

it("keeps the context that a creation enters from later creations", async () => {
  const seen: unknown[] = [];
  const pool = new ResourcePool({
    create: () => {
      seen.push(storage.getStore());
      storage.enterWith("creation");
      return {};
    },
    max: 3,
  });
  const leases = await Promise.all([1, 2, 3].map(() => inRequest(() => pool.acquire())));
  expect(seen).toEqual([undefined, undefined, undefined]);
  for (const lease of leases) lease.release();
  await pool.close();
});
