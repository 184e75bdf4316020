import { asyncLoanScopes } from "@heapwise/pool/node";
import { describe, expect, it } from "vitest";
import { settled, watch } from "../resource-pool/pool-fixture.ts";
import { createKeyedPool, type KeyedFixture } from "./keyed-fixture.ts";

describe("A pool that other keys have filled", () => {
  it("names the key, the numbers of all keys and the loans of other keys if a call times out", async () => {
    const { pool, clock } = createKeyedPool({ max: 2, name: "db" });
    await pool.acquire("a", { label: "report" });
    clock.advance(5);
    await pool.acquire("b", { label: "job" });
    const waiting = watch(pool.acquire("c", { timeout: 10 }));
    clock.advance(10);
    await settled();
    expect(waiting.error).toMatchObject({
      code: "POOL_TIMEOUT",
      position: 1,
      pool: { name: "db", key: "c", total: 0, waiting: 1, all: { total: 2, max: 2 } },
      holders: [
        { key: "a", loan: "1.1", label: "report", age: 15 },
        { key: "b", loan: "1.1", label: "job", age: 10 },
      ],
    });
    const { message } = waiting.error as Error;
    expect(message).toContain('db key "c" has 0 of 2');
    expect(message).toContain("all keys have 2 of 2");
    expect(message).toContain('"report" for 15 ms under key "a"');
    expect(message).toContain('"job" for 10 ms under key "b"');
  });

  it("names them if it refuses a call", async () => {
    const { pool } = createKeyedPool({ max: 1, maxWaiters: 0 });
    await pool.acquire("a", { label: "report" });
    await expect(pool.acquire("b")).rejects.toMatchObject({
      code: "POOL_EXHAUSTED",
      reason: "waiters",
      pool: { key: "b", all: { total: 1, max: 1 } },
      holders: [{ key: "a", label: "report" }],
    });
  });

  it("says which bound refuses a call: that of all keys, or that of the key", async () => {
    const { pool } = createKeyedPool({ max: 1, maxWaiters: 2, maxWaitersPerKey: 1 });
    await pool.acquire("a");
    for (const key of ["a", "b"]) watch(pool.acquire(key));
    await expect(pool.acquire("b")).rejects.toThrow("maxWaitersPerKey of 1 wait already");
    await expect(pool.acquire("c")).rejects.toThrow("maxWaiters of 2 over all keys wait already");
  });

  it("names them if it sheds load", async () => {
    const { pool, clock } = createKeyedPool({ max: 1, codel: { target: 10, interval: 100 } });
    await pool.acquire("a", { label: "report" });
    const waiting = watch(pool.acquire("b"));
    clock.advance(200);
    await settled();
    expect(waiting.error).toMatchObject({
      code: "POOL_EXHAUSTED",
      reason: "overload",
      pool: { key: "b", all: { total: 1, max: 1 } },
      holders: [{ key: "a", label: "report" }],
    });
    expect(pool.stats()).toMatchObject({ refused: 1, keys: 1 });
  });

  it("names the loans of the key itself if it is at its own bound", async () => {
    const { pool, clock } = createKeyedPool({ max: 3, maxPerKey: 1 });
    await pool.acquire("b", { label: "other" });
    await pool.acquire("a", { label: "own" });
    const waiting = watch(pool.acquire("a", { timeout: 10 }));
    clock.advance(10);
    await settled();
    expect(waiting.error).toMatchObject({ pool: { key: "a", total: 1, max: 1 } });
    expect((waiting.error as { holders: unknown[] }).holders).toMatchObject([
      { key: "a", label: "own" },
    ]);
  });
});

