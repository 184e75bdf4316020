import { AsyncLocalStorage } from "node:async_hooks";
import { PoolExhaustedError, ResourcePool, StaleLeaseError, type PoolEvents } from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

describe("A creation that fails", () => {
  it("rejects the oldest waiter alone, and the next is tried at once", async () => {
    let calls = 0;
    const { pool } = createPool({
      max: 1,
      create: async () => {
        if (++calls === 1) throw new Error("first");
        return { id: calls };
      },
    });
    const [a, b] = [watch(pool.acquire()), watch(pool.acquire())];
    await settled();
    expect(a.error).toMatchObject({ code: "CREATE_FAILED" });
    expect(b.value?.value.id).toBe(2);
  });

  it("is tried again at growing intervals with retry", async () => {
    const times: number[] = [];
    const { pool, clock } = createPool({
      create: () => {
        times.push(clock.now());
        if (times.length < 5) throw new Error("down");
        return { id: times.length };
      },
      retry: { delay: 100, maxDelay: 300, jitter: 0 },
    });
    const waiting = watch(pool.acquire());
    for (let i = 0; i < 20; i++) {
      clock.advance(100);
      await settled();
    }
    expect(times).toEqual([0, 100, 300, 600, 900]);
    expect(waiting.value?.value.id).toBe(5);
  });

  it("ends the wait after retry.attempts, or at the timeout with its cause", async () => {
    const boom = new Error("boom");
    const create = (): Promise<Thing> => Promise.reject(boom);
    const few = createPool({ create, retry: { delay: 10, attempts: 3 } });
    const given = watch(few.pool.acquire());
    const late = createPool({ create, retry: {}, acquireTimeout: 1000 });
    const timed = watch(late.pool.acquire());
    for (let i = 0; i < 100; i++) {
      few.clock.advance(10);
      late.clock.advance(10);
      await settled();
    }
    expect(given.error).toMatchObject({ code: "CREATE_FAILED", failures: 3, cause: boom });
    expect(timed.error).toMatchObject({ code: "POOL_TIMEOUT", cause: boom });
  });

  it("never keeps the event loop from its timers, even if it fails forever", async () => {
    for (const retry of [undefined, { delay: 0 }]) {
      let calls = 0;
      const pool = new ResourcePool<Thing>({
        create: () => {
          calls++;
          throw new Error("no");
        },
        max: 2,
        min: 1,
        retry,
      });
      let isOver = false;
      const stubborn = (async () => {
        while (!isOver) await pool.acquire({ timeout: 20 }).catch(() => undefined);
      })();
      // The timers of the machine, which do not fire while microtasks follow each other without
      // end.
      do await new Promise((resolve) => setTimeout(resolve, 1));
      while (calls < 2);
      isOver = true;
      await stubborn;
      expect(calls).toBeGreaterThan(1);
      await pool.close();
    }
  });

  it("counts as failed if the new resource cannot be prepared, and is not tried without end", async () => {
    const { pool, made } = createPool({ prepare: () => Promise.reject(new Error("no")) });
    await expect(pool.acquire()).rejects.toMatchObject({ code: "CREATE_FAILED" });
    expect(made.length).toBe(1);
    expect(pool.stats().total).toBe(0);
  });

  it("opens the breaker, which fails all calls at once until a probe succeeds", async () => {
    let isUp = false;
    let calls = 0;
    const { pool, clock } = createPool({
      max: 5,
      create: async () => {
        calls++;
        if (!isUp) throw new Error("down");
        return { id: calls };
      },
      breaker: { failures: 3, reset: 1000 },
    });
    const first = [1, 2, 3, 4, 5].map(() => watch(pool.acquire()));
    await settled();
    expect(first.map(({ error }) => (error as { code: string }).code)).toEqual(
      Array.from({ length: 5 }, () => "CREATE_FAILED"),
    );
    const before = calls;
    await expect(pool.acquire()).rejects.toMatchObject({
      isOpen: true,
      retryIn: 1000,
      cause: { message: "down" },
    });
    expect(calls).toBe(before);
    clock.advance(1000);
    // Half open: one creation for all waiters, and its failure fails all of them.
    const probing = [watch(pool.acquire()), watch(pool.acquire())];
    await settled();
    expect(calls).toBe(before + 1);
    expect(probing.every(({ error }) => error !== undefined)).toBe(true);
    isUp = true;
    clock.advance(1000);
    const again = [watch(pool.acquire()), watch(pool.acquire())];
    expect(calls).toBe(before + 2);
    await settled();
    await settled();
    expect(again.every(({ value }) => value !== undefined)).toBe(true);
  });

  it("aborts its signal at its timeout, and a resource that it still makes is destroyed", async () => {
    let signal: AbortSignal | undefined;
    let finish!: (thing: Thing) => void;
    const { pool, clock, destroyed } = createPool({
      max: 1,
      createTimeout: 100,
      create: (context) => {
        signal = context.signal as AbortSignal;
        return new Promise<Thing>((resolve) => (finish = resolve));
      },
    });
    const waiting = watch(pool.acquire());
    clock.advance(100);
    await settled();
    expect(signal?.aborted).toBe(true);
    expect(waiting.error).toMatchObject({
      code: "CREATE_FAILED",
      cause: { code: "POOL_TIMEOUT", operation: "create" },
    });
    expect(pool.stats().total).toBe(0);
    finish({ id: 9 });
    await settled();
    expect(destroyed).toEqual([{ id: 9 }]);
    expect(pool.stats()).toMatchObject({ total: 0, late: 1 });
  });

  it("runs at most createConcurrency times at once, and only as many times as needed", async () => {
    const finish: ((thing: Thing) => void)[] = [];
    const { pool } = createPool({
      max: 10,
      createConcurrency: 2,
      create: () => new Promise<Thing>((resolve) => finish.push(resolve)),
    });
    const all = Array.from({ length: 6 }, () => watch(pool.acquire()));
    expect(pool.stats()).toMatchObject({ creating: 2, waiting: 6 });
    finish[0]!({ id: 1 });
    await settled();
    expect(pool.stats()).toMatchObject({ creating: 2, leased: 1 });
    // A returned resource serves the next calls. Begun creations are finished, and no more are
    // begun.
    for (let i = 0; i < 5; i++) {
      all.find(({ value }) => value !== undefined && pool.holders().length > 0);
      const served = all.filter(({ value }) => value !== undefined).at(-1)!;
      served.value!.release();
      await settled();
    }
    expect(pool.stats()).toMatchObject({ creating: 2, waiting: 0, leased: 1 });
    expect(finish.length).toBe(3);
  });
});

