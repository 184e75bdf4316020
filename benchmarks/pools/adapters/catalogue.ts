import type { PoolAdapter } from "./adapter.ts";

/** Our arm. */
export const OUR_POOL = "heapwise pool";
/** The array that ratios are relative to if callers do not wait. */
export const NULL_POOL = "stack (null)";
/** The rival that ratios are relative to if callers wait. */
export const BASELINE_POOL = "generic-pool";

const LOADERS: Readonly<Record<string, () => Promise<PoolAdapter>>> = {
  [OUR_POOL]: async () => (await import("./heapwise.ts")).heapwise,
  "generic-pool": async () => (await import("./generic-pool.ts")).genericPool,
  tarn: async () => (await import("./tarn.ts")).tarn,
  "lightning-pool": async () => (await import("./lightning-pool.ts")).lightningPool,
  "sequelize-pool": async () => (await import("./sequelize-pool.ts")).sequelizePool,
  [NULL_POOL]: async () => (await import("./stack.ts")).stack,
};

/** Names of all resource pools, ours first and the array last. */
export const POOLS: readonly string[] = Object.keys(LOADERS);

/** Loads one adapter. */
export async function loadPool(name: string): Promise<PoolAdapter> {
  const load = LOADERS[name];
  if (!load) throw new RangeError(`Cannot load pool: "${name}", expected ${POOLS.join(", ")}`);
  return load();
}