/** One way to each error, with the key "a". */
const ERRORS: [string, () => Promise<unknown>][] = [
  [
    "CREATE_FAILED",
    () =>
      createKeyedPool({
        create: () => {
          throw new Error("no");
        },
      }).pool.acquire("a"),
  ],
  [
    "POOL_TIMEOUT",
    async () => {
      const { pool, clock } = createKeyedPool({ create: () => new Promise(() => undefined) });
      const waiting = pool.acquire("a", { timeout: 5 });
      clock.advance(5);
      return waiting;
    },
  ],
  [
    "POOL_TIMEOUT",
    () =>
      createKeyedPool({ create: () => new Promise(() => undefined) }).pool.acquire("a", {
        timeout: 0,
      }),
  ],
  [
    "POOL_CLOSED",
    async () => {
      const { pool } = createKeyedPool();
      await pool.close();
      return pool.acquire("a");
    },
  ],
  [
    "POOL_CLOSED",
    async () => {
      const { pool } = createKeyedPool();
      await pool.close();
      return pool.tryAcquire("a");
    },
  ],
  [
    "POOL_CLOSED",
    async () => {
      const { pool } = createKeyedPool({ maxPerKey: 1 });
      await pool.acquire("a");
      const waiting = pool.acquire("a");
      void pool.close({ deadline: 0 });
      return waiting;
    },
  ],
  [
    "POOL_CLOSED",
    async () => {
      const { pool } = createKeyedPool();
      await pool.acquire("a");
      void pool.closeKey("a");
      return pool.acquire("a");
    },
  ],
  [
    "POOL_CLOSED",
    async () => {
      const { pool } = createKeyedPool();
      await pool.acquire("a");
      void pool.closeKey("a");
      return pool.use("a", () => undefined);
    },
  ],
  [
    "POOL_CLOSED",
    async () => {
      const { pool } = createKeyedPool();
      await pool.acquire("a");
      void pool.closeKey("a");
      return pool.tryAcquire("a");
    },
  ],
];

describe("Every error of a key names it", () => {
  it.each(ERRORS)("%s", async (code, fail) => {
    const error = await fail().then(
      () => undefined,
      (each: unknown) => each,
    );
    expect(error).toMatchObject({ code, pool: { key: "a", all: { max: 3 } } });
    expect((error as Error).message).toContain('pool key "a"');
  });

  it("STALE_LEASE", async () => {
    const { pool } = createKeyedPool();
    const lease = await pool.acquire("a");
    lease.release();
    expect(() => lease.release()).toThrow('of pool key "a" has ended');
  });

  it.each(["validate", "reset", "destroy"] as const)("a timeout of %s", async (operation) => {
    const { pool, clock } = createKeyedPool({ [operation]: () => new Promise(() => undefined) });
    const errors: unknown[] = [];
    pool.on("error", ({ error }, key) => errors.push([key, error]));
    const lease = await pool.acquire("a");
    if (operation === "destroy") lease.destroy();
    else lease.release();
    if (operation === "validate") void watch(pool.acquire("a"));
    clock.advance(5000);
    await settled();
    expect(errors).toMatchObject([["a", { code: "POOL_TIMEOUT", operation, pool: { key: "a" } }]]);
  });
});

const timeless = { acquireTimeout: Infinity, scopes: asyncLoanScopes() };

