import type { Lease, ResourcePoolOptions } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Fixture, type Thing } from "./pool-fixture.ts";

// Callbacks and listeners that call the pool in the middle of an operation.

const ids = (things: readonly Thing[]): number[] => things.map(({ id }) => id);

describe("replaceAll", () => {
  it("of idle resources comes to an end if maxIdle keeps no second resource", async () => {
    let made = 0;
    const create = (): Thing => {
      // A pool that replaces without end would never return.
      if (made >= 50) throw new Error("too many");
      return { id: ++made };
    };
    for (const options of [{ maxIdle: 1 }, { maxIdle: 2 }, { max: 1 }]) {
      made = 0;
      const { pool, destroyed } = createPool({ create, min: 1, ...options });
      await pool.ready();
      pool.replaceAll();
      expect(ids(destroyed)).toEqual([1]);
      expect(pool.stats()).toMatchObject({ created: 2, idle: 1, total: 1, createFailures: 0 });
    }
  });

  it("keeps min if the new resource is made later", async () => {
    let made = 0;
    const create = async (): Promise<Thing> => {
      if (made >= 50) throw new Error("too many");
      return { id: ++made };
    };
    const { pool, destroyed } = createPool({ create, min: 1, maxIdle: 1 });
    await pool.ready();
    pool.replaceAll();
    expect(pool.stats()).toMatchObject({ idle: 1, creating: 1 });
    await settled();
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ idle: 1, total: 1, created: 2 });
  });
});

describe("A listener of a timeout", () => {
  /** One leased thing, and calls that wait for it, 1 ms apart. */
  async function createWaiting(
    count: number,
  ): Promise<Fixture & { lease: Lease<Thing>; calls: ReturnType<typeof watch<Lease<Thing>>>[] }> {
    const fixture = createPool({ max: 1, acquireTimeout: 100 });
    const lease = await fixture.pool.acquire();
    const calls = [];
    for (let i = 0; i < count; i++) {
      if (i > 0) fixture.clock.advance(1);
      calls.push(watch(fixture.pool.acquire()));
    }
    return { ...fixture, lease, calls };
  }

  it("that releases the awaited resource serves the next call, and the others time out in time", async () => {
    const { pool, clock, lease, calls } = await createWaiting(4);
    let timeouts = 0;
    pool.on("timeout", () => void (++timeouts === 1 && lease.release()));
    clock.advance(97);
    await settled();
    expect(calls.map(({ value, error }) => [value?.value.id, error !== undefined])).toEqual([
      [undefined, true],
      [1, false],
      [undefined, false],
      [undefined, false],
    ]);
    clock.advance(2);
    await settled();
    expect(calls[2]!.error).toMatchObject({ code: "POOL_TIMEOUT" });
    expect(calls[3]!.error).toBeUndefined();
    clock.advance(1);
    await settled();
    expect(calls[3]!.error).toMatchObject({ code: "POOL_TIMEOUT" });
    expect(pool.stats()).toMatchObject({ timeouts: 3, waiting: 0, leased: 1 });
  });

  it("that serves the last call leaves no timeout behind for later calls", async () => {
    const { pool, clock, lease, calls } = await createWaiting(2);
    const stop = pool.on("timeout", () => lease.release());
    clock.advance(99);
    await settled();
    stop();
    expect(calls[1]!.value?.value.id).toBe(1);
    const later = watch(pool.acquire());
    clock.advance(99);
    await settled();
    expect(later).toEqual({});
    clock.advance(1);
    await settled();
    expect(later.error).toMatchObject({ code: "POOL_TIMEOUT" });
  });

  it.each([
    ["the usual timeout", undefined, 100],
    ["a timeout of its own", { timeout: 50 }, 50],
  ])("that calls acquire with %s does not delay waiters", async (_, options, timeout) => {
    const { pool, clock, calls } = await createWaiting(3);
    const asked: ReturnType<typeof watch>[] = [];
    const stop = pool.on("timeout", () => {
      asked.push(watch(pool.acquire(options)));
    });
    clock.advance(98);
    await settled();
    expect(calls.map(({ error }) => error !== undefined)).toEqual([true, false, false]);
    clock.advance(1);
    await settled();
    expect(calls.map(({ error }) => error !== undefined)).toEqual([true, true, false]);
    clock.advance(1);
    await settled();
    expect(calls.map(({ error }) => error !== undefined)).toEqual([true, true, true]);
    stop();
    expect(asked).toEqual([{}, {}, {}]);
    clock.advance(timeout - 3);
    await settled();
    expect(asked).toEqual([{}, {}, {}]);
    clock.advance(3);
    await settled();
    expect(asked.every(({ error }) => error !== undefined)).toBe(true);
    expect(pool.stats()).toMatchObject({ timeouts: 6, waiting: 0 });
  });

  it("that is called for several due timeouts may serve one of the calls", async () => {
    const { pool, clock, lease, calls } = await createWaiting(1);
    const others = [1, 2, 3].map(() => watch(pool.acquire()));
    let timeouts = 0;
    pool.on("timeout", () => void (++timeouts === 1 && lease.release()));
    clock.advance(100);
    await settled();
    expect(calls[0]!.error).toMatchObject({ code: "POOL_TIMEOUT" });
    expect(others.map(({ value }) => value !== undefined)).toEqual([true, false, false]);
    expect(others.slice(1).map(({ error }) => error !== undefined)).toEqual([true, true]);
    expect(pool.stats()).toMatchObject({ timeouts: 3, waiting: 0 });
  });
});

