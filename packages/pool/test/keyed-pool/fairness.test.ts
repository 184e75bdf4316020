import type { AcquireOptions, Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { settled, watch } from "../resource-pool/pool-fixture.ts";
import { createKeyedPool, expectExact, type KeyedFixture, type Thing } from "./keyed-fixture.ts";

/** Lets keys wait 1 ms apart. Returns the order in which they are served, and their leases. */
function waitFor(
  { pool, clock }: KeyedFixture,
  calls: readonly (readonly [key: string, options?: AcquireOptions<Thing>])[],
): { order: string[]; leases: Lease<Thing>[] } {
  const order: string[] = [];
  const leases: Lease<Thing>[] = [];
  calls.forEach(([key, options], at) => {
    clock.advance(1);
    pool.acquire(key, options).then(
      (lease) => {
        order.push(`${key}${at}`);
        leases.push(lease);
      },
      () => order.push(`${key}${at} refused`),
    );
  });
  return { order, leases };
}

/** Releases the leases, one after the other, until no call waits. */
async function serveAll({ pool }: KeyedFixture, leases: Lease<Thing>[]): Promise<void> {
  for (let left = 100; left > 0; left--) {
    await settled();
    const lease = leases.shift();
    if (lease === undefined) break;
    lease.release();
  }
  expect(pool.stats()).toMatchObject({ waiting: 0, leased: 0 });
}

const CALLBACKS = {
  none: {},
  "a slow destroy": { destroy: () => settled() },
  "a check of each loan": { validate: () => true },
  "a slow check": { validate: () => settled().then(() => true) },
  "a preparation": { prepare: () => undefined },
  "a slow reset": { reset: () => settled() },
};

describe.each(Object.entries(CALLBACKS))("With callbacks: %s", (_name, callbacks) => {
  it("the call that has waited longest is next, whatever its key", async () => {
    const fixture = createKeyedPool({ max: 1, ...callbacks });
    const held = await fixture.pool.acquire("a");
    const { order, leases } = waitFor(fixture, [["b"], ["a"], ["c"], ["a"], ["b"], ["b"]]);
    held.release();
    await settled();
    for (let i = 0; i < 6; i++) {
      while (order.length === i) await settled();
      leases[i]!.release();
    }
    expect(order).toEqual(["b0", "a1", "c2", "a3", "b4", "b5"]);
    while (fixture.pool.stats().closing + fixture.pool.stats().resetting > 0) await settled();
    await expectExact(fixture, []);
  });

  it("a call of a cold key is served between two workers on a hot key", async () => {
    const fixture = createKeyedPool({ max: 1, ...callbacks });
    const { pool } = fixture;
    let rounds = 0;
    let isOver = false;
    const work = async (): Promise<void> => {
      while (!isOver && rounds < 1000) {
        await pool.use("hot", async () => {
          rounds++;
          await settled();
        });
      }
    };
    const workers = [work(), work()];
    await settled();
    const before = rounds;
    expect(await pool.use("cold", ({ key }) => key)).toBe("cold");
    // The call that had the loan, and the call that waited before.
    expect(rounds - before).toBeLessThanOrEqual(2);
    isOver = true;
    await Promise.all(workers);
  });

  it("calls of one key that waited first get all the room", async () => {
    const fixture = createKeyedPool({ max: 4, ...callbacks });
    const { pool } = fixture;
    const held = await Promise.all(Array.from({ length: 4 }, () => pool.acquire("a")));
    const first = waitFor(fixture, [["b"], ["b"], ["b"], ["b"], ["a"], ["a"]]);
    for (const lease of held) lease.release();
    while (first.order.length < 4) await settled();
    expect(first.order).toEqual(["b0", "b1", "b2", "b3"]);
    expect(pool.statsOf("b")).toMatchObject({ total: 4, leased: 4 });
    expect(pool.stats()).toMatchObject({ waiting: 2, total: 4 });
    for (const lease of first.leases) lease.release();
    while (first.order.length < 6) await settled();
    expect(first.order.slice(4)).toEqual(["a4", "a5"]);
  });
});

describe("Priority and aging count over all keys", () => {
  it("a call of another key with a higher priority is served first", async () => {
    const fixture = createKeyedPool({ max: 1, aging: 1000 });
    const held = await fixture.pool.acquire("a");
    const { order, leases } = waitFor(fixture, [
      ["a"],
      ["b", { priority: 1 }],
      ["c", { priority: 2 }],
      ["a", { priority: 1 }],
      ["c"],
    ]);
    leases.push(held);
    await serveAll(fixture, leases);
    expect(order).toEqual(["c2", "b1", "a3", "a0", "c4"]);
    await expectExact(fixture, []);
  });

  it("a call that has waited for as long as the steps of priority count is served first", async () => {
    const fixture = createKeyedPool({ max: 1, aging: 10 });
    const held = await fixture.pool.acquire("a");
    const early = waitFor(fixture, [["b"]]);
    fixture.clock.advance(25);
    const late = waitFor(fixture, [
      ["a", { priority: 2 }],
      ["c", { priority: 3 }],
    ]);
    held.release();
    await settled();
    expect([early.order, late.order]).toEqual([[], ["c1"]]);
    late.leases[0]!.release();
    await settled();
    expect([early.order, late.order]).toEqual([["b0"], ["c1"]]);
  });
});

describe("No idle resource is destroyed", () => {
  /** A pool of two: "a" has a loan, "b" an idle resource when the caller of "c" has given up. */
  it.each(["abort", "timeout"])("for a caller that has given up by %s", async (how) => {
    const fixture = createKeyedPool({ max: 2 });
    const { pool, clock, destroyed } = fixture;
    await pool.acquire("a");
    const b = await pool.acquire("b");
    const controller = new AbortController();
    const options = how === "abort" ? { signal: controller.signal } : { timeout: 10 };
    const c = watch(pool.acquire("c", options));
    await settled();
    controller.abort(new Error("gone"));
    clock.advance(10);
    await settled();
    expect(c.error).toBeInstanceOf(Error);
    expect(pool.keys()).toEqual(["a", "b"]);
    b.release();
    await settled();
    expect(destroyed).toEqual([]);
    expect(pool.stats()).toMatchObject({ total: 2, idle: 1 });
    await expectExact(fixture, ["a"]);
  });

  it("for one of several callers of a key that has given up", async () => {
    const fixture = createKeyedPool({ max: 2 });
    const { pool, destroyed } = fixture;
    const [a, b] = [await pool.acquire("a"), await pool.acquire("b")];
    const controller = new AbortController();
    const gone = watch(pool.acquire("c", { signal: controller.signal }));
    const stays = watch(pool.acquire("c"));
    await settled();
    controller.abort();
    await settled();
    expect(gone.error).toMatchObject({ name: "AbortError" });
    a.release();
    b.release();
    await settled();
    expect(stays.value?.value.key).toBe("c");
    expect(destroyed).toEqual(["a1"]);
    expect(pool.statsOf("b")).toMatchObject({ idle: 1 });
  });

  it("for a key whose own bound is reached", async () => {
    const fixture = createKeyedPool({ max: 2, maxPerKey: 1 });
    const { pool, destroyed } = fixture;
    const a = await pool.acquire("a");
    await pool.use("b", () => undefined);
    const second = watch(pool.acquire("a"));
    await settled();
    expect(destroyed).toEqual([]);
    a.release();
    await settled();
    expect(second.value).toBeDefined();
    expect(pool.statsOf("b")).toMatchObject({ idle: 1 });
  });

  it("for a key that makes as many resources as it may at a time", async () => {
    const ends: (() => void)[] = [];
    const fixture = createKeyedPool({
      max: 2,
      createConcurrency: 1,
      create: async (key) => {
        if (key === "c") await new Promise<void>((resolve) => ends.push(resolve));
        return { key, id: 0, isOpen: true };
      },
    });
    const { pool, destroyed } = fixture;
    await Promise.all(["a", "b"].map((key) => pool.use(key, settled)));
    const waiting = ["c", "c"].map((key) => watch(pool.acquire(key)));
    await settled();
    expect(destroyed).toEqual(["a0"]);
    ends.shift()!();
    await settled();
    expect(waiting[0]!.value).toBeDefined();
    expect(destroyed).toEqual(["a0", "b0"]);
  });

  it.each([
    ["an open breaker", { breaker: { failures: 1, reset: 1000 } }],
    ["a delay after a failure", { retry: { delay: 1000, jitter: 0 } }],
  ])("for a key with %s, until it may try", async (_name, options) => {
    const fixture = createKeyedPool({
      max: 2,
      ...options,
      create: (key) => {
        if (key === "down") throw new Error("down");
        return { key, id: 0, isOpen: true };
      },
    });
    const { pool, clock, destroyed } = fixture;
    await pool.use("a", () => undefined);
    const down = watch(pool.acquire("down"));
    await settled();
    await pool.use("b", () => undefined);
    const again = watch(pool.acquire("down"));
    await settled();
    expect(destroyed).toEqual([]);
    clock.advance(100);
    await settled();
    expect(destroyed).toEqual([]);
    expect(pool.stats().idle).toBe(2);
    await pool.close();
    await settled();
    expect(down.error).toBeDefined();
    expect(again.error).toBeDefined();
  });

  it("for a key that is suspended", async () => {
    const fixture = createKeyedPool({ max: 1 });
    const { pool, destroyed } = fixture;
    const b = await pool.acquire("b");
    const a = watch(pool.acquire("a"));
    await settled();
    pool.suspendKey("a");
    b.release();
    await settled();
    expect(destroyed).toEqual([]);
    expect(pool.statsOf("b")).toMatchObject({ idle: 1 });
    pool.resumeKey("a");
    await settled();
    expect(a.value?.value.key).toBe("a");
  });

  it("twice for a call whose room is on its way", async () => {
    const ends: (() => void)[] = [];
    const fixture = createKeyedPool({
      destroy: () => new Promise<void>((resolve) => ends.push(resolve)),
    });
    const { pool, destroyed } = fixture;
    const leases = await Promise.all(["a", "b", "c"].map((key) => pool.acquire(key)));
    const d = watch(pool.acquire("d"));
    for (const lease of leases) lease.release();
    await settled();
    expect(destroyed).toEqual(["a1"]);
    expect(d.value).toBe(undefined);
    // A younger call of a key with an idle resource need not wait for the room.
    expect((await pool.acquire("b")).value.key).toBe("b");
    ends.shift()!();
    await settled();
    expect(d.value?.value.key).toBe("d");
    expect(destroyed).toEqual(["a1"]);
  });
});

describe("The room of an idle resource", () => {
  it("is taken from the key whose last return is the oldest, also after a check to keep it alive", async () => {
    for (const validate of [() => true, () => settled().then(() => true)]) {
      const fixture = createKeyedPool({ max: 3, keepAlive: 100, validate });
      const { pool, clock, destroyed } = fixture;
      await pool.use("a", settled);
      clock.advance(50);
      await pool.use("b", settled);
      clock.advance(20);
      await pool.use("c", settled);
      // The time of "a" alone.
      clock.advance(35);
      await settled();
      await settled();
      await pool.acquire("d");
      expect(destroyed).toEqual(["a1"]);
    }
  });

  it("is taken while other resources of the key are checked for waiters", async () => {
    const checks: (() => void)[] = [];
    let isSlow = false;
    const fixture = createKeyedPool({
      max: 2,
      prepare: () => (isSlow ? new Promise<void>((resolve) => checks.push(resolve)) : undefined),
    });
    const { pool } = fixture;
    const [one, two] = [await pool.acquire("a"), await pool.acquire("a")];
    one.release();
    isSlow = true;
    const served = watch(pool.acquire("a"));
    await settled();
    const b = watch(pool.acquire("b"));
    isSlow = false;
    two.release();
    await settled();
    expect(b.value?.value.key).toBe("b");
    for (const end of checks) end();
    await settled();
    expect(served.value?.value.key).toBe("a");
  });
});

describe("At the end of a suspension", () => {
  it("the room of the first returned resource goes to a key that has waited longer, and others serve their own keys", async () => {
    const fixture = createKeyedPool({ max: 3, aging: 1000 });
    const { pool, destroyed } = fixture;
    const [b, d] = await Promise.all([pool.acquire("b"), pool.acquire("d"), pool.acquire("c")]);
    pool.suspend();
    const calls = (["d", "b"] as const).map((key) => watch(pool.acquire(key)));
    const oldest = watch(pool.acquire("a", { priority: 2 }));
    b.release();
    d.release();
    pool.resume();
    await settled();
    expect(destroyed).toEqual(["b1"]);
    expect(oldest.value?.value.key).toBe("a");
    expect(calls.map(({ value }) => value?.value.id)).toEqual([2, undefined]);
    oldest.value!.release();
    await settled();
    expect(calls[1]!.value?.value.key).toBe("b");
  });
});

describe("Many keys", () => {
  it("are served in the order in which they came, with one room and with three", async () => {
    for (const max of [1, 3]) {
      const fixture = createKeyedPool({ max });
      const { pool } = fixture;
      const held = await Promise.all(Array.from({ length: max }, () => pool.acquire("first")));
      const keys = Array.from({ length: 300 }, (_, at) => `k${(at * 7) % 50}`);
      const { order, leases } = waitFor(
        fixture,
        keys.map((key) => [key] as const),
      );
      for (const lease of held) lease.release();
      for (let at = 0; at < keys.length; at++) {
        while (leases[at] === undefined) await settled();
        leases[at]!.release();
      }
      await settled();
      expect(order).toEqual(keys.map((key, at) => `${key}${at}`));
      await expectExact(fixture, []);
    }
  });
});
