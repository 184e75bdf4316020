import { ResourcePool, type Clock } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

describe("A pool whose resources all fail", () => {
  it("does not loop without end if no new resource passes its check, and waits time out", async () => {
    for (const validate of [() => false, async () => false]) {
      const { pool, clock, made } = createPool({
        create: () => {
          if (made.length > 1000) throw new Error("made without end");
          const thing = { id: made.length + 1 };
          made.push(thing);
          return thing;
        },
        validate,
        min: 2,
        max: 3,
        acquireTimeout: 50,
      });
      await pool.ready();
      expect(pool.tryAcquire()).toBeUndefined();
      const waiting = watch(pool.acquire());
      await settled();
      for (let i = 0; i < 60; i++) {
        clock.advance(1);
        await settled();
      }
      expect(waiting).not.toEqual({});
      expect(made.length).toBeLessThan(1000);
    }
  });

  it("does not loop without end if creation fails forever without a delay", async () => {
    let calls = 0;
    const { pool, clock } = createPool({
      create: () => {
        if (++calls > 5000) throw new Error("tried without end");
        throw new Error("down");
      },
      retry: { delay: 0 },
      acquireTimeout: Infinity,
    });
    const waiting = watch(pool.acquire());
    for (let i = 0; i < 1500; i++) clock.advance(1);
    expect(calls).toBeGreaterThan(1400);
    expect(calls).toBeLessThan(1600);
    expect(waiting).toEqual({});
  });
});

describe("A callback", () => {
  it("that returns a thenable that throws has failed, and takes no room", async () => {
    let calls = 0;
    const hostile = {
      // oxlint-disable-next-line no-thenable
      get then(): never {
        throw new Error("no then");
      },
    };
    const { pool } = createPool({
      max: 1,
      create: () => (++calls === 1 ? (hostile as never) : { id: calls }),
      reset: () => hostile as never,
    });
    await expect(pool.acquire()).rejects.toMatchObject({ code: "CREATE_FAILED" });
    (await pool.acquire()).release();
    expect(pool.stats()).toMatchObject({ total: 0, callbackFailures: 1 });
  });

  it("may return a function that can be awaited", async () => {
    const later = Object.assign(() => undefined, {
      // oxlint-disable-next-line no-thenable
      then: (resolve: (thing: Thing) => void) => resolve({ id: 7 }),
    });
    const { pool } = createPool({ create: () => later as never });
    expect((await pool.acquire()).value).toEqual({ id: 7 });
  });
});

describe("A clock that steps back", () => {
  it("makes no wait and no loan negative", async () => {
    let now = 1000;
    const clock: Clock = { now: () => now };
    const { pool } = createPool({ max: 1, clock });
    const lease = await pool.acquire();
    const waiting = pool.acquire();
    now = 0;
    lease.release();
    (await waiting).release();
    const { waitTime, longestWait, useTime } = pool.stats();
    expect([waitTime, longestWait, useTime]).toEqual([0, 0, 0]);
  });
});

describe("The end of a turn", () => {
  it("comes even if the end of an earlier turn was lost with fake timers", async () => {
    const { setImmediate: real } = globalThis;
    globalThis.setImmediate = (() => undefined) as never;
    try {
      const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1 });
      (await pool.acquire()).release();
    } finally {
      globalThis.setImmediate = real;
    }
    const pool = new ResourcePool<Thing>({ create: () => ({ id: 1 }), max: 1 });
    const lease = await pool.acquire();
    await settled();
    await new Promise((resolve) => setTimeout(resolve, 2));
    expect(pool.holders()[0]!.age).toBeGreaterThan(0);
    lease.release();
  });
});