describe("suspend in the middle of a call", () => {
  const lifetimes = { maxLifetime: 100, lifetimeJitter: 0, order: "fifo" } as const;

  it.each([
    ["acquire", ({ pool }: Fixture): unknown => watch(pool.acquire())],
    ["acquire with a label", ({ pool }: Fixture): unknown => watch(pool.acquire({ label: "job" }))],
    ["tryAcquire", ({ pool }: Fixture): unknown => pool.tryAcquire()],
  ])("of %s that finds a resource too old: the next resource is not lent", async (_, ask) => {
    for (const validate of [undefined, (): boolean => true]) {
      const fixture: Fixture = createPool({
        ...lifetimes,
        validate,
        destroy: () => fixture.pool.suspend(),
      });
      const { pool, clock } = fixture;
      const first = await pool.acquire();
      clock.advance(50);
      const second = await pool.acquire();
      first.release();
      second.release();
      clock.jump(clock.now() + 60);
      ask(fixture);
      await settled();
      expect(pool.stats()).toMatchObject({ leased: 0, idle: 1, destroyed: 1, acquired: 2 });
    }
  });
});

describe("replaceAll in the middle of a check", () => {
  const answers = {
    "at once": (): true => true,
    later: (): Promise<true> => Promise.resolve(true),
    "much later": (): Promise<true> => settled().then(() => true),
  };
  const kinds = Object.entries(answers).flatMap(([when, answer]) =>
    (["validate", "prepare"] as const).map((name) => ({ name, when, answer })),
  );

  it.each(kinds)("that $name passes $when: the checked resource is not lent", async (kind) => {
    let isDue = false;
    const options: Partial<ResourcePoolOptions<Thing>> = {
      [kind.name]: () => {
        if (isDue) fixture.pool.replaceAll();
        isDue = false;
        return kind.answer();
      },
    };
    const fixture: Fixture = createPool({ max: 1, ...options });
    const { pool, destroyed } = fixture;
    (await pool.acquire()).release();
    isDue = true;
    const lease = await pool.acquire();
    expect(isDue).toBe(false);
    expect(lease.value.id).toBe(2);
    expect(ids(destroyed)).toEqual([1]);
    lease.release();
    expect((await pool.acquire()).value.id).toBe(2);
  });

  it.each(kinds.filter(({ name, when }) => name === "prepare" && when !== "much later"))(
    "of a new resource, prepared $when: it is not lent",
    async (kind) => {
      let isDue = true;
      const fixture: Fixture = createPool({
        max: 1,
        prepare: () => {
          if (isDue) fixture.pool.replaceAll();
          isDue = false;
          return kind.answer();
        },
      });
      expect((await fixture.pool.acquire()).value.id).toBe(2);
      expect(ids(fixture.destroyed)).toEqual([1]);
    },
  );

  it.each(kinds.filter(({ when }) => when === "at once"))(
    "of $name in tryAcquire: it is not lent",
    async (kind) => {
      let isDue = false;
      const fixture: Fixture = createPool({
        max: 1,
        [kind.name]: () => {
          if (isDue) fixture.pool.replaceAll();
          return true;
        },
      });
      const { pool } = fixture;
      (await pool.acquire()).release();
      isDue = true;
      expect(pool.tryAcquire()).toBeUndefined();
      expect(ids(fixture.destroyed)).toEqual([1]);
      expect(pool.stats()).toMatchObject({ total: 0, leased: 0 });
    },
  );
});

