import type { CloseReport, KeyedPoolStats, ResourcePool } from "@heapwise/pool";
import { expect } from "vitest";
import { until } from "./load.ts";

/** The methods that a ResourcePool and a KeyedPool have in common. */
interface AnyPool {
  stats(): Omit<KeyedPoolStats, "keys">;
  close(): Promise<CloseReport>;
  on(event: "error", listener: (event: { readonly operation: string }) => void): () => void;
}

/**
 * Expects the state of a pool without callers: no resource is on loan or lost, all resources that
 * were made and not destroyed are in the pool, and the other side counts as many connections.
 */
export async function expectExactCounts(
  pool: AnyPool,
  max: number,
  countElsewhere: () => Promise<number> | number,
): Promise<void> {
  let stats = pool.stats();
  // The other side needs a moment to see that a connection has ended, and a check that takes too
  // long may end another one in that time. So both counts are read while the pool does not change.
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

/** Borrows `max` resources at the same time, to see that the pool has lost no room. */
export async function expectAllRoom<T>(pool: ResourcePool<T>, max: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: max }, () => pool.acquire()));
  expect(new Set(leases.map(({ value }) => value)).size).toBe(max);
  expect(pool.stats()).toMatchObject({ total: max, leased: max });
  for (const lease of leases) lease.release();
}

/**
 * Closes a pool without loans. Expects that each resource is destroyed without an error, and that
 * the other side has no connection left.
 */
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
