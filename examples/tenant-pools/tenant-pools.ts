import { KeyedPool, type KeyedPoolOptions } from "@heapwise/pool";
import { Client, type ClientConfig } from "pg";

/**
 * A pool of connections to the databases of tenants: at most `max` in all, and at most `maxPerKey`
 * for one tenant, so that a busy tenant leaves room for the others.
 */
export function createTenantPools(
  config: ClientConfig,
  options: Partial<KeyedPoolOptions<string, Client>> = {},
): KeyedPool<string, Client> {
  const pool: KeyedPool<string, Client> = new KeyedPool<string, Client>({
    name: "tenants",
    create: async (tenant, { signal }) => {
      const client = new Client({ ...config, database: tenant });
      client.on("error", (error) => pool.discard(client, error));
      client.on("end", () => pool.discard(client, new Error("connection ended")));
      signal.addEventListener("abort", () => void client.end());
      await client.connect();
      return client;
    },
    validate: async (client) => (await client.query("select 1")).rowCount === 1,
    reset: async (client) => {
      if (client.getTransactionStatus() !== "I") await client.query("rollback");
    },
    destroy: (client) => client.end(),
    max: 20,
    maxPerKey: 5,
    idleKeys: 10,
    acquireTimeout: 10_000,
    validateAfter: 500,
    retry: { delay: 50, maxDelay: 1_000 },
    ...options,
  });
  return pool;
}
