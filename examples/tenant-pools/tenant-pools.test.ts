import type { KeyedPool } from "@heapwise/pool";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load, until } from "../load.ts";
import { creationFailed, expectCleanClose, expectExactCounts } from "../pool-checks.ts";
import { PostgresServer } from "../servers/postgres-server.ts";
import { suiteOptions } from "../servers/presence.ts";
import { createTenantPools } from "./tenant-pools.ts";

const MAX = 6;
const TENANTS = ["ada", "bob", "cyd", "dan"];

let server: PostgresServer;
let pools = 0;

function createPool(options: Parameters<typeof createTenantPools>[1] = {}): {
  pool: KeyedPool<string, Client>;
  connections: () => Promise<number>;
} {
  const application = `tenants-${++pools}`;
  const pool = createTenantPools(
    { ...server.address, application_name: application },
    {
      max: MAX,
      maxPerKey: 3,
      acquireTimeout: 60_000,
      validateAfter: 0,
      keepAlive: 20,
      retry: { delay: 5, maxDelay: 50 },
      ...options,
    },
  );
  return { pool, connections: async () => (await server.backends(application)).length };
}

/** Asks the database for its name, to see that the connection is not of another tenant. */
async function whoAmI(pool: KeyedPool<string, Client>, tenant: string): Promise<void> {
  const { rows } = await pool.use(tenant, (client) =>
    client.query("select current_database() as name"),
  );
  expect(rows).toEqual([{ name: tenant }]);
}

const installed = PostgresServer.isInstalled();

describe("A pool with a database for each tenant", suiteOptions("postgresql", installed), () => {
  beforeAll(async () => {
    server = await PostgresServer.create();
    for (const tenant of TENANTS) await server.ask(`create database ${tenant}`);
  }, 120_000);

  afterAll(() => server?.remove());

  it("comes back under load of all tenants when the server is stopped and starts again", async () => {
    const { pool, connections } = createPool();
    const served = new Map(TENANTS.map((tenant) => [tenant, 0]));
    // The first tenant makes as many calls as all others together.
    const turns = TENANTS.slice(1).flatMap((tenant) => [TENANTS[0] as string, tenant]);
    const load = new Load(20, async (n) => {
      const tenant = turns[n % turns.length] as string;
      await whoAmI(pool, tenant);
      served.set(tenant, (served.get(tenant) ?? 0) + 1);
    });
    await load.moreServed(100);
    const failed = creationFailed(pool);
    await server.stop();
    await failed;
    served.clear();
    await server.start();
    // Each tenant is served after the restart.
    await until(TENANTS.length, () => served.size);
    await load.moreServed(100);
    await load.stop();
    expect(load.served + load.failures.length).toBe(load.begun);
    for (const error of load.failures) {
      expect(String(error)).not.toMatch(/POOL_|AssertionError|Cannot acquire/);
    }
    await expectExactCounts(pool, MAX, connections);
    // No room is lost: two tenants can have all of it.
    const leases = await Promise.all(
      ["ada", "ada", "ada", "bob", "bob", "bob"].map((tenant) => pool.acquire(tenant)),
    );
    expect(pool.stats()).toMatchObject({ total: MAX, leased: MAX, keys: 2 });
    for (const lease of leases) lease.release();
    await expectCleanClose(pool, connections);
  });

  it("keeps to the bound of all tenants and of each, and takes turns", async () => {
    const { pool, connections } = createPool({ max: 2, maxPerKey: 2 });
    const order: string[] = [];
    const ask = (tenant: string): Promise<void> =>
      pool.use(tenant, async (client) => {
        order.push(tenant);
        await client.query("select 1");
      });
    const held = await Promise.all([pool.acquire("ada"), pool.acquire("ada")]);
    const calls = [...TENANTS, "ada", "ada"].map(ask);
    for (const lease of held) lease.release();
    await Promise.all(calls);
    expect(order.length).toBe(calls.length);
    expect(new Set(order)).toEqual(new Set(TENANTS));
    await expectExactCounts(pool, 2, connections);
    await expectCleanClose(pool, connections);
  });

  it("serves a quiet tenant while a busy one makes calls without end", async () => {
    const { pool, connections } = createPool({ max: 1, acquireTimeout: 20_000 });
    const load = new Load(5, () => whoAmI(pool, "ada"));
    await load.moreServed(20);
    await whoAmI(pool, "bob");
    await load.moreServed(20);
    await load.stop();
    expect(load.failures).toEqual([]);
    await expectExactCounts(pool, 1, connections);
    await expectCleanClose(pool, connections);
  });
});