describe("Resources", () => {
  it("are created outside the async context of the caller", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { pool } = createPool({
      create: () => {
        seen.push(storage.getStore());
        return { id: 1 };
      },
    });
    const inside = await storage.run("request 1", async () => {
      const lease = await pool.acquire();
      lease.release();
      return storage.getStore();
    });
    expect(seen).toEqual([undefined]);
    expect(inside).toBe("request 1");
  });

  it("may be equal, falsy or the same: each loan has a lease of its own", async () => {
    for (const value of [undefined, null, 0, "", false]) {
      const pool = new ResourcePool<unknown>({ create: () => value, max: 2 });
      const [a, b] = await Promise.all([pool.acquire(), pool.acquire()]);
      expect([a.value, b.value]).toEqual([value, value]);
      a.release();
      expect(() => a.release()).toThrow(StaleLeaseError);
      expect(pool.stats()).toMatchObject({ leased: 1, idle: 1 });
      b.release();
    }
  });

  it("are destroyed if reset fails, and no longer count if destroy fails", async () => {
    const errors: unknown[] = [];
    const { pool, clock } = createPool({
      max: 1,
      reset: () => Promise.reject(new Error("dirty")),
      destroy: () => new Promise<void>(() => undefined),
      destroyTimeout: 50,
    });
    pool.on("error", ({ operation, error }) => errors.push([operation, (error as Error).message]));
    (await pool.acquire()).release();
    await settled();
    expect(pool.stats()).toMatchObject({ total: 1, closing: 1 });
    clock.advance(50);
    expect(pool.stats()).toMatchObject({ total: 0, callbackFailures: 2 });
    expect(errors[0]).toEqual(["reset", "dirty"]);
    expect(errors[1]).toMatchObject(["destroy", expect.stringContaining("50 ms")]);
  });
});