describe("A deadlock over two keys", () => {
  /**
   * Two uses, each of which borrows from the other one's key inside. Returns the results of the
   * inner calls.
   */
  async function cross(fixture: KeyedFixture): Promise<unknown[]> {
    const { pool } = fixture;
    const inside: unknown[] = [];
    const nest = (outer: string, inner: string): Promise<unknown> =>
      pool.use(outer, async () => {
        await settled();
        return pool
          .use(inner, () => "done")
          .then(
            (value) => inside.push(value),
            ({ reason, holders }) => {
              inside.push(reason);
              expect(holders.map(({ key }: { key: string }) => key).sort()).toEqual(["a", "b"]);
            },
          );
      });
    await Promise.all([nest("a", "b"), nest("b", "a")]);
    return inside;
  }

  it("is found if the bounds of the keys cause it", async () => {
    const fixture = createKeyedPool({ max: 4, maxPerKey: 1, ...timeless });
    expect(await cross(fixture)).toEqual(["deadlock", "done"]);
  });

  it("is found if the bound over all keys causes it", async () => {
    const fixture = createKeyedPool({ max: 2, ...timeless });
    expect(await cross(fixture)).toEqual(["deadlock", "done"]);
    expect(fixture.pool.stats()).toMatchObject({ leased: 0, waiting: 0, refused: 1 });
  });

  it("is found if the calls wait for other keys than the held ones", async () => {
    const { pool } = createKeyedPool({ max: 2, ...timeless });
    const ends = await Promise.allSettled(
      ["a", "b"].map((key) =>
        pool.use(key, async () => {
          await settled();
          await pool.use(`${key}2`, () => undefined);
        }),
      ),
    );
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it.each(["resize", "resume", "resumeKey"] as const)(
    "is found if %s completes it",
    async (how) => {
      const fixture = createKeyedPool({ max: how === "resize" ? 3 : 2, ...timeless });
      const { pool } = fixture;
      const outcomes: unknown[] = [];
      const third = how === "resize" ? await pool.acquire("c") : undefined;
      const nest = (key: string): Promise<void> =>
        pool.use(key, async () => {
          await settled();
          await pool
            .use(`${key}2`, () => undefined)
            .then(
              () => outcomes.push("done"),
              ({ reason }) => outcomes.push(reason),
            );
        });
      if (how === "resume") setImmediate(() => pool.suspend());
      if (how === "resumeKey") {
        pool.suspendKey("a2");
        pool.suspendKey("b2");
      }
      const both = [nest("a"), nest("b")];
      for (let i = 0; i < 4; i++) await settled();
      expect(outcomes).toEqual([]);
      if (how === "resize") {
        pool.resize({ max: 2 });
        third!.release();
      } else if (how === "resume") pool.resume();
      else {
        pool.resumeKey("a2");
        expect(outcomes).toEqual([]);
        pool.resumeKey("b2");
      }
      await Promise.all(both);
      expect(outcomes).toEqual(["deadlock", "done"]);
    },
  );
});

describe("A pool reports no deadlock", () => {
  it.each([
    ["a lease of acquire is outstanding", async ({ pool }: KeyedFixture) => pool.acquire("b")],
    [
      "a resource of another key is idle",
      async ({ pool }: KeyedFixture) => pool.use("b", () => undefined),
    ],
  ])("if %s", async (_name, prepare) => {
    const fixture = createKeyedPool({ max: 2, ...timeless });
    const { pool } = fixture;
    const lease = (await prepare(fixture)) as { release(): void } | undefined;
    const outer = watch(pool.use("a", () => pool.use("c", () => "done")));
    await settled();
    lease?.release();
    await settled();
    expect(outer.value).toBe("done");
    expect(pool.stats()).toMatchObject({ refused: 0 });
  });

  it("if a resource of another key is being destroyed, created, reset or checked", async () => {
    for (const options of [
      { destroy: () => settled() },
      { reset: () => settled() },
      { validate: () => settled().then(() => true) },
    ]) {
      const fixture = createKeyedPool({ max: 2, ...timeless, ...options });
      const { pool } = fixture;
      const b = await pool.acquire("b");
      const outer = watch(
        pool.use("a", async () => {
          b.release();
          return pool.use("c", () => "done");
        }),
      );
      for (let i = 0; i < 6; i++) await settled();
      expect(outer.value).toBe("done");
    }
  });

  it("if a holder of another key does not wait", async () => {
    const { pool } = createKeyedPool({ max: 2, ...timeless });
    let end!: () => void;
    const b = pool.use("b", () => new Promise<void>((resolve) => (end = resolve)));
    const outer = watch(pool.use("a", () => pool.use("c", () => "done")));
    await settled();
    expect(outer).toEqual({});
    end();
    await b;
    await settled();
    expect(outer.value).toBe("done");
  });
});
