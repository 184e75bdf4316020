import { ResourcePool, type ResourcePoolOptions } from "@heapwise/pool";
import { Client, type ClientConfig } from "pg";

/**
 * A pool of PostgreSQL connections that survives restarts of the server. Calls that use a
 * connection fail with the error of the driver. Calls that wait are served when the server is back,
 * or time out.
 */
export function createPostgresPool(
  config: ClientConfig,
  options: Partial<ResourcePoolOptions<Client>> = {},
): ResourcePool<Client> {
  const pool: ResourcePool<Client> = new ResourcePool<Client>({
    name: "postgres",
    create: async ({ signal }) => {
      const client = new Client(config);
      // Without a listener for `error` a lost connection would end the process.
      client.on("error", (error) => pool.discard(client, error));
      client.on("end", () => pool.discard(client, new Error("connection ended")));
      signal.addEventListener("abort", () => void client.end());
      await client.connect();
      return client;
    },
    validate: async (client) => (await client.query("select 1")).rowCount === 1,
    // Ends a transaction that a caller left open. Programs that use SET add `reset all`.
    reset: async (client) => {
      if (client.getTransactionStatus() !== "I") await client.query("rollback");
    },
    destroy: (client) => client.end(),
    max: 10,
    acquireTimeout: 10_000,
    createTimeout: 5_000,
    validateAfter: 500,
    keepAlive: 30_000,
    maxLifetime: 30 * 60_000,
    retry: { delay: 50, maxDelay: 1_000 },
    ...options,
  });
  return pool;
}

/** Runs `work` in a transaction: committed if it resolves, rolled back by the pool if it throws. */
export function transaction<R>(
  pool: ResourcePool<Client>,
  work: (client: Client) => Promise<R>,
): Promise<R> {
  return pool.use(async (client) => {
    await client.query("begin");
    const result = await work(client);
    await client.query("commit");
    return result;
  });
}
