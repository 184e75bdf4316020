import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "redis";
import { findProgram, freePort, ServerProgram } from "./server-program.ts";

const names = ["valkey-server", "redis-server"];

/**
 * A Redis server for one suite: in a temporary folder, on a port of the loopback interface, without
 * a copy on the disk.
 */
export class RedisServer {
  readonly url: string;
  readonly #folder: string;
  readonly #program: ServerProgram;

  private constructor(folder: string, port: number) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#folder = folder;
    const settings = { port, bind: "127.0.0.1", save: "", appendonly: "no", dir: folder };
    this.#program = new ServerProgram({
      program: program() ?? "redis-server",
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
      cwd: folder,
      ready: "Ready to accept connections",
    });
  }

  /** Whether the machine has the program. */
  static isInstalled(): boolean {
    return program() !== undefined;
  }

  /** Makes the folder and starts the server. */
  static async create(): Promise<RedisServer> {
    const folder = mkdtempSync(join(tmpdir(), "redis-"));
    try {
      const server = new RedisServer(folder, await freePort());
      await server.start();
      return server;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  start(): Promise<void> {
    return this.#program.start();
  }

  /** Kills the server. */
  kill(): Promise<void> {
    return this.#program.end("SIGKILL");
  }

  /** Stops the process: its connections stay open, and get no answers. */
  freeze(): void {
    this.#program.signal("SIGSTOP");
  }

  /** Ends `freeze`. */
  thaw(): void {
    this.#program.signal("SIGCONT");
  }

  /** Shuts the server down without saving. */
  async shutDown(): Promise<void> {
    await this.#withClient(async (client) => {
      // The server answers by closing the connection.
      await client.sendCommand(["SHUTDOWN", "NOSAVE"]).catch(() => undefined);
    });
    await this.#program.end("SIGTERM");
  }

  /** Number of connections of this name in the server. */
  async connections(name: string): Promise<number> {
    return this.#withClient(async (client) => {
      const list = await client.sendCommand<string>(["CLIENT", "LIST"]);
      return list.split("\n").filter((line) => line.includes(` name=${name} `)).length;
    });
  }

  /** Ends the server, and removes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #withClient<R>(run: (client: RedisClient) => Promise<R>): Promise<R> {
    const client = newClient(this.url);
    await client.connect();
    try {
      return await run(client);
    } finally {
      client.destroy();
    }
  }
}

type RedisClient = ReturnType<typeof newClient>;

// The result type of createClient depends on its options.
function newClient(url: string) {
  return createClient({ url, socket: { reconnectStrategy: false } }).on("error", () => undefined);
}

function program(): string | undefined {
  return names.map((name) => findProgram(name)).find((path) => path !== undefined);
}
