import type { Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

const ids = (things: readonly Thing[]): number[] => things.map(({ id }) => id);

/** The ways to end a lease, and the text of the error of a second end. */
const ENDS = [
  ["release", (lease: Lease<Thing>): void => lease.release()],
  ["destroy", (lease: Lease<Thing>): void => lease.destroy("broken")],
] as const;

describe("A resource that is discarded during its loan", () => {
  it.each(ENDS)("is destroyed at once, and %s does nothing, however often", async (_, end) => {
    const { pool, destroyed } = createPool({ max: 1 });
    const lease = await pool.acquire();
    expect(pool.discard(lease.value, "connection lost")).toBe(true);
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 0, leased: 0, destroyed: 1 });
    // Its holder may still read it, to remove listeners for example.
    expect(lease.value).toEqual({ id: 1 });
    for (let i = 0; i < 2; i++) end(lease);
    lease.release();
    lease.destroy();
    expect(() => lease.value).toThrow("has ended");
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 0, leased: 0, destroyed: 1, acquired: 1 });
  });

  it.each(ENDS)("does not disturb the next loan by a late %s", async (_, end) => {
    const { pool } = createPool({ max: 1, debug: true });
    const lease = await pool.acquire({ label: "first" });
    const waiting = watch(pool.acquire());
    pool.discard(lease.value);
    await settled();
    expect(waiting.value?.value.id).toBe(2);
    end(lease);
    lease[Symbol.dispose]();
    expect(pool.stats()).toMatchObject({ total: 1, leased: 1 });
    waiting.value!.release();
    expect(pool.stats()).toMatchObject({ total: 1, idle: 1 });
  });

  it("can be given back by the end of a block and by use without an error", async () => {
    const { pool } = createPool({ max: 1 });
    await pool.use((value) => void pool.discard(value));
    const lease = await pool.acquire();
    pool.discard(lease.value);
    lease[Symbol.dispose]();
    await lease[Symbol.asyncDispose]();
    await expect(
      pool.use((value) => {
        pool.discard(value);
        throw new Error("ECONNRESET");
      }),
    ).rejects.toThrow("ECONNRESET");
    expect(pool.stats()).toMatchObject({ total: 0, destroyed: 3, acquired: 3 });
  });

  it("does not change the release of an older lease, which throws", async () => {
    const { pool } = createPool({ max: 1 });
    const old = await pool.acquire();
    old.release();
    const lease = await pool.acquire();
    pool.discard(lease.value);
    expect(() => old.release()).toThrow("has ended");
    expect(() => old.destroy()).toThrow("has ended");
    lease.release();
  });
});

describe("A resource that is discarded while a callback runs on it", () => {
  const never = (): Promise<never> => new Promise(() => undefined);

  it.each([
    ["validated on borrow", { validate: never }, true],
    ["prepared", { prepare: never }, true],
    ["validated on return", { validate: never, validateOnReturn: true }, false],
    ["reset", { reset: never }, false],
  ])(
    "and is %s no longer counts, and the next resource takes its place",
    async (_, options, isOnBorrow) => {
      let isFirst = true;
      const once = Object.fromEntries(
        Object.entries(options).map(([name, hang]) => {
          if (typeof hang !== "function") return [name, hang];
          return [name, () => (isFirst ? hang() : Promise.resolve(true))];
        }),
      );
      // The first loan would be prepared too.
      if ("prepare" in options) isFirst = false;
      const { pool, clock, destroyed } = createPool({ max: 1, ...once });
      const lease = await pool.acquire();
      isFirst = true;
      const { value } = lease;
      lease.release();
      const waiting = watch(pool.acquire());
      expect(pool.stats()).toMatchObject({ leased: 0, total: 1, idle: 0 });
      expect(pool.stats().checking + pool.stats().resetting).toBe(1);
      isFirst = false;
      expect(pool.discard(value)).toBe(true);
      expect(pool.discard(value)).toBe(false);
      expect(pool.stats()).toMatchObject({ leased: 0, checking: 0, resetting: 0, creating: 1 });
      await settled();
      expect(waiting.value?.value.id).toBe(2);
      expect(pool.stats()).toMatchObject({ leased: 1, checking: 0, resetting: 0, total: 1 });
      // A callback that hangs has no further effect.
      clock.advance(5000);
      await settled();
      expect(ids(destroyed)).toEqual([1]);
      waiting.value!.release();
      await settled();
      expect(isOnBorrow || pool.stats().idle === 1).toBe(true);
      expect(pool.stats()).toMatchObject({ leased: 0, checking: 0, resetting: 0, total: 1 });
    },
  );

  it.each([
    ["validates", { validate: never, validateOnReturn: true }],
    ["resets", { reset: never }],
  ])("is not counted as lent when a close is forced that %s", async (_, options) => {
    let finish!: () => void;
    const destroy = (): Promise<void> => new Promise((resolve) => (finish = resolve));
    const { pool } = createPool({ max: 1, destroy, ...options });
    (await pool.acquire()).release();
    const closing = watch(pool.close({ deadline: 0 }));
    expect(pool.stats()).toMatchObject({ leased: 0, checking: 0, resetting: 0, closing: 1 });
    finish();
    await settled();
    expect(closing.value).toMatchObject({ destroyed: 1, left: [] });
  });

  it.each(["sync", "async"])("by its own callback, %s, leaves once", async (kind) => {
    for (const name of ["validate", "prepare", "reset"] as const) {
      let isBad = false;
      const fixture = createPool({
        max: 1,
        [name]: (thing: Thing) => {
          const isDiscarded = isBad && thing.id === 1 && fixture.pool.discard(thing);
          if (kind === "async") return Promise.resolve(!isDiscarded);
          return true;
        },
      });
      const { pool, destroyed } = fixture;
      const lease = await pool.acquire();
      isBad = true;
      lease.release();
      await settled();
      const next = await pool.acquire();
      expect(next.value.id).toBe(2);
      expect(ids(destroyed)).toEqual([1]);
      expect(pool.stats()).toMatchObject({ leased: 1, total: 1, checking: 0, resetting: 0 });
    }
  });
});
