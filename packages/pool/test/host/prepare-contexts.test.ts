import { AsyncLocalStorage } from "node:async_hooks";
import { ResourcePool, type Lease, type ResourcePoolOptions } from "@heapwise/pool";
import { FakeClock } from "@heapwise/testkit";
import { describe, expect, it } from "vitest";
import { settled, watch, type Thing } from "../resource-pool/pool-fixture.ts";

const storage = new AsyncLocalStorage<string>();

interface Watched {
  readonly pool: ResourcePool<Thing>;
  readonly clock: FakeClock;
  /** The name of each callback that ran, with the store that it saw. */
  readonly seen: [name: string, store: string | undefined][];
  /** The open calls of callbacks. */
  readonly ends: (() => void)[];
}

/** A pool whose callbacks and listeners note their context, before and after an await. */
function createWatched(options: Partial<ResourcePoolOptions<Thing>> = {}): Watched {
  const seen: [string, string | undefined][] = [];
  const ends: (() => void)[] = [];
  const clock = new FakeClock();
  const see = (name: string): void => void seen.push([name, storage.getStore()]);
  const run = async <R>(name: string, value: R): Promise<R> => {
    see(name);
    await new Promise<void>((resolve) => void ends.push(resolve));
    see(`${name} after await`);
    return value;
  };
  let made = 0;
  const pool = new ResourcePool<Thing>({
    create: () => run("create", { id: ++made }),
    validate: () => run("validate", true),
    prepare: () => run("prepare", undefined),
    reset: () => run("reset", undefined),
    destroy: () => run("destroy", undefined),
    max: 1,
    clock,
    ...options,
  });
  for (const name of ["create", "destroy", "acquire", "release", "timeout", "error"] as const) {
    pool.on(name, () => see(`event ${name}`));
  }
  return { pool, clock, seen, ends };
}

/** Lets all callbacks end, one after the other. */
async function finish({ ends }: Watched): Promise<void> {
  await settled();
  for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
    end();
    await settled();
  }
}

function storesOf({ seen }: Watched, isPrepare: boolean): Set<string | undefined> {
  return new Set(
    seen.filter(([name]) => name.startsWith("prepare") === isPrepare).map(([, store]) => store),
  );
}

const acquire = (
  { pool }: Watched,
  store: string,
  options?: Parameters<ResourcePool<Thing>["acquire"]>[0],
): { value?: Lease<Thing>; error?: unknown } =>
  storage.run(store, () => watch(pool.acquire(options)));

describe("prepare runs in the context of its borrower, and all other callbacks outside of it,", () => {
  it("for a new resource and for an idle one", async () => {
    const watched = createWatched();
    const { seen } = watched;
    const first = acquire(watched, "A");
    await finish(watched);
    storage.run("B", () => first.value!.release());
    await finish(watched);
    expect(storesOf(watched, true)).toEqual(new Set(["A"]));
    const second = acquire(watched, "C");
    await finish(watched);
    storage.run("D", () => second.value!.destroy());
    await finish(watched);
    expect(seen.filter(([name]) => name === "prepare").map(([, store]) => store)).toEqual([
      "A",
      "C",
    ]);
    expect(
      seen.filter(([name]) => name === "prepare after await").map(([, store]) => store),
    ).toEqual(["A", "C"]);
    expect(storesOf(watched, false)).toEqual(new Set([undefined]));
    for (const name of ["create", "validate", "reset", "destroy", "event release"]) {
      expect(seen.map(([each]) => each)).toContain(name);
    }
  });

  it.each([{}, { validate: undefined }, { reset: undefined }, { validateOnReturn: true }])(
    "for waiters, with %o",
    async (options) => {
      const watched = createWatched(options);
      const first = acquire(watched, "A");
      await finish(watched);
      const others = ["B", "C"].map((name) => acquire(watched, name));
      storage.run("X", () => first.value!.release());
      await finish(watched);
      storage.run("Y", () => others[0]!.value!.release());
      await finish(watched);
      expect(others[1]!.value?.value.id).toBe(1);
      const prepared = watched.seen.filter(([name]) => name === "prepare");
      expect(prepared.map(([, store]) => store)).toEqual(["A", "B", "C"]);
      expect(storesOf(watched, false)).toEqual(new Set([undefined]));
    },
  );

  it("for a call whose creation is tried again, after a timer", async () => {
    let isDown = true;
    const watched = createWatched({
      retry: { delay: 100, jitter: 0 },
      create: async () => {
        if (isDown) throw new Error("down");
        return { id: 1 };
      },
    });
    const call = acquire(watched, "A");
    await settled();
    isDown = false;
    storage.run("timer", () => watched.clock.advance(100));
    await finish(watched);
    expect(call.value).toBeDefined();
    expect(storesOf(watched, true)).toEqual(new Set(["A"]));
    expect(storesOf(watched, false)).toEqual(new Set([undefined]));
  });

  it("for tryAcquire and use", async () => {
    const seen: unknown[] = [];
    const pool = new ResourcePool({
      create: () => ({}),
      prepare: () => void seen.push(storage.getStore()),
      max: 1,
    });
    await storage.run("A", () => pool.use(() => undefined));
    storage.run("B", () => pool.tryAcquire()!.release());
    await storage.run("C", () => pool.use(() => undefined));
    await pool.use(() => undefined);
    expect(seen).toEqual(["A", "B", "C", undefined]);
    await pool.close();
  });

  it("even if other callbacks enter and leave contexts", async () => {
    const watched = createWatched();
    storage.enterWith("entered");
    const call = watch(watched.pool.acquire());
    storage.enterWith("later");
    await finish(watched);
    storage.enterWith(undefined as never);
    expect(call.value).toBeDefined();
    expect(storesOf(watched, true)).toEqual(new Set(["entered"]));
    expect(storesOf(watched, false)).toEqual(new Set([undefined]));
  });
});