describe("use", () => {
  it("gives its resource back once, whatever happens", async () => {
    const { pool } = createPool({ max: 1 });
    expect(await pool.use(({ id }) => id)).toBe(1);
    await expect(
      pool.use(() => {
        throw new Error("sync");
      }),
    ).rejects.toThrow("sync");
    await expect(pool.use(() => Promise.reject(new Error("async")))).rejects.toThrow("async");
    await pool.use((_thing, lease) => lease.release());
    expect(pool.stats()).toMatchObject({ idle: 1, leased: 0, created: 1 });
    await pool.use((_thing, lease) => lease.destroy("broken"));
    expect(pool.stats()).toMatchObject({ idle: 0, total: 0 });
    await expect(pool.use(1 as never)).rejects.toThrow(TypeError);
  });

  it("inside of use is refused if no holder could give back, and only then", async () => {
    const { pool } = createPool({ max: 2, scopes: asyncLoanScopes() });
    // One of two resources is free: no deadlock.
    expect(await pool.use((a) => pool.use((b) => a.id + b.id))).toBe(3);
    // Two holders each want another resource: the last call is refused, and the other is served.
    const results = await Promise.allSettled(
      ["x", "y"].map((label) =>
        pool.use(
          async () => {
            await settled();
            return pool.use(() => label);
          },
          { label },
        ),
      ),
    );
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.length).toBe(1);
    expect(refused[0]!.reason).toBeInstanceOf(PoolExhaustedError);
    expect(refused[0]!.reason).toMatchObject({ reason: "deadlock" });
    expect((refused[0]!.reason as PoolExhaustedError).holders.map(({ label }) => label)).toEqual([
      "x",
      "y",
    ]);
    // A loan outside of use may end at any time.
    const loose = await pool.acquire();
    const nested = pool.use(() => pool.use(({ id }) => id));
    await settled();
    loose.release();
    expect(await nested).toBeGreaterThan(0);
    expect(pool.stats()).toMatchObject({ leased: 0, waiting: 0 });
  });
});

describe("Overload", () => {
  it("is shed: calls that waited too long are refused while no call is served in time", async () => {
    const { pool, clock } = createPool({ max: 1, codel: { target: 10, interval: 100 } });
    const held = await pool.acquire();
    const early = watch(pool.acquire());
    clock.advance(60);
    const later = watch(pool.acquire());
    await settled();
    expect([early, later]).toEqual([{}, {}]);
    clock.advance(50);
    await settled();
    expect(early.error).toMatchObject({ code: "POOL_EXHAUSTED", reason: "overload" });
    const fresh = watch(pool.acquire());
    clock.advance(5);
    held.release();
    await settled();
    expect(later.error).toMatchObject({ reason: "overload" });
    expect(fresh.value?.value.id).toBe(1);
    expect(pool.stats().refused).toBe(2);
  });

  it("is not a burst", async () => {
    const { pool, clock } = createPool({ max: 1, codel: { target: 10, interval: 100 } });
    const held = await pool.acquire();
    const waits = Array.from({ length: 5 }, () => pool.use(() => undefined));
    clock.advance(90);
    held.release();
    await Promise.all(waits);
    expect(pool.stats().refused).toBe(0);
  });
});

