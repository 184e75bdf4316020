import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { ResourcePool } from "@heapwise/pool";
import { randomStream } from "@heapwise/testkit";
import { announceSeed } from "@heapwise/testkit/vitest";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** A server that answers each line with the line in capitals, and lists its connections. */
class Shouter {
  readonly sockets = new Set<Socket>();
  most = 0;
  readonly #server: Server = createServer((socket) => {
    this.sockets.add(socket);
    this.most = Math.max(this.most, this.sockets.size);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => socket.write(text.toUpperCase()));
    socket.on("error", () => undefined);
    socket.on("close", () => this.sockets.delete(socket));
  });

  async open(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** A client that asks one line at a time. */
class Client {
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("utf8");
    // Without a listener a reset connection would end the process.
    socket.on("error", () => undefined);
  }

  get isAlive(): boolean {
    return !this.socket.destroyed && this.socket.readyState === "open";
  }

  ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (run: () => void): void => {
        this.socket.off("data", onData).off("close", onClose);
        run();
      };
      const onData = (answer: string): void => done(() => resolve(answer));
      const onClose = (): void => done(() => reject(new Error("connection lost")));
      this.socket.on("data", onData).on("close", onClose);
      if (this.socket.destroyed) onClose();
      else this.socket.write(line);
    });
  }
}

let server: Shouter;
let port: number;

beforeEach(async () => {
  server = new Shouter();
  port = await server.open();
});

afterEach(() => server.close());

function createPool(max: number): ResourcePool<Client> {
  return new ResourcePool<Client>({
    create: async ({ signal }) => {
      const socket = connect({ port, host: "127.0.0.1", signal });
      await once(socket, "connect");
      return new Client(socket);
    },
    validate: (client) => client.isAlive,
    destroy: async ({ socket }) => {
      socket.destroy();
      if (!socket.closed) await once(socket, "close");
    },
    retry: { delay: 1, maxDelay: 20 },
    max,
    name: "shouters",
  });
}

describe("A pool of TCP connections", () => {
  it("serves many callers with few connections, and each gets its own answer", async () => {
    const pool = createPool(4);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => pool.use((client) => client.ask(`line ${i}`))),
    );
    expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => `LINE ${i}`));
    expect(server.most).toBeLessThanOrEqual(4);
    expect(await pool.close()).toMatchObject({ left: [], failures: [] });
    expect(pool.stats()).toMatchObject({ total: 0, lost: 0, acquired: 200 });
  });

  it("survives connections that are killed in the middle, and loses no room", async () => {
    const random = randomStream(announceSeed());
    const pool = createPool(5);
    let kills = 0;
    const kill = (): void => {
      const sockets = [...server.sockets];
      const victim = sockets[Math.floor(random() * sockets.length)];
      if (victim === undefined) return;
      kills++;
      victim.resetAndDestroy();
    };
    const failures: unknown[] = [];
    let answered = 0;
    const work = async (worker: number): Promise<void> => {
      for (let i = 0; i < 40; i++) {
        const line = `${worker} ${i}`;
        if (random() < 0.1) kill();
        try {
          const answer = await pool.use(async (client, lease) => {
            try {
              return await client.ask(line);
            } catch (error) {
              lease.destroy(error);
              throw error;
            }
          });
          expect(answer).toBe(line.toUpperCase());
          answered++;
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => work(i)));
    expect(kills).toBeGreaterThan(20);
    expect(answered + failures.length).toBe(800);
    expect(answered).toBeGreaterThan(400);
    for (const error of failures) expect(String(error)).toContain("connection lost");
    expect(pool.stats()).toMatchObject({ leased: 0, waiting: 0, lost: 0 });
    expect(pool.stats().total).toBeLessThanOrEqual(5);
    // All five connections can still be lent.
    const leases = await Promise.all([1, 2, 3, 4, 5].map(() => pool.acquire()));
    expect(await Promise.all(leases.map(({ value }) => value.ask("still")))).toEqual(
      Array.from({ length: 5 }, () => "STILL"),
    );
    for (const lease of leases) lease.release();
    expect(await pool.close()).toMatchObject({ left: [], failures: [] });
  });

  it("comes back after an outage of the server, while callers wait", async () => {
    const pool = createPool(2);
    const socket = await pool.use(async (client) => {
      expect(await client.ask("before")).toBe("BEFORE");
      return client.socket;
    });
    await Promise.all([once(socket, "close"), server.close()]);
    const waiting = pool.use((client) => client.ask("after"));
    // Creations fail until the server is back.
    await new Promise((resolve) => pool.on("error", resolve));
    server = new Shouter();
    port = await server.open();
    expect(await waiting).toBe("AFTER");
    expect(pool.stats().createFailures).toBeGreaterThan(0);
    await pool.close();
  });
});
