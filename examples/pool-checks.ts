import type { CloseReport, KeyedPoolStats, ResourcePool } from "@heapwise/pool";
import { expect } from "vitest";
import { until } from "./load.ts";

/** What both a ResourcePool and a KeyedPool have. */
interface AnyPool {
  stats(): Omit<KeyedPoolStats, "keys">;
  close(): Promise<CloseReport>;
  on(event: "error", listener: (event: { readonly operation: string }) => void): () => void;
}

/**
 * What must hold when nobody uses a pool any more: nothing is lent, nothing is lost, what was made and
 * has not left is there, and the other side counts as many connections as the pool does.
 */
export async function expectExactCounts(
  pool: AnyPool,
  max: number,
  countElsewhere: () => Promise<number> | number,
): Promise<void> {
  let stats = pool.stats();
  // The other side takes a moment to see that a connection has ended, and a check that takes too long
  // ends one meanwhile: both counts are read while the pool stands still.
  await until(true, async () => {
    stats = pool.stats();
    const count = await countElsewhere();
    const { created, destroyed } = pool.stats();
    const isStill = created === stats.created && destroyed === stats.destroyed;
    return isStill && stats.total === stats.idle && stats.total === count;
  });
  const { created, destroyed, leased, total, waiting } = stats;
  expect({ leased, waiting }).toEqual({ leased: 0, waiting: 0 });
  expect(total).toBeLessThanOrEqual(max);
  expect(created - destroyed).toBe(total);
}

/** Borrows all that a pool may have at the same time: no room was lost. */
export async function expectAllRoom<T>(pool: ResourcePool<T>, max: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: max }, () => pool.acquire()));
  expect(new Set(leases.map(({ value }) => value)).size).toBe(max);
  expect(pool.stats()).toMatchObject({ total: max, leased: max });
  for (const lease of leases) lease.release();
}

/** Closes a pool that nobody uses: every resource is destroyed without an error, and none is left elsewhere. */
export async function expectCleanClose(
  pool: AnyPool,
  countElsewhere: () => Promise<number> | number,
): Promise<void> {
  expect(await pool.close()).toMatchObject({ left: [], failures: [], abandoned: 0 });
  const { created, destroyed, total } = pool.stats();
  expect({ total, destroyed }).toEqual({ total: 0, destroyed: created });
  await until(0, countElsewhere);
}

/** Resolves when the pool has failed to create a resource. */
export function creationFailed(pool: AnyPool): Promise<void> {
  return new Promise((resolve) => {
    const off = pool.on("error", ({ operation }) => {
      if (operation !== "create") return;
      off();
      resolve();
    });
  });
}