describe("close", () => {
  it("waits for loans until the deadline, and reports the loans that are left", async () => {
    const { pool, clock, destroyed } = createPool();
    const [a, b] = await Promise.all([pool.acquire({ label: "a" }), pool.acquire({ label: "b" })]);
    const closing = watch(pool.close({ deadline: 100 }));
    a.release();
    clock.advance(99);
    await settled();
    expect(closing).toEqual({});
    expect(destroyed.length).toBe(1);
    clock.advance(1);
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 2, left: [{ label: "b", age: 100 }] });
    expect(() => b.release()).toThrow(StaleLeaseError);
    expect(() => b[Symbol.dispose]()).not.toThrow();
    expect(await pool.close()).toBe(closing.value);
    await expect(pool.ready()).rejects.toMatchObject({ code: "POOL_CLOSED" });
  });

  it("aborts creations, and ends even if create and destroy never do", async () => {
    let signal: AbortSignal | undefined;
    const { pool, clock } = createPool({
      create: (context) => {
        signal = context.signal as AbortSignal;
        return new Promise<Thing>(() => undefined);
      },
    });
    const waiting = watch(pool.acquire());
    const closing = watch(pool.close({ deadline: 10 }));
    await settled();
    expect(signal?.aborted).toBe(true);
    expect(waiting.error).toMatchObject({ code: "POOL_CLOSED" });
    clock.advance(10);
    await settled();
    expect(closing.value).toMatchObject({ abandoned: 1, destroyed: 0 });
    const failing = createPool({ destroy: () => Promise.reject(new Error("stuck")) });
    (await failing.pool.acquire()).release();
    expect((await failing.pool.close()).failures).toMatchObject([{ message: "stuck" }]);
  });

  it("may be called by any callback", async () => {
    for (const name of ["validate", "prepare", "reset", "destroy"] as const) {
      let isClosed = false;
      const { pool, destroyed } = createPool({
        destroy: (thing) => {
          destroyed.push(thing);
          if (name === "destroy" && !isClosed) close();
        },
        ...(name !== "destroy" && {
          [name]: () => {
            close();
            return true;
          },
        }),
      });
      const close = (): void => {
        isClosed = true;
        void pool.close({ deadline: 0 });
      };
      const first = await pool.acquire().catch(() => undefined);
      if (name === "destroy") first?.destroy();
      else first?.[Symbol.dispose]();
      await pool.acquire().then(
        (lease) => lease.release(),
        () => undefined,
      );
      await settled();
      expect(isClosed).toBe(true);
      expect(pool.stats()).toMatchObject({ total: 0, leased: 0, waiting: 0 });
      expect(destroyed.length).toBe(1);
    }
  });

  it("happens at the end of an await using block", async () => {
    const { pool } = createPool();
    {
      await using owned = pool;
      await using lease = await owned.acquire();
      expect(lease.value.id).toBe(1);
    }
    await expect(pool.acquire()).rejects.toMatchObject({ code: "POOL_CLOSED" });
  });
});

describe("Events", () => {
  it("report changes in their order", async () => {
    const { pool, clock } = createPool({ max: 1, leakThreshold: 100 });
    const heard: string[] = [];
    const note =
      (name: string) =>
      (event: object): void =>
        void heard.push("kind" in event ? `${name} ${String(event.kind)}` : name);
    for (const name of ["create", "destroy", "acquire", "release", "timeout", "leak"] as const) {
      pool.on(name, note(name));
    }
    const lease = await pool.acquire();
    const waiting = watch(pool.acquire({ timeout: 10 }));
    clock.advance(100);
    await settled();
    expect(waiting.error).toBeDefined();
    lease.release();
    pool.evictIdle();
    expect(heard).toEqual([
      "create",
      "acquire",
      "timeout",
      "leak held",
      "leak returned",
      "release",
      "destroy",
    ]);
  });

  it("reach every listener, and a listener that throws is an error event", async () => {
    const { pool } = createPool();
    const heard: PoolEvents<Thing>["error"][] = [];
    let others = 0;
    pool.on("acquire", () => {
      throw new Error("bad listener");
    });
    const off = pool.on("acquire", () => others++);
    pool.on("error", (event) => heard.push(event));
    const lease = await pool.acquire();
    off();
    lease.release();
    await pool.acquire();
    expect(others).toBe(1);
    expect(heard).toMatchObject([
      { operation: "listener of acquire", error: { message: "bad listener" } },
      { operation: "listener of acquire" },
    ]);
    expect(() => pool.on("borrow" as never, () => undefined)).toThrow(RangeError);
    expect(() => pool.on("acquire", 1 as never)).toThrow(TypeError);
  });

  it("show the stacks of both loans in debug mode", async () => {
    const { pool } = createPool({ max: 1, debug: true });
    const old = await pool.acquire();
    old.release();
    const current = await pool.acquire();
    expect(pool.holders()[0]?.stack).toContain("failures.test.ts");
    const error = ((): StaleLeaseError => {
      try {
        return old.value as never;
      } catch (thrown) {
        return thrown as StaleLeaseError;
      }
    })();
    expect(error).toBeInstanceOf(StaleLeaseError);
    expect(error.stale.borrowed).toContain("failures.test.ts");
    expect(error.stale.returned).toContain("failures.test.ts");
    expect(error.holder?.borrowed).toContain("failures.test.ts");
    current.release();
  });
});

