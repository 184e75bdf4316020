import type { KeyedPoolOptions, Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { settled, watch } from "../resource-pool/pool-fixture.ts";
import { createKeyedPool, expectExact, type KeyedFixture, type Thing } from "./keyed-fixture.ts";

type Options = Partial<KeyedPoolOptions<string, Thing>>;

const closed = (thing: Thing): void => {
  if (!thing.isOpen) throw new Error("closed");
};

/** The ways in which the last idle resource of a key fails when a call takes it. */
const FAILURES: [string, Options][] = [
  ["validate returns false", { validate: ({ isOpen }) => isOpen }],
  [
    "validate throws",
    {
      validate: (thing) => {
        closed(thing);
        return true;
      },
    },
  ],
  ["prepare throws", { prepare: closed }],
  ["its lifetime is over", { maxLifetime: 100, lifetimeJitter: 0 }],
  ["it was idle for too long", { idleTimeout: 100 }],
  [
    "validate returns false, in the order of return",
    { validate: ({ isOpen }) => isOpen, order: "fifo" },
  ],
];

/** Leaves one idle resource of the key "a", which fails when a call takes it. */
async function leaveFailing({ pool, clock }: KeyedFixture): Promise<void> {
  const lease = await pool.acquire("a");
  lease.value.isOpen = false;
  lease.release();
  // Without a timer, so that the call finds it.
  clock.jump(clock.now() + 100);
}

describe.each(FAILURES)("A key stays while a call into it runs, if %s", (_name, options) => {
  it("and acquire makes another resource", async () => {
    const fixture = createKeyedPool(options);
    await leaveFailing(fixture);
    const lease = await fixture.pool.acquire("a");
    expect(lease.value).toMatchObject({ id: 2, isOpen: true });
    await expectExact(fixture, ["a"]);
  });

  it("and use makes another resource, which is idle afterwards", async () => {
    const fixture = createKeyedPool(options);
    await leaveFailing(fixture);
    const held: unknown[] = [];
    expect(
      await fixture.pool.use("a", ({ id }) => {
        held.push(fixture.pool.holders().map(({ key }) => key));
        return id;
      }),
    ).toBe(2);
    expect(held).toEqual([["a"]]);
    expect(fixture.pool.stats()).toMatchObject({ keys: 1, idle: 1, leased: 0 });
    expect(fixture.pool.evictIdle("a")).toBe(1);
    await expectExact(fixture, []);
  });

  it("and tryAcquire returns undefined, and the key is forgotten", async () => {
    const fixture = createKeyedPool(options);
    await leaveFailing(fixture);
    expect(fixture.pool.tryAcquire("a")).toBe(undefined);
    expect(fixture.pool.keys()).toEqual([]);
    await expectExact(fixture, []);
  });

  it("and the bound of the key holds", async () => {
    const fixture = createKeyedPool({ ...options, maxPerKey: 1 });
    const { pool } = fixture;
    await leaveFailing(fixture);
    const lease = await pool.acquire("a");
    const second = watch(pool.acquire("a"));
    await settled();
    expect(second.value).toBe(undefined);
    expect(pool.stats()).toMatchObject({ total: 1, waiting: 1 });
    lease.release();
    await settled();
    expect(second.value?.value).toBe(lease.value);
    await expectExact(fixture, ["a"]);
  });

  it("and no other key waits for lost room", async () => {
    const fixture = createKeyedPool({ idleTimeout: Infinity, ...options, max: 1 });
    const { pool } = fixture;
    for (let i = 0; i < 3; i++) {
      await leaveFailing(fixture);
      await pool.use("a", () => undefined);
      const b = watch(pool.acquire("b"));
      await settled();
      expect(b.value?.value.key).toBe("b");
      b.value!.release();
    }
    await expectExact(fixture, []);
  });
});

/** Keeps a lease, unless the pool is closed by now. */
function keep(lease: Promise<Lease<Thing>>, leases: Lease<Thing>[]): void {
  lease.then(
    (each) => leases.push(each),
    () => undefined,
  );
}

/** The calls of callbacks and listeners to the pool while they run. */
const CALLS: [string, (fixture: KeyedFixture, key: string, leases: Lease<Thing>[]) => void][] = [
  ["acquires the same key", ({ pool }, key, leases) => keep(pool.acquire(key), leases)],
  ["acquires another key", ({ pool }, _key, leases) => keep(pool.acquire("z"), leases)],
  [
    "tries the same key",
    ({ pool }, key, leases) => {
      const lease = pool.tryAcquire(key);
      if (lease !== undefined) leases.push(lease);
    },
  ],
  ["evicts the same key", ({ pool }, key) => void pool.evictIdle(key)],
  ["evicts all", ({ pool }) => void pool.evictIdle()],
  ["replaces all", ({ pool }) => pool.replaceAll()],
  ["suspends and resumes the key", ({ pool }, key) => [pool.suspendKey(key), pool.resumeKey(key)]],
  ["resizes", ({ pool }) => pool.resize({ max: 3 })],
  ["closes another key", ({ pool }) => void pool.closeKey("z")],
  ["asks for stats", ({ pool }, key) => [pool.stats(), pool.statsOf(key), pool.holders()]],
];

describe.each(CALLS)("A callback that %s", (_name, call) => {
  it.each(["create", "validate", "prepare", "reset", "destroy", "acquire", "release"])(
    "from %s disturbs nothing",
    async (where) => {
      const leases: Lease<Thing>[] = [];
      let left = 3;
      const run = (key: string, from: string): void => {
        if (from !== where || key !== "a" || left-- <= 0) return;
        call(fixture, key, leases);
      };
      const fixture: KeyedFixture = createKeyedPool({
        create: (key) => {
          run(key, "create");
          fixture.made.push(`${key}${fixture.made.length + 1}`);
          return { key, id: fixture.made.length, isOpen: true };
        },
        validate: ({ isOpen }, key) => {
          run(key, "validate");
          return isOpen;
        },
        prepare: (_thing, key) => run(key, "prepare"),
        reset: (_thing, key) => run(key, "reset"),
        destroy: (_thing, _reason, key) => run(key, "destroy"),
      });
      const { pool } = fixture;
      pool.on("acquire", (_holder, key) => run(key, "acquire"));
      pool.on("release", (_holder, key) => run(key, "release"));
      for (let i = 0; i < 4; i++) {
        const lease = await pool.acquire("a");
        await settled();
        if (i % 2 === 0) lease.value.isOpen = false;
        lease.release();
        await settled();
        for (const each of leases.splice(0)) each.release();
      }
      const last = await pool.acquire("a");
      expect(last.value.key).toBe("a");
      await settled();
      await expectExact(fixture, ["a", ...leases.map(({ value }) => value.key)]);
    },
  );
});

describe("A key that is closed from within a call into it", () => {
  it.each(["validate", "destroy"])("by %s refuses the call, and opens again", async (where) => {
    let isClosing = true;
    const close = (key: string): void => {
      if (isClosing) reports.push(fixture.pool.closeKey(key));
      isClosing = false;
    };
    const reports: Promise<unknown>[] = [];
    const fixture: KeyedFixture = createKeyedPool({
      validate: ({ isOpen }, key) => {
        if (where === "validate") close(key);
        return isOpen;
      },
      destroy: (_thing, _reason, key) => {
        if (where === "destroy") close(key);
      },
    });
    const { pool } = fixture;
    await leaveFailing(fixture);
    await expect(pool.acquire("a")).rejects.toMatchObject({ code: "POOL_CLOSED" });
    expect(await Promise.all(reports)).toHaveLength(1);
    expect(pool.keys()).toEqual([]);
    expect((await pool.acquire("a")).value.id).toBe(2);
    await expectExact(fixture, ["a"]);
  });
});
