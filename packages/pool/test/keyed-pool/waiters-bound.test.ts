import type { KeyedPoolOptions, Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { settled, watch } from "../resource-pool/pool-fixture.ts";
import { createKeyedPool, expectExact, type KeyedFixture, type Thing } from "./keyed-fixture.ts";

type Options = Partial<KeyedPoolOptions<string, Thing>>;

/** A pool whose creations wait until the test ends them. */
function createSlow(options: Options): KeyedFixture & { go(): void } {
  const ends: (() => void)[] = [];
  const made: string[] = [];
  const fixture = createKeyedPool({
    create: async (key) => {
      made.push(`${key}${made.length + 1}`);
      const id = made.length;
      await new Promise<void>((resolve) => ends.push(resolve));
      return { key, id, isOpen: true };
    },
    ...options,
  });
  const go = (): void => {
    for (const end of ends.splice(0)) end();
  };
  return { ...fixture, made, go };
}

/** The state of each call: "lent", the bound that refused it, or "waits". */
async function outcomes(fixture: KeyedFixture, keys: string): Promise<string[]> {
  const calls = [...keys].map((key) => watch(fixture.pool.acquire(key)));
  await settled();
  return calls.map(({ value, error }) => {
    if (value !== undefined) return "lent";
    if (error === undefined) return "waits";
    expect(error).toMatchObject({ code: "POOL_EXHAUSTED", reason: "waiters" });
    return /maxWaiters\w* of \d+/.exec((error as Error).message)![0];
  });
}

const repeated = (outcome: string, times: number): string[] =>
  Array.from({ length: times }, () => outcome);

describe("A call for which there is room is never refused", () => {
  it("in an empty pool in which no call may wait", async () => {
    const fixture = createKeyedPool({ max: 1, maxWaiters: 0 });
    expect(await outcomes(fixture, "a")).toEqual(["lent"]);
    expect(await outcomes(fixture, "ab")).toEqual(repeated("maxWaitersPerKey of 0", 2));
    expect(fixture.pool.stats()).toMatchObject({ refused: 2 });
    await expectExact(fixture, ["a"]);
  });

  it.each([
    ["over keys", "abcdefghij"],
    ["of one key", "aaaaaaaaaa"],
    ["of some keys", "abcaabbcca"],
  ])("in a burst %s on an empty pool", async (_name, keys) => {
    for (const options of [{}, { createConcurrency: 1 }]) {
      const fixture = createSlow({ max: 10, maxWaiters: 2, ...options });
      const calls = await outcomes(fixture, keys);
      expect(calls).toEqual(repeated("waits", 10));
      expect(await outcomes(fixture, "aaa")).toEqual([
        ...repeated("waits", 2),
        expect.stringContaining("maxWaiters"),
      ]);
      for (let i = 0; i < 10; i++) {
        fixture.go();
        await settled();
      }
      expect(fixture.pool.stats()).toMatchObject({ leased: 10, waiting: 2, refused: 1 });
    }
  });

  it("if an idle resource of another key can make room", async () => {
    for (const destroy of [() => undefined, () => settled()]) {
      const fixture = createKeyedPool({ max: 4, maxWaiters: 0, destroy });
      const { pool } = fixture;
      for (let round = 0; round < 3; round++) {
        for (const keys of ["aabb", "cccc", "defg"]) {
          const leases = await Promise.all([...keys].map((key) => pool.acquire(key)));
          for (const lease of leases) lease.release();
        }
      }
      expect(pool.stats()).toMatchObject({ refused: 0, idle: 4 });
    }
  });

  it("while many calls wait for a key at its own bound", async () => {
    const fixture = createKeyedPool({ max: 10, maxPerKey: 1, maxWaiters: 20 });
    expect(await outcomes(fixture, "a".repeat(22))).toEqual([
      "lent",
      ...repeated("waits", 20),
      "maxWaitersPerKey of 20",
    ]);
    expect(await outcomes(fixture, "bcb")).toEqual(["lent", "lent", "maxWaiters of 20"]);
  });

  it("while many calls wait for a key that is suspended, or may not create yet", async () => {
    const fixture = createKeyedPool({ max: 2, maxWaiters: 3 });
    const { pool } = fixture;
    pool.suspendKey("s");
    for (let i = 0; i < 3; i++) void watch(pool.acquire("s"));
    await settled();
    expect(await outcomes(fixture, "a")).toEqual(["lent"]);
    const other = createKeyedPool({
      max: 2,
      maxWaiters: 3,
      retry: { delay: 1000 },
      create: (key) => {
        if (key === "down") throw new Error("down");
        return { key, id: 0, isOpen: true };
      },
    });
    for (let i = 0; i < 3; i++) void watch(other.pool.acquire("down"));
    await settled();
    expect(await outcomes(other, "a")).toEqual(["lent"]);
    await pool.close({ deadline: 0 });
    await other.pool.close({ deadline: 0 });
  });
});

describe("maxWaiters", () => {
  it("bounds the calls of all keys, without the calls for which there is room", async () => {
    const fixture = createKeyedPool({ max: 1, maxWaiters: 3 });
    expect(await outcomes(fixture, "abcad")).toEqual([
      "lent",
      ...repeated("waits", 3),
      "maxWaiters of 3",
    ]);
    expect(fixture.pool.stats()).toMatchObject({ waiting: 3, refused: 1 });
  });

  it("counts calls that wait for a suspended key", async () => {
    const fixture = createKeyedPool({ max: 5, maxWaiters: 2 });
    fixture.pool.suspend();
    expect(await outcomes(fixture, "abc")).toEqual(["waits", "waits", "maxWaiters of 2"]);
    fixture.pool.resume();
    await settled();
    await expectExact(fixture, ["a", "b"]);
  });

  it("admits another call for each call that is served, aborted or timed out", async () => {
    const fixture = createKeyedPool({ max: 1, maxWaiters: 1 });
    const { pool, clock } = fixture;
    const held = await pool.acquire("a");
    const controller = new AbortController();
    const aborted = watch(pool.acquire("b", { signal: controller.signal }));
    expect(await outcomes(fixture, "c")).toEqual(["maxWaiters of 1"]);
    controller.abort();
    const late = watch(pool.acquire("c", { timeout: 10 }));
    clock.advance(10);
    expect(await outcomes(fixture, "d")).toEqual(["waits"]);
    held.release();
    expect(await outcomes(fixture, "ef")).toEqual(["waits", "maxWaiters of 1"]);
    expect([aborted.error, late.error]).toMatchObject([
      { name: "AbortError" },
      { code: "POOL_TIMEOUT" },
    ]);
    expect(pool.stats()).toMatchObject({ refused: 2, timeouts: 1, waiting: 1 });
  });
});

describe("maxWaiters, if a listener or a callback calls acquire", () => {
  it("does not count a call that was served just now", async () => {
    const { pool } = createKeyedPool({ max: 1, maxWaiters: 1 });
    const held = await pool.acquire("a");
    const first = watch(pool.acquire("a"));
    let next: ReturnType<typeof watch<Lease<Thing>>> | undefined;
    pool.on("acquire", () => (next ??= watch(pool.acquire("b"))));
    held.release();
    await settled();
    first.value!.release();
    await settled();
    expect(next!.error).toBeUndefined();
    expect(next!.value!.value.key).toBe("b");
  });

  it("counts a call that began to wait just now", async () => {
    const asked: ReturnType<typeof watch<Lease<Thing>>>[] = [];
    const { pool } = createKeyedPool({
      max: 1,
      maxWaiters: 1,
      create: (key) => {
        if (asked.length === 0) for (const each of "ab") asked.push(watch(pool.acquire(each)));
        return { key, id: 1, isOpen: true };
      },
    });
    const lease = await pool.acquire("a");
    await settled();
    expect(pool.stats()).toMatchObject({ waiting: 1, refused: 1 });
    expect(asked[1]!.error).toMatchObject({ code: "POOL_EXHAUSTED", reason: "waiters" });
    lease.release();
    await settled();
    expect(asked[0]!.value!.value.key).toBe("a");
  });
});

describe("maxWaitersPerKey", () => {
  it("bounds the calls that wait for one key, in addition to the total", async () => {
    const fixture = createKeyedPool({ max: 1, maxWaiters: 4, maxWaitersPerKey: 2 });
    expect(await outcomes(fixture, "aaaabbbc")).toEqual([
      "lent",
      ...repeated("waits", 2),
      "maxWaitersPerKey of 2",
      ...repeated("waits", 2),
      "maxWaitersPerKey of 2",
      "maxWaiters of 4",
    ]);
    const { pool } = fixture;
    await expect(pool.acquire("a")).rejects.toMatchObject({
      pool: { key: "a", waiting: 2, all: { total: 1, max: 1 } },
    });
  });
});