describe("Bad input", () => {
  const create = (): Thing => ({ id: 1 });

  it.each([
    [{ max: 1 }, TypeError, "create is undefined"],
    [{ create }, TypeError, "max is undefined"],
    [{ create, max: 0 }, RangeError, "max is 0"],
    [{ create, max: 1.5 }, RangeError, "max is 1.5"],
    [{ create, max: 1, min: 2 }, RangeError, "min is 2"],
    [{ create, max: 3, min: 2, maxIdle: 1 }, RangeError, "maxIdle is 1"],
    [{ create, max: 1, idleTimeout: -1 }, RangeError, "idleTimeout is -1"],
    [{ create, max: 1, acquireTimeout: NaN }, RangeError, "acquireTimeout is NaN"],
    [{ create, max: 1, acquireTimeout: "1s" }, TypeError, 'acquireTimeout is "1s"'],
    [{ create, max: 1, lifetimeJitter: 2 }, RangeError, "lifetimeJitter is 2"],
    [{ create, max: 1, keepAlive: 5 }, TypeError, "keepAlive is set without validate"],
    [{ create, max: 1, validate: true }, TypeError, "validate is true"],
    [{ create, max: 1, order: "random" }, RangeError, 'order is "random"'],
    [{ create, max: 1, retry: { tries: 2 } }, TypeError, 'option "tries" is not known'],
    [{ create, max: 1, breaker: { failures: 0, reset: 1 } }, RangeError, "breaker.failures is 0"],
    [{ create, max: 1, codel: { target: 1 } }, TypeError, "codel.interval is undefined"],
    [{ create, max: 1, clock: {} }, TypeError, "clock.now is undefined"],
    [{ create, max: 1, retry: 5 }, TypeError, "options are 5"],
    [{ create, max: 1, retry: null }, TypeError, "options are null"],
    [{ create, max: 1, maxIdle: null }, TypeError, "maxIdle is null"],
    [{ create, max: 1, maxLifetime: 0 }, RangeError, "maxLifetime is 0"],
    [{ create, max: 1, sampleStacks: -1, debug: true }, RangeError, "sampleStacks is -1"],
    [{ create, max: 1, scopes: {} }, TypeError, "scopes.current is undefined"],
    [{ create, max: 1, scopes: null }, TypeError, "scopes is null"],
    [{ create, max: 1, seed: null }, TypeError, "seed is null"],
    [{ create, max: 1, connections: 2 }, TypeError, 'option "connections" is not known'],
    [undefined, TypeError, "options are undefined"],
  ])("%o is refused", (options, type, message) => {
    expect(() => new ResourcePool(options as never)).toThrow(type);
    expect(() => new ResourcePool(options as never)).toThrow(message);
  });

  it("of acquire rejects, and takes no place", async () => {
    const { pool } = createPool();
    for (const options of [
      { timeout: -1 },
      { timeout: "1" },
      { priority: NaN },
      { signal: {} },
      { signal: { aborted: false, addEventListener: () => undefined } },
      { label: 1 },
      { name: "x" },
      null,
    ]) {
      await expect(pool.acquire(options as never)).rejects.toThrow(/Cannot acquire resource/);
    }
    const aborted = AbortSignal.abort(new Error("gone"));
    await expect(pool.acquire({ signal: aborted })).rejects.toThrow("gone");
    await expect(pool.close({ deadline: -1 })).rejects.toThrow(RangeError);
    expect(pool.stats()).toMatchObject({ total: 0, waiting: 0 });
  });

  it("a timeout of 0 fails at once if nothing is ready", async () => {
    const { pool } = createPool({ max: 1 });
    await expect(pool.acquire({ timeout: 0 })).rejects.toMatchObject({ code: "POOL_TIMEOUT" });
    await settled();
    const lease = await pool.acquire({ timeout: 0 });
    lease.release();
  });
});
