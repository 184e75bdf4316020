import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { PoolClosedError, type ResourcePool } from "@heapwise/pool";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Load, until } from "../load.ts";
import {
  creationFailed,
  expectAllRoom,
  expectCleanClose,
  expectExactCounts,
} from "../pool-checks.ts";
import { PostgresServer } from "../servers/postgres-server.ts";
import { suiteOptions } from "../servers/presence.ts";
import { createPostgresPool, transaction } from "./postgres-pool.ts";

const MAX = 5;
const CALLERS = 20;

let server: PostgresServer;
let pools = 0;

/** A pool that retries and checks quickly, and the number of its connections in the server. */
function createPool(options: Parameters<typeof createPostgresPool>[1] = {}): {
  pool: ResourcePool<Client>;
  backends: () => Promise<number[]>;
  connections: () => Promise<number>;
} {
  const application = `pool-${++pools}`;
  const pool = createPostgresPool(
    { ...server.address, application_name: application },
    {
      max: MAX,
      acquireTimeout: 60_000,
      validateAfter: 0,
      keepAlive: 20,
      retry: { delay: 5, maxDelay: 50 },
      ...options,
    },
  );
  const backends = (): Promise<number[]> => server.backends(application);
  return { pool, backends, connections: async () => (await backends()).length };
}

/** Has the server return the number of the call, to see that no call gets the answer of another. */
async function echo(pool: ResourcePool<Client>, n: number): Promise<void> {
  const { rows } = await pool.use((client) =>
    client.query<{ n: number }>("select $1::int as n", [n]),
  );
  expect(rows).toEqual([{ n }]);
}

/** Expects an error of the driver about a lost connection, not an error of the pool. */
function expectLostConnection(error: unknown): void {
  const { code, message } = error as { code?: string; message: string };
  // 57P01 to 57P03: the server ends, another of its processes has crashed, or it is starting.
  if (code === undefined) expect(message).toMatch(/^Connection terminated|not queryable/);
  else expect(code).toMatch(/^57P0[123]$|^ECONNRESET$|^EPIPE$/);
}

const installed = PostgresServer.isInstalled();

