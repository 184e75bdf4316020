import type { ResourcePool } from "@heapwise/pool";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load, until } from "../load.ts";
import {
  creationFailed,
  expectAllRoom,
  expectCleanClose,
  expectExactCounts,
} from "../pool-checks.ts";
import { suiteOptions } from "../servers/presence.ts";
import { RedisServer } from "../servers/redis-server.ts";
import { add, createRedisPool, type RedisConnection } from "./redis-pool.ts";

const MAX = 5;
const CALLERS = 20;

let server: RedisServer;
let pools = 0;

/** A pool that retries and checks quickly, and the number of its connections in the server. */
function createPool(options: Parameters<typeof createRedisPool>[1] = {}): {
  pool: ResourcePool<RedisConnection>;
  connections: () => Promise<number>;
} {
  const name = `pool-${++pools}`;
  const pool = createRedisPool(server.url, {
    name,
    max: MAX,
    acquireTimeout: 60_000,
    validateAfter: 0,
    keepAlive: 20,
    retry: { delay: 5, maxDelay: 50 },
    ...options,
  });
  return { pool, connections: () => server.connections(name) };
}

/** Has the server return the number of the call, to see that no call gets the answer of another. */
async function echo(pool: ResourcePool<RedisConnection>, n: number): Promise<void> {
  expect(await pool.use((client) => client.echo(String(n)))).toBe(String(n));
}

/** Expects an error of the driver about a lost connection, not an error of the pool. */
function expectLostConnection(error: unknown): void {
  expect(String(error)).toMatch(/Socket closed|client is closed|ECONNRESET|EPIPE|Disconnect/i);
}

describe(
  "A pool of Redis connections",
  suiteOptions("redis-server", RedisServer.isInstalled()),
  () => {
    beforeAll(async () => {
      server = await RedisServer.create();
    }, 120_000);

    afterAll(() => server?.remove());

    it.each([
      ["shuts down", () => server.shutDown()],
      ["is killed", () => server.kill()],
    ])("comes back under load when the server %s and starts again", async (_, end) => {
      const { pool, connections } = createPool();
      const load = new Load(CALLERS, (n) => echo(pool, n));
      await load.moreServed(200);
      const failed = creationFailed(pool);
      await end();
      await failed;
      await server.start();
      await load.moreServed(200);
      await load.stop();
      expect(load.served + load.failures.length).toBe(load.begun);
      for (const error of load.failures) expectLostConnection(error);
      expect(pool.stats().lost).toBe(0);
      await expectExactCounts(pool, MAX, connections);
      await expectAllRoom(pool, MAX);
      await expectCleanClose(pool, connections);
    });

    it("serves all waiting calls when a frozen server goes on", async () => {
      const { pool, connections } = createPool({
        createTimeout: 100,
        validateTimeout: 100,
        resetTimeout: 100,
      });
      await expectAllRoom(pool, MAX);
      const failed = creationFailed(pool);
      server.freeze();
      const calls = Promise.all(Array.from({ length: CALLERS }, (_, n) => echo(pool, n)));
      // By now the pool has given up the idle connections, and new ones cannot be made either.
      await failed;
      server.thaw();
      await calls;
      await expectExactCounts(pool, MAX, connections);
      await expectAllRoom(pool, MAX);
      await expectCleanClose(pool, connections);
    });

    it("adds up the numbers of many transactions of one key, each on a connection of its own", async () => {
      const { pool, connections } = createPool();
      await Promise.all(Array.from({ length: 50 }, (_, n) => add(pool, "sum", n + 1)));
      expect(await pool.use((client) => client.get("sum"))).toBe("1275");
      await expectExactCounts(pool, MAX, connections);
      await expectCleanClose(pool, connections);
    });

    it("ends the WATCH of a caller after its loan", async () => {
      const { pool, connections } = createPool({ max: 1 });
      await pool.use((client) => client.watch("watched"));
      await pool.use((client) => client.set("watched", "1"));
      // With the WATCH of the first caller this transaction would be refused.
      const answers = await pool.use((client) => client.multi().set("watched", "2").exec());
      expect(answers).toEqual(["OK"]);
      expect(pool.stats().created).toBe(1);
      await expectCleanClose(pool, connections);
    });

    it("ends a blocking command when the pool closes, and reports its loan", async () => {
      const { pool, connections } = createPool();
      let isBlocked = false;
      const blocked = pool.use(
        (client) => {
          const answer = client.blPop("empty", 0);
          isBlocked = true;
          return answer;
        },
        { label: "blocking" },
      );
      const outcome = expect(blocked).rejects.toThrow(/closed|disconnect/i);
      await until(true, () => isBlocked);
      const report = await pool.close({ deadline: 20 });
      expect(report).toMatchObject({ destroyed: 1, left: [{ label: "blocking" }] });
      await outcome;
      await until(0, connections);
    });
  },
);