describe("A listener that releases a resource that is being discarded", () => {
  it.each(["release", "destroy"] as const)("by lease.%s ends it once", async (how) => {
    const { pool, destroyed } = createPool({ max: 1 });
    const released: string[] = [];
    const lease = await pool.acquire({ label: "job" });
    pool.on("release", ({ loan }) => {
      released.push(loan);
      lease[how]();
    });
    const waiting = watch(pool.acquire());
    expect(pool.discard(lease.value, "broken")).toBe(true);
    await settled();
    expect(released).toEqual(["1.1"]);
    expect(ids(destroyed)).toEqual([1]);
    expect(waiting.value?.value.id).toBe(2);
    expect(pool.stats()).toMatchObject({ total: 1, leased: 1, resetting: 0, checking: 0 });
    expect(pool.stats()).toMatchObject({ useTimes: { count: 1 } });
  });

  it("does not have it reset", async () => {
    const reset: number[] = [];
    const { pool, destroyed } = createPool({ max: 1, reset: ({ id }) => void reset.push(id) });
    const lease = await pool.acquire();
    pool.on("release", () => lease.release());
    pool.discard(lease.value);
    expect(reset).toEqual([]);
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 0, resetting: 0 });
  });
});

describe("close({ deadline: 0 }) in the middle of create", () => {
  it.each([
    ["at once", (thing: Thing): Thing => thing],
    ["later", (thing: Thing): Promise<Thing> => Promise.resolve(thing)],
  ])("that makes a resource %s waits for nothing, and destroys it", async (_, answer) => {
    let closing: ReturnType<typeof watch<unknown>> | undefined;
    const fixture: Fixture = createPool({
      max: 1,
      create: () => {
        closing = watch(fixture.pool.close({ deadline: 0 }));
        return answer({ id: 1 });
      },
    });
    const { pool, destroyed, clock } = fixture;
    const call = watch(pool.acquire());
    await settled();
    expect(call.error).toMatchObject({ code: "POOL_CLOSED" });
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 0, creating: 0, waiting: 0 });
    // The resource counts once.
    expect(closing!.value).toEqual({ destroyed: 0, left: [], abandoned: 1, failures: [] });
    expect(pool.stats()).toMatchObject({ created: 0, late: 1, destroyed: 0, createFailures: 1 });
    expect(clock.pending).toEqual([]);
  });

  it("that never ends does not keep the pool open", async () => {
    let closing: ReturnType<typeof watch<unknown>> | undefined;
    const fixture: Fixture = createPool({
      max: 1,
      create: () => {
        closing = watch(fixture.pool.close({ deadline: 0 }));
        return new Promise<Thing>(() => undefined);
      },
    });
    const call = watch(fixture.pool.acquire());
    await settled();
    expect(call.error).toMatchObject({ code: "POOL_CLOSED" });
    expect(closing!.value).toEqual({ destroyed: 0, left: [], abandoned: 1, failures: [] });
    expect(fixture.pool.stats()).toMatchObject({ total: 0, creating: 0 });
    expect(fixture.clock.pending).toEqual([]);
  });
});