describe("A pool of PostgreSQL connections", suiteOptions("postgresql", installed), () => {
  beforeAll(async () => {
    server = await PostgresServer.create();
  }, 120_000);

  afterAll(() => server?.remove());

  it.each([
    ["is stopped at once", () => server.stop()],
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

  it("comes back under load when a process of the server crashes, and the server ends all others", async () => {
    const { pool, backends, connections } = createPool();
    const load = new Load(CALLERS, (n) => echo(pool, n));
    await load.moreServed(200);
    const [victim] = await backends();
    const crashed = server.recovered();
    process.kill(victim as number, "SIGKILL");
    await crashed;
    await load.moreServed(200);
    await load.stop();
    expect(load.served + load.failures.length).toBe(load.begun);
    for (const error of load.failures) expectLostConnection(error);
    expect(pool.stats().destroyed).toBeGreaterThanOrEqual(1);
    await expectExactCounts(pool, MAX, connections);
    await expectAllRoom(pool, MAX);
    await expectCleanClose(pool, connections);
  });

  it("has its minimum again after a restart without callers", async () => {
    const { pool, connections } = createPool({ min: 2 });
    await pool.ready();
    const failed = creationFailed(pool);
    await server.stop();
    await failed;
    await server.start();
    await until(2, () => pool.stats().idle);
    await expectExactCounts(pool, MAX, connections);
    // No caller waited, so no call failed.
    await echo(pool, 1);
    expect(pool.stats()).toMatchObject({ acquired: 1, created: 4, destroyed: 2 });
    await expectCleanClose(pool, connections);
  });

  it("serves a caller although all idle connections are silently dead", async () => {
    const { pool, backends, connections } = createPool({
      keepAlive: Infinity,
      max: 2 * MAX,
      validateTimeout: 200,
      destroyTimeout: 200,
    });
    await expectAllRoom(pool, MAX);
    const frozen = await backends();
    expect(frozen.length).toBe(MAX);
    for (const pid of frozen) process.kill(pid, "SIGSTOP");
    await Promise.all(Array.from({ length: CALLERS }, (_, n) => echo(pool, n)));
    for (const pid of frozen) process.kill(pid, "SIGCONT");
    await expectExactCounts(pool, 2 * MAX, connections);
    expect(pool.stats().lost).toBe(0);
    await pool.close();
    await until(0, connections);
  });

  it("rolls back a transaction that a caller left open, and keeps the connection", async () => {
    const { pool, connections } = createPool({ max: 1 });
    await server.ask("create table if not exists item (id int primary key)");
    await transaction(pool, (client) => client.query("insert into item values (1)"));
    const refused = transaction(pool, async (client) => {
      await client.query("insert into item values (2)");
      await client.query("insert into item values (1)");
    });
    await expect(refused).rejects.toThrow("duplicate key");
    await pool.use(async (client) => {
      await client.query("begin");
      await client.query("insert into item values (3)");
    });
    expect(await server.ask("select id from item")).toEqual([{ id: 1 }]);
    await expectExactCounts(pool, 1, connections);
    expect(pool.stats()).toMatchObject({ created: 1, acquired: 3 });
    await expectCleanClose(pool, connections);
  });

  it("closes under load: open calls end, waiting calls are refused, no connection stays", async () => {
    const { pool, connections } = createPool();
    let isClosed = false;
    const load = new Load(CALLERS, async (n) => {
      if (!isClosed) await echo(pool, n);
    });
    await load.moreServed(100);
    const closing = pool.close();
    isClosed = true;
    expect(await closing).toMatchObject({ left: [], failures: [] });
    await load.stop();
    expect(load.served + load.failures.length).toBe(load.begun);
    expect(load.failures.length).toBeGreaterThan(0);
    for (const error of load.failures) expect(error).toBeInstanceOf(PoolClosedError);
    await until(0, connections);
  });

  it("closes while the server is away, and leaves nothing behind", async () => {
    const { pool, connections } = createPool();
    await expectAllRoom(pool, MAX);
    const failed = creationFailed(pool);
    await server.stop();
    const waiting = Array.from({ length: CALLERS }, (_, n) => echo(pool, n));
    const outcomes = Promise.allSettled(waiting);
    await failed;
    expect(await pool.close()).toMatchObject({ left: [], abandoned: 0 });
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "POOL_CLOSED" } });
    }
    const { created, destroyed, total } = pool.stats();
    expect({ total, destroyed }).toEqual({ total: 0, destroyed: created });
    await server.start();
    expect(await connections()).toBe(0);
  });

  it("ends a web server in good order under load, without a connection left", async () => {
    const { host, port, user, database } = server.address;
    const address = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: database };
    const program = resolve(import.meta.dirname, "serve.ts");
    const child = spawn(
      process.execPath,
      ["--conditions=@heapwise/source", "--import", "tsx", program],
      { env: { ...process.env, ...address }, stdio: ["ignore", "pipe", "inherit"] },
    );
    const exited = once(child, "exit");
    try {
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const nextLine = async (): Promise<string> => String((await lines.next()).value);
      const [listeningPort] = /\d+$/.exec(await nextLine()) ?? [];
      let isEnding = false;
      const load = new Load(CALLERS, async () => {
        if (isEnding) return;
        const response = await fetch(`http://127.0.0.1:${listeningPort}/`);
        expect([response.status, await response.text()]).toEqual([200, "2"]);
      });
      await load.moreServed(100);
      isEnding = true;
      child.kill("SIGTERM");
      expect(await nextLine()).toBe("closed, 0 left");
      expect(await exited).toEqual([0, null]);
      await load.stop();
      // Late requests found no server. All others were answered.
      for (const error of load.failures) expect(String(error)).toBe("TypeError: fetch failed");
      expect(await server.backends("web")).toEqual([]);
    } finally {
      child.kill("SIGKILL");
      await exited;
    }
  });
});
