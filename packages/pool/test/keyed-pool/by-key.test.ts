import type { KeyedPoolOptions, Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { settled, watch } from "../resource-pool/pool-fixture.ts";
import { createKeyedPool, expectExact, type Thing } from "./keyed-fixture.ts";

type Options = Partial<KeyedPoolOptions<string, Thing>>;

const never = (): Promise<never> => new Promise(() => undefined);

describe("discard", () => {
  it("ends an idle and a leased resource of any key, and a lease of it then does nothing", async () => {
    const fixture = createKeyedPool();
    const { pool, destroyed } = fixture;
    const reasons: unknown[] = [];
    pool.on("destroy", ({ reason }, key) => reasons.push([key, reason]));
    const [a, b] = [await pool.acquire("a"), await pool.acquire("b")];
    const [first, second] = [a.value, b.value];
    a.release();
    expect(pool.discard(first)).toBe(true);
    expect(pool.discard(second, "closed by server")).toBe(true);
    expect(reasons).toEqual([
      ["a", "discarded"],
      ["b", "closed by server"],
    ]);
    expect(pool.keys()).toEqual([]);
    expect(() => b.release()).not.toThrow();
    expect(pool.discard(first)).toBe(false);
    expect(pool.discard(second)).toBe(false);
    expect(destroyed).toEqual(["a1", "b2"]);
    await expectExact(fixture, []);
  });

  it("returns false for other values, and never throws", async () => {
    const { pool } = createKeyedPool({
      destroy: () => {
        throw new Error("no");
      },
    });
    for (const value of [undefined, null, 1, "a", {}, Symbol("s")]) {
      expect(pool.discard(value as never)).toBe(false);
    }
    const { value } = await pool.acquire("a");
    expect(pool.discard(value)).toBe(true);
    await pool.close();
    expect(pool.discard(value)).toBe(false);
  });

  it.each<[string, Options, boolean]>([
    ["validated", { validate: never }, true],
    ["prepared", { prepare: (thing) => (thing.isOpen ? undefined : never()) }, true],
    ["reset", { reset: never }, false],
    ["validated on return", { validate: never, validateOnReturn: true }, false],
  ])(
    "ends a resource that is being %s, and a waiter gets another one at once",
    async (_n, options, isLent) => {
      const fixture = createKeyedPool({ max: 1, ...options });
      const { pool } = fixture;
      const lease = await pool.acquire("a");
      const { value } = lease;
      value.isOpen = false;
      lease.release();
      const waiting = watch(pool.acquire("a"));
      await settled();
      expect(pool.stats()).toMatchObject({
        leased: 0,
        waiting: 1,
        checking: isLent ? 1 : expect.anything(),
      });
      expect(pool.discard(value)).toBe(true);
      expect(pool.stats()).toMatchObject({ checking: 0, resetting: 0, total: 1 });
      expect(pool.stats().leased).toBeGreaterThanOrEqual(0);
      await settled();
      expect(waiting.value?.value.id).toBe(2);
      await expectExact(fixture, ["a"]);
    },
  );

  it("serves waiters of other keys", async () => {
    const fixture = createKeyedPool({ max: 1 });
    const { pool } = fixture;
    const a = await pool.acquire("a");
    const b = watch(pool.acquire("b"));
    pool.discard(a.value);
    await settled();
    expect(b.value?.value.key).toBe("b");
    await expectExact(fixture, ["b"]);
  });

  it("ends a resource in its create event, before the first loan", async () => {
    const fixture = createKeyedPool();
    const { pool } = fixture;
    let left = 1;
    pool.on("create", ({ value }) => {
      if (left-- > 0) expect(pool.discard(value)).toBe(true);
    });
    expect((await pool.acquire("a")).value.id).toBe(2);
    await expectExact(fixture, ["a"]);
  });
});

describe("statsOf", () => {
  it("returns the state of a key, and undefined if the pool does not have the key", async () => {
    const { pool, clock } = createKeyedPool();
    expect(pool.statsOf("a")).toBe(undefined);
    const a = await pool.acquire("a");
    await pool.use("b", () => undefined);
    clock.advance(10);
    expect(pool.statsOf("a")).toMatchObject({
      key: "a",
      leased: 1,
      total: 1,
      acquired: 1,
      all: { total: 2, max: 3 },
    });
    expect(pool.statsOf("b")).toMatchObject({ key: "b", idle: 1, useTimes: { count: 1, sum: 0 } });
    a.release();
    expect(pool.statsOf("a")).toMatchObject({ useTimes: { count: 1, sum: 10, max: 10 } });
    pool.evictIdle("a");
    expect(pool.statsOf("a")).toBe(undefined);
    expect(pool.statsOf("toString")).toBe(undefined);
    // The counts begin again.
    await pool.acquire("a");
    expect(pool.statsOf("a")).toMatchObject({ acquired: 1, created: 1 });
    expect(pool.stats()).toMatchObject({ acquired: 3, created: 3, destroyed: 1 });
  });
});

describe("stats", () => {
  it("adds up present and forgotten keys, with their times", async () => {
    const { pool, clock } = createKeyedPool({ max: 1, retry: { attempts: 1 } });
    for (let round = 1; round <= 3; round++) {
      for (const key of ["a", "b"]) {
        const lease = await pool.acquire(key);
        const waiting = pool.acquire(key, { timeout: 100 });
        clock.advance(10);
        lease.release();
        const second = await waiting;
        const late = watch(pool.acquire("late", { timeout: 5 }));
        clock.advance(5);
        await settled();
        expect(late.error).toMatchObject({ code: "POOL_TIMEOUT" });
        second.destroy();
      }
    }
    expect(pool.keys()).toEqual([]);
    expect(pool.stats()).toMatchObject({
      keys: 0,
      created: 6,
      destroyed: 6,
      acquired: 12,
      timeouts: 6,
      waits: 12,
      waitTimes: { count: 12, sum: 60, max: 10 },
      useTimes: { count: 12, sum: 90, max: 10 },
      useTime: 90,
    });
  });

  it("counts late resources and failures of destroy after the key was forgotten", async () => {
    const ends: (() => void)[] = [];
    const { pool, clock, destroyed } = createKeyedPool({
      createTimeout: 50,
      create: async (key) => {
        await new Promise<void>((resolve) => ends.push(resolve));
        return { key, id: 1, isOpen: true };
      },
      destroy: () => {
        throw new Error("no");
      },
    });
    const waiting = watch(pool.acquire("a"));
    clock.advance(50);
    await settled();
    expect(waiting.error).toMatchObject({ code: "CREATE_FAILED" });
    expect(pool.keys()).toEqual([]);
    ends.shift()!();
    await settled();
    expect(destroyed).toEqual(["a1"]);
    expect(pool.stats()).toMatchObject({
      late: 1,
      callbackFailures: 1,
      createFailures: 1,
      created: 0,
    });
  });
});

describe("replaceKey and replaceAll", () => {
  it("replace idle resources at once, and leased ones when they are returned", async () => {
    const fixture = createKeyedPool({ max: 4 });
    const { pool, destroyed } = fixture;
    const [a, b] = [await pool.acquire("a"), await pool.acquire("b")];
    await pool.use("a", () => undefined);
    expect(pool.replaceKey("a")).toBe(true);
    expect(destroyed).toEqual(["a3"]);
    expect(pool.replaceKey("z")).toBe(false);
    a.release();
    b.release();
    expect(destroyed).toEqual(["a3", "a1"]);
    expect(pool.keys()).toEqual(["b"]);
    const again = await pool.acquire("a");
    pool.replaceAll();
    expect(destroyed).toEqual(["a3", "a1", "b2"]);
    again.release();
    expect(pool.keys()).toEqual([]);
    await expectExact(fixture, []);
  });

  it("replace over a time, under load", async () => {
    const { pool, clock } = createKeyedPool({ max: 2 });
    const lent = new Set<number>();
    const round = async (): Promise<void> => {
      await Promise.all(
        ["a", "a", "b"].map((key) =>
          pool.use(key, async ({ id }) => {
            lent.add(id);
            await settled();
          }),
        ),
      );
    };
    await round();
    pool.replaceAll({ over: 100 });
    pool.replaceKey("a", { over: 50 });
    clock.advance(100);
    lent.clear();
    const { created } = pool.stats();
    await round();
    expect([...lent].every((id) => id > created)).toBe(true);
    expect(() => pool.replaceKey("a", { over: -1 })).toThrow(RangeError);
    expect(() => pool.replaceAll({ in: 1 } as never)).toThrow(TypeError);
  });
});

describe("suspendKey and resumeKey", () => {
  it("hold calls of a key, even if the pool does not have the key yet", async () => {
    const fixture = createKeyedPool();
    const { pool } = fixture;
    pool.suspendKey("a");
    const calls = ["a", "a", "b"].map((key) => watch(pool.acquire(key)));
    await settled();
    expect(pool.tryAcquire("a")).toBe(undefined);
    expect(calls.map(({ value }) => value !== undefined)).toEqual([false, false, true]);
    expect(pool.statsOf("a")).toMatchObject({ waiting: 2, total: 0 });
    pool.resumeKey("a");
    await settled();
    expect(calls.every(({ value }) => value !== undefined)).toBe(true);
    await expectExact(fixture, ["a", "a", "b"]);
  });

  it("let the timeouts run, and still hold after the key was forgotten", async () => {
    const { pool, clock } = createKeyedPool();
    await pool.use("a", () => undefined);
    pool.suspendKey("a");
    const late = watch(pool.acquire("a", { timeout: 10 }));
    clock.advance(10);
    await settled();
    expect(late.error).toMatchObject({ code: "POOL_TIMEOUT", pool: { key: "a" } });
    expect(pool.evictIdle("a")).toBe(1);
    expect(pool.keys()).toEqual([]);
    const waiting = watch(pool.acquire("a"));
    await settled();
    expect(waiting.value).toBe(undefined);
    pool.resumeKey("a");
    await settled();
    expect(waiting.value?.value.key).toBe("a");
    expect(() => pool.resumeKey("unknown")).not.toThrow();
  });

  it("combine with suspend and resume: a call is served if neither holds it", async () => {
    const { pool } = createKeyedPool();
    pool.suspendKey("a");
    pool.suspend();
    const calls = ["a", "b"].map((key) => watch(pool.acquire(key)));
    const served = async (): Promise<boolean[]> => {
      await settled();
      return calls.map(({ value }) => value !== undefined);
    };
    expect(await served()).toEqual([false, false]);
    pool.resume();
    expect(await served()).toEqual([false, true]);
    pool.suspend();
    pool.resumeKey("a");
    expect(await served()).toEqual([false, true]);
    pool.resume();
    expect(await served()).toEqual([true, true]);
  });

  it.each(["resume", "resumeKey", "resize"] as const)(
    "%s serves the call that has waited longest first",
    async (how) => {
      const fixture = createKeyedPool({ max: 4, maxPerKey: how === "resize" ? 1 : 4 });
      const { pool, clock } = fixture;
      // There is room for one, or an idle resource of the key that was used first.
      const held: Lease<Thing>[] = [];
      for (const key of ["a", "b", "x"]) held.push(await pool.acquire(key));
      if (how === "resume") pool.suspend();
      if (how === "resumeKey") for (const key of ["a", "b"]) pool.suspendKey(key);
      const order: string[] = [];
      for (const key of ["b", "a", "b"]) {
        clock.advance(1);
        void pool.acquire(key).then(() => order.push(key));
      }
      if (how === "resume") pool.resume();
      else if (how === "resize") pool.resize({ maxPerKey: 4 });
      else for (const key of ["b", "a"]) pool.resumeKey(key);
      await settled();
      expect(order).toEqual(["b"]);
      held[0]!.release();
      await settled();
      expect(order).toEqual(["b", "a"]);
      held[2]!.release();
      await settled();
      expect(order).toEqual(["b", "a", "b"]);
    },
  );

  it("resume lends an idle resource to the waiter of its key that came before the waiters of hungry keys", async () => {
    const ends: Record<string, () => void> = {};
    const fixture = createKeyedPool({
      create: async (key) => {
        await new Promise<void>((resolve) => (ends[key] = resolve));
        return { key, id: 1, isOpen: true };
      },
    });
    const { pool, destroyed } = fixture;
    const [, b] = ["c", "b"].map((key) => watch(pool.acquire(key)));
    pool.suspend();
    ends["b"]!();
    await settled();
    for (const key of ["d", "a"]) void watch(pool.acquire(key));
    pool.resume();
    await settled();
    expect(b!.value?.value.key).toBe("b");
    expect(destroyed).toEqual([]);
    expect(pool.stats()).toMatchObject({ leased: 1, creating: 2, waiting: 3 });
    await pool.close({ deadline: 0 });
  });

  it("resume lends no idle resource to a call while an older call of another key waits for room", async () => {
    const fixture = createKeyedPool({ max: 1 });
    const { pool, clock, destroyed } = fixture;
    await pool.use("a", () => undefined);
    pool.suspend();
    const b = watch(pool.acquire("b"));
    clock.advance(1);
    const a = watch(pool.acquire("a"));
    pool.resume();
    await settled();
    expect([b.value !== undefined, a.value !== undefined]).toEqual([true, false]);
    expect(destroyed).toEqual(["a1"]);
    b.value!.release();
    await settled();
    expect(a.value?.value.id).toBe(3);
    await expectExact(fixture, ["a"]);
  });
});

describe("resize", () => {
  it("to less under load destroys idle resources at once and returned ones later, down to the bound", async () => {
    const fixture = createKeyedPool({ max: 6 });
    const { pool, destroyed } = fixture;
    const leases: Lease<Thing>[] = [];
    for (const key of ["a", "b", "c", "a"]) leases.push(await pool.acquire(key));
    await pool.use("d", () => undefined);
    await pool.use("e", () => undefined);
    const waiting = watch(pool.acquire("f"));
    await settled();
    expect(waiting.value?.value.key).toBe("f");
    expect(destroyed).toEqual(["d5"]);
    pool.resize({ max: 2 });
    expect(destroyed).toEqual(["d5", "e6"]);
    for (const lease of leases) lease.release();
    await settled();
    expect(pool.stats()).toMatchObject({ total: 2, max: 2 });
    pool.resize({ max: 1 });
    expect(pool.stats().total - pool.stats().idle).toBeLessThanOrEqual(1);
    await settled();
    await expectExact(
      fixture,
      pool.holders().map(({ key }) => key),
    );
  });

  it("to more serves waiters, and maxPerKey bounds each key", async () => {
    const fixture = createKeyedPool({ max: 1 });
    const { pool } = fixture;
    await pool.acquire("a");
    const calls = ["a", "b", "b", "b"].map((key) => watch(pool.acquire(key)));
    const served = async (): Promise<boolean[]> => {
      await settled();
      return calls.map(({ value }) => value !== undefined);
    };
    pool.resize({ max: 5, maxPerKey: 1 });
    expect(await served()).toEqual([false, true, false, false]);
    pool.resize({ maxPerKey: 2 });
    expect(await served()).toEqual([true, true, true, false]);
    pool.resize({ maxPerKey: undefined, max: undefined });
    expect(await served()).toEqual([true, true, true, false]);
    pool.resize({ maxPerKey: Infinity });
    expect(await served()).toEqual([true, true, true, true]);
    await expectExact(fixture, ["a", "a", "b", "b", "b"]);
  });

  it("to more works while create suspends or closes other hungry keys", async () => {
    for (const name of ["suspend", "closeKey"] as const) {
      const fixture = createKeyedPool({
        max: 1,
        create: (key) => {
          if (key === "b") void fixture.pool[name]("c");
          return { key, id: 1, isOpen: true };
        },
      });
      const { pool } = fixture;
      const held = await pool.acquire("a");
      const calls = ["b", "c"].map((key) => watch(pool.acquire(key)));
      pool.resize({ max: 3 });
      await settled();
      pool.resume();
      await settled();
      expect(calls[0]!.value?.value.key).toBe("b");
      if (name === "suspend") expect(calls[1]!.value?.value.key).toBe("c");
      else expect(calls[1]!.error).toMatchObject({ code: "POOL_CLOSED" });
      held.release();
      await pool.close({ deadline: 0 });
      expect(pool.stats()).toMatchObject({ total: 0, waiting: 0 });
    }
  });

  it("of maxPerKey to less destroys idle resources above it", async () => {
    const fixture = createKeyedPool({ max: 6 });
    const { pool, destroyed } = fixture;
    const leases = await Promise.all(["a", "a", "a", "b"].map((key) => pool.acquire(key)));
    leases[0]!.release();
    leases[1]!.release();
    pool.resize({ maxPerKey: 1 });
    expect(destroyed).toEqual(["a1", "a2"]);
    expect(pool.statsOf("a")).toMatchObject({ max: 1, total: 1 });
    await expectExact(fixture, ["a", "b"]);
  });

  it("refuses invalid bounds, and then changes nothing", () => {
    const { pool } = createKeyedPool({ max: 4, maxPerKey: 2 });
    for (const bounds of [{ max: 0 }, { max: 1.5 }, { maxPerKey: 0 }, { max: 8, maxPerKey: -1 }]) {
      expect(() => pool.resize(bounds)).toThrow(RangeError);
    }
    expect(() => pool.resize({ min: 1 } as never)).toThrow(TypeError);
    expect(pool.stats()).toMatchObject({ max: 4 });
  });
});
