import { once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { KeyedPool, ObjectPool, ResourcePool, type Lease } from "@heapwise/pool";
import { describe, expectTypeOf, it } from "vitest";
import { connect, type Browser, type PgClient } from "./client-shapes.ts";

const max = 10;

/** The type of the resources of a pool. */
type Lent<Pool> =
  Pool extends ResourcePool<infer T> ? T : Pool extends KeyedPool<never, infer T> ? T : never;

describe("ResourcePool accepts the code that the documentation of the clients shows", () => {
  it("for pg", () => {
    const pool = new ResourcePool({
      create: async ({ signal }) => {
        const client = connect.pg({ signal });
        await client.connect();
        return client;
      },
      validate: async (client) => (await client.query("select 1")).rowCount === 1,
      prepare: (client) => client.query("set search_path to tenant"),
      reset: (client) => client.query("DISCARD ALL"),
      destroy: (client) => client.end(),
      max,
    });
    expectTypeOf(pool).toEqualTypeOf<ResourcePool<PgClient>>();
    expectTypeOf(pool.acquire()).toEqualTypeOf<Promise<Lease<PgClient>>>();
    new ResourcePool({
      create: () => connect.pgPool(),
      destroy: (client, reason) => client.release(reason instanceof Error ? reason : true),
      max,
    });
  });

  it("for mysql2", () => {
    new ResourcePool({
      create: () => connect.mysql({ host: "db" }),
      validate: (connection) =>
        connection.ping().then(
          () => true,
          () => false,
        ),
      prepare: (connection) => connection.changeUser({ database: "app" }),
      reset: (connection) => connection.reset(),
      destroy: (connection) => connection.end(),
      max,
    });
    new ResourcePool({
      create: () => connect.mysql({ host: "db" }),
      reset: (connection) => connection.query("rollback"),
      destroy: (connection) => connection.destroy(),
      max,
    });
  });

  it("for ioredis and redis", () => {
    new ResourcePool({
      create: () => connect.ioredis("redis://cache"),
      validate: (redis) => redis.status === "ready",
      prepare: (redis) => redis.select(1),
      reset: (redis) => redis.reset(),
      destroy: (redis, reason) => (reason === "closed" ? redis.quit() : redis.disconnect()),
      max,
    });
    new ResourcePool({
      create: () => connect.redis({ url: "redis://cache" }).on("error", console.error).connect(),
      validate: (client) => client.ping().then((answer) => answer === "PONG"),
      prepare: (client) => client.select(1),
      reset: (client) => client.sendCommand(["RESET"]),
      destroy: (client) => (client.isReady ? client.quit() : client.destroy()),
      max,
    });
  });

  it("for workers and sockets", () => {
    const workers = new ResourcePool({
      create: () => new Worker("./job.js"),
      validate: (worker) => worker.threadId > 0,
      prepare: (worker) => worker.ref(),
      reset: (worker) => worker.removeAllListeners("message"),
      destroy: (worker) => worker.terminate(),
      max,
    });
    expectTypeOf<Lent<typeof workers>>().toEqualTypeOf<Worker>();
    const sockets = new ResourcePool({
      create: async ({ signal }) => {
        const socket = connectSocket({ port: 80 });
        await once(socket, "connect", { signal });
        return socket;
      },
      validate: (socket) => !socket.destroyed,
      prepare: (socket) => socket.setTimeout(1000),
      reset: (socket) => socket.removeAllListeners(),
      destroy: (socket) => socket.destroy(),
      max,
    });
    expectTypeOf<Lent<typeof sockets>>().toEqualTypeOf<Socket>();
  });

  it("for browsers", () => {
    const browsers = new ResourcePool({
      create: ({ signal }) => connect.browser({ signal }),
      validate: (browser) => browser.connected,
      prepare: (browser) => browser.newPage(),
      reset: async (browser) => Promise.all((await browser.pages()).map((page) => page.close())),
      destroy: (browser) => browser.close(),
      max,
    });
    expectTypeOf<Lent<typeof browsers>>().toEqualTypeOf<Browser>();
    new ResourcePool({
      create: async () => (await connect.browser({})).newPage(),
      validate: (page) => !page.isClosed(),
      reset: (page) => page.goto("about:blank"),
      destroy: (page, reason) => reason !== "closed" && page.close(),
      max,
    });
    new ResourcePool({
      create: () => connect.browser({}),
      destroy: (browser) => browser.process()?.kill("SIGKILL"),
      max,
    });
  });

  it("for undici, mongodb and amqplib", () => {
    new ResourcePool({
      create: () => connect.undici("https://api.example"),
      validate: (client) => !client.closed && !client.destroyed,
      prepare: (client) => client.request({ path: "/", method: "HEAD" }),
      destroy: (client) => client.destroy(),
      max,
    });
    new ResourcePool({
      create: () => connect.mongo("mongodb://db").connect(),
      validate: (client) =>
        client
          .db()
          .command({ ping: 1 })
          .then(({ ok }) => ok === 1),
      reset: (client) => client.db().command({ endSessions: [] }),
      destroy: (client) => client.close(true),
      max,
    });
    new ResourcePool({
      create: () => connect.amqp(),
      reset: (channel) => channel.prefetch(1),
      destroy: (channel) => channel.close(),
      max,
    });
  });

  it("for objects of Node: event emitters, timers, streams, arrays", () => {
    const seen: unknown[] = [];
    new ResourcePool({
      create: () => ({ id: 1, timer: setInterval(() => undefined, 1000) }),
      prepare: (thing) => seen.push(thing),
      reset: ({ timer }) => timer.refresh(),
      destroy: ({ timer }) => clearInterval(timer),
      max,
    });
  });
});

describe("KeyedPool accepts the same code, with a key", () => {
  it("for pg, workers and browsers", () => {
    const pool = new KeyedPool({
      create: async (tenant: string, { signal }) => {
        const client = connect.pg({ signal });
        await client.query(`set role ${tenant}`);
        return client;
      },
      validate: async (client, tenant) => (await client.query(tenant)).rows.length === 1,
      prepare: (client, tenant) => client.query(`set search_path to ${tenant}`),
      reset: (client) => client.query("DISCARD ALL"),
      destroy: (client) => client.end(),
      max,
    });
    expectTypeOf(pool).toEqualTypeOf<KeyedPool<string, PgClient>>();
    new KeyedPool({
      create: (script: URL) => new Worker(script),
      destroy: (worker, reason, script) => worker.terminate().then(() => [reason, script.href]),
      max,
    });
    new KeyedPool({
      create: (proxy: { readonly host: string }) => connect.undici(proxy.host),
      prepare: (client, { host }) => client.request({ path: host, method: "HEAD" }),
      reset: (client) => client.closed,
      destroy: (client) => client.destroy(),
      max,
    });
  });
});

describe("ObjectPool accepts any result of reset", () => {
  it("whatever it is", () => {
    new ObjectPool({
      create: () => new Map<string, number>(),
      reset: (map) => map.delete("a"),
      destroy: (map) => map.clear(),
    });
    new ObjectPool({ create: () => new Uint8Array(1024), reset: (bytes) => bytes.fill(0) });
    new ObjectPool({
      create: () => [] as number[],
      reset: (list) => (list.length = 0),
      destroy: (list) => list.splice(0),
    });
    new ObjectPool({
      create: () => new Worker("./job.js"),
      destroy: (worker) => worker.terminate(),
    });
  });
});

describe("Listeners may return anything", () => {
  it("a promise too", () => {
    const pool = new ResourcePool({ create: () => connect.browser({}), max });
    const log: unknown[] = [];
    pool.on("create", ({ value }) => log.push(value));
    pool.on("destroy", async ({ value, reason }) => {
      expectTypeOf(value).toEqualTypeOf<Browser>();
      expectTypeOf(reason).toEqualTypeOf<unknown>();
      await value.close();
    });
    const keyed = new KeyedPool({ create: (host: string) => connect.browser({ host }), max });
    keyed.on("destroy", ({ value }, key) => value.close().then(() => log.push(key)));
  });
});

describe("A mistake is refused", () => {
  it("by ResourcePool", () => {
    const create = (): PgClient => connect.pg({});
    // @ts-expect-error without `max`
    new ResourcePool({ create });
    // @ts-expect-error create that returns nothing
    new ResourcePool<PgClient>({ create: async () => void (await create().connect()), max });
    // @ts-expect-error create of another type
    new ResourcePool<PgClient>({ create: () => new Worker("./job.js"), max });
    // @ts-expect-error the result of a query is not a boolean: await it and return true
    new ResourcePool({ create, validate: (client) => client.query("select 1"), max });
    // @ts-expect-error no result, which would count as false
    new ResourcePool({ create, validate: (client) => client.connect(), max });
    // @ts-expect-error a method that is not called
    new ResourcePool({ create, validate: (client) => client.query, max });
    // @ts-expect-error a method that the client does not have
    new ResourcePool({ create, destroy: (client) => client.terminate(), max });
    // @ts-expect-error not a function
    new ResourcePool({ create, reset: "DISCARD ALL", max });
    // @ts-expect-error an unknown option
    new ResourcePool({ create, maximum: 1, max });
  });

  it("by KeyedPool and ObjectPool", () => {
    const create = (host: string): Promise<Browser> => connect.browser({ host });
    // @ts-expect-error another type of key
    new KeyedPool({ create, destroy: (browser, _reason, key: number) => [browser, key], max });
    // @ts-expect-error no result, which would count as false
    new KeyedPool({ create, validate: (browser) => browser.close(), max });
    // @ts-expect-error a keyed pool has no `min`
    new KeyedPool({ create, min: 1, max });
    // @ts-expect-error create that returns nothing
    new ObjectPool<Browser>({ create: () => undefined });
    // @ts-expect-error create that returns a promise of it
    new ObjectPool<Browser>({ create: () => connect.browser({}) });
    new ResourcePool({ create: () => create(""), max })
      // @ts-expect-error an unknown event
      .on("destroyed", () => undefined);
  });
});
