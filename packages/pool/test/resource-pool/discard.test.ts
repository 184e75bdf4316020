import type { Lease } from "@heapwise/pool";
import { describe, expect, it } from "vitest";
import { createPool, settled, watch, type Thing } from "./pool-fixture.ts";

const ids = (things: readonly Thing[]): number[] => things.map(({ id }) => id);

/** How a lease may end, and what the error of another end says. */
const ENDS = [
  ["release", (lease: Lease<Thing>): void => lease.release()],
  ["destroy", (lease: Lease<Thing>): void => lease.destroy("broken")],
] as const;

describe("A resource that is discarded under its holder", () => {
  it.each(ENDS)("leaves at once, and %s does nothing once", async (name, end) => {
    const { pool, destroyed } = createPool({ max: 1 });
    const lease = await pool.acquire();
    expect(pool.discard(lease.value, "connection lost")).toBe(true);
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 0, leased: 0, destroyed: 1 });
    end(lease);
    expect(() => end(lease)).toThrow(`Cannot ${name} resource: loan 1.1 of pool has ended`);
    expect(ids(destroyed)).toEqual([1]);
    expect(pool.stats()).toMatchObject({ total: 0, leased: 0, destroyed: 1, acquired: 1 });
  });

  it.each(ENDS)("disturbs nobody by a late %s, who has the next one", async (_, end) => {
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

  it("is given back by the end of a block, and by use, as if nothing had been", async () => {
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

  it("is no loan of an older lease, whose release throws as ever", async () => {
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
