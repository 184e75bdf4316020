import { AsyncLocalStorage } from "node:async_hooks";
import { assertNoGrowth, countInstances } from "@heapwise/leaks";
import { ResourcePool } from "@heapwise/pool";
import { asyncLoanScopes } from "@heapwise/pool/node";
import { describe, expect, it } from "vitest";

const createPool = (): ResourcePool<object> =>
  new ResourcePool({ create: () => ({}), max: 1, scopes: asyncLoanScopes() });

describe("Scopes of loans", () => {
  it("leave nothing behind, after their pool has closed", async () => {
    await assertNoGrowth(async () => {
      const pool = createPool();
      await pool.use(() => undefined);
      await pool.close();
    });
  });

  it("need one AsyncLocalStorage for all pools", async () => {
    const before = countInstances(AsyncLocalStorage);
    const pools = Array.from({ length: 10 }, createPool);
    await Promise.all(pools.map((pool) => pool.use(() => undefined)));
    expect(countInstances(AsyncLocalStorage)).toBe(before);
    await Promise.all(pools.map((pool) => pool.close()));
  });

  it("of a callback that begins the next one do not pile up", async () => {
    const pools = [createPool(), createPool()];
    let generation = 0;
    let within = AsyncLocalStorage.snapshot();
    const run = (): Promise<void> =>
      within(
        () =>
          new Promise<void>((resolve) => {
            const begin = (left: number): void => {
              void pools[generation++ % 2]!.use(() => {
                within = AsyncLocalStorage.snapshot();
                if (left === 0) resolve();
                else setImmediate(begin, left - 1);
              });
            };
            begin(100);
          }),
      );
    // Each run goes on in the context of the last callback of the one before.
    await assertNoGrowth(run);
  });

  it("tell the pools apart: a loan of another pool inside is no deadlock", async () => {
    const [a, b] = [createPool(), createPool()];
    expect(await a.use(() => b.use(() => "both"))).toBe("both");
    const reason = await a
      .use(() => b.use(() => a.use(() => "never")))
      .catch((error: { reason?: string }) => error.reason);
    expect(reason).toBe("deadlock");
    await Promise.all([a.close(), b.close()]);
  });
});