describe("A borrower that gives up while a resource is prepared for it", () => {
  it.each(["signal", "timeout"])(
    "by its %s has it prepared again for the next borrower",
    async (way) => {
      const watched = createWatched({ validate: undefined });
      const { pool, clock, seen } = watched;
      const controller = new AbortController();
      const first = acquire(watched, "A", { signal: controller.signal, timeout: 1000 });
      await settled();
      // The creation without the preparation.
      watched.ends.shift()!();
      await settled();
      expect(seen.at(-1)).toEqual(["prepare", "A"]);
      const second = acquire(watched, "B");
      if (way === "signal") controller.abort("gone");
      else clock.advance(1000);
      await finish(watched);
      expect(first.error).toBeDefined();
      expect(second.value?.value.id).toBe(1);
      const prepared = seen.filter(([name]) => name === "prepare");
      expect(prepared.map(([, store]) => store)).toEqual(["A", "B"]);
      expect(pool.stats()).toMatchObject({ leased: 1, total: 1, waiting: 0, created: 1 });
    },
  );

  it("leaves it idle if no call waits, and it is prepared for the next borrower", async () => {
    const watched = createWatched();
    const { pool, seen } = watched;
    const controller = new AbortController();
    const first = acquire(watched, "A", { signal: controller.signal });
    await settled();
    watched.ends.shift()!();
    await settled();
    controller.abort("gone");
    await finish(watched);
    expect(first.error).toBe("gone");
    expect(pool.stats()).toMatchObject({ idle: 1, checking: 0 });
    const second = acquire(watched, "B");
    await finish(watched);
    expect(second.value?.value.id).toBe(1);
    expect(seen.filter(([name]) => name === "prepare").at(-1)).toEqual(["prepare", "B"]);
  });

  it("does not take a resource that is prepared for another borrower", async () => {
    const watched = createWatched({ max: 2, validate: undefined });
    const { pool, seen } = watched;
    const controller = new AbortController();
    const first = acquire(watched, "A", { signal: controller.signal });
    const second = acquire(watched, "B");
    await settled();
    for (const end of watched.ends.splice(0)) end();
    await settled();
    controller.abort("gone");
    await finish(watched);
    expect(first.error).toBe("gone");
    expect(second.value).toBeDefined();
    expect(pool.stats()).toMatchObject({ idle: 1, leased: 1 });
    expect(
      seen
        .filter(([name]) => name === "prepare")
        .map(([, store]) => store)
        .sort(),
    ).toEqual(["A", "B"]);
  });
});

it("upkeep and timers see no request, whichever request has used the pool", async () => {
  const watched = createWatched({
    keepAlive: 100,
    idleTimeout: 1000,
    prepare: undefined,
    leakThreshold: 50,
  });
  const { pool, clock, seen } = watched;
  pool.on("leak", () => void seen.push(["event leak", storage.getStore()]));
  const call = acquire(watched, "A");
  await finish(watched);
  storage.run("B", () => clock.advance(60));
  storage.run("C", () => call.value!.release());
  await finish(watched);
  for (let i = 0; i < 12; i++) {
    storage.run(`turn ${i}`, () => clock.advance(100));
    await finish(watched);
  }
  expect(pool.stats().total).toBe(0);
  const names = new Set(seen.map(([name]) => name));
  for (const name of ["validate", "destroy", "event leak", "event destroy"]) {
    expect(names).toContain(name);
  }
  expect(storesOf(watched, false)).toEqual(new Set([undefined]));
});
