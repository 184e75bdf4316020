import { ResourcePool, type ResourcePoolOptions } from "@heapwise/pool";
import { createClient, WatchError } from "redis";

/**
 * A connection. Its type depends on the options of createClient, so it is derived from the call.
 */
export type RedisConnection = ReturnType<typeof newClient>;

/**
 * A pool of Redis connections, for commands that need a connection of their own: WATCH with MULTI,
 * and commands that block. The pool makes new connections, so the client must not reconnect by
 * itself.
 */
export function createRedisPool(
  url: string,
  options: Partial<ResourcePoolOptions<RedisConnection>> & { name?: string } = {},
): ResourcePool<RedisConnection> {
  const { name = "redis" } = options;
  const pool: ResourcePool<RedisConnection> = new ResourcePool<RedisConnection>({
    create: async ({ signal }) => {
      const client = newClient(url, name);
      // Without a listener for `error` a lost connection would end the process.
      client.on("error", (error) => pool.discard(client, error));
      client.on("end", () => pool.discard(client, new Error("connection ended")));
      signal.addEventListener("abort", () => client.destroy());
      await client.connect();
      return client;
    },
    validate: async (client) => client.isReady && (await client.ping()) === "PONG",
    // Ends a WATCH that a caller left. Programs that SELECT or subscribe add `client.reset()`.
    reset: (client) => client.unwatch(),
    destroy: (client) => client.destroy(),
    max: 10,
    acquireTimeout: 10_000,
    createTimeout: 5_000,
    validateTimeout: 1_000,
    validateAfter: 500,
    keepAlive: 30_000,
    retry: { delay: 50, maxDelay: 1_000 },
    ...options,
    name,
  });
  return pool;
}

function newClient(url: string, name: string) {
  return createClient({ url, name, socket: { reconnectStrategy: false } });
}

/**
 * Adds to a number in a transaction, which begins again if another client was quicker. Returns the
 * sum. Two such transactions on one connection would end each other's WATCH.
 */
export function add(
  pool: ResourcePool<RedisConnection>,
  key: string,
  amount: number,
): Promise<number> {
  return pool.use(async (client) => {
    for (;;) {
      await client.watch(key);
      const sum = Number(await client.get(key)) + amount;
      try {
        await client.multi().set(key, String(sum)).exec();
        return sum;
      } catch (error) {
        if (!(error instanceof WatchError)) throw error;
      }
    }
  });
}
