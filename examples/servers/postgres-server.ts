import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "pg";
import {
  findProgram,
  foldersOf,
  freePort,
  ServerProgram,
  userNamed,
  type ServerUser,
} from "./server-program.ts";

/** The address of the server. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/**
 * A PostgreSQL server for one suite: in a temporary folder, on a port of the loopback interface,
 * without protection against power cuts.
 */
export class PostgresServer {
  readonly address: PostgresAddress;
  readonly #folder: string;
  readonly #program: ServerProgram;

  private constructor(folder: string, port: number, user: ServerUser | undefined) {
    this.address = { host: "127.0.0.1", port, user: "owner", database: "postgres" };
    this.#folder = folder;
    const settings = {
      port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 40,
      fsync: "off",
    };
    this.#program = new ServerProgram({
      program: programs()?.server ?? "postgres",
      args: [
        "-D",
        join(folder, "data"),
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      cwd: folder,
      user,
      ready: "database system is ready to accept connections",
      // The processes of a killed server need a moment to notice that it is gone.
      passing: "is still in use",
    });
  }

  /** Whether the machine has the programs. */
  static isInstalled(): boolean {
    return programs() !== undefined;
  }

  /**
   * Makes the folder and starts the server. PostgreSQL refuses to run as root; a test that runs as
   * root starts it as the user of PostgreSQL.
   */
  static async create(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "postgres-"));
    try {
      const user = process.getuid?.() === 0 ? userNamed("postgres") : undefined;
      if (user !== undefined) chownSync(folder, user.uid, user.gid);
      const flags = ["--auth=trust", "--username=owner", "--encoding=UTF8", "--locale=C"];
      execFileSync(
        programs()?.initdb ?? "initdb",
        [...flags, "--no-sync", "-D", join(folder, "data")],
        {
          cwd: folder,
          ...user,
          stdio: "pipe",
        },
      );
      const server = new PostgresServer(folder, await freePort(), user);
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

  /** Ends the server at once, without notice to its clients, like `pg_ctl stop -m immediate`. */
  stop(): Promise<void> {
    return this.#program.end("SIGQUIT");
  }

  /** Kills the server. Its child processes end when they notice. */
  kill(): Promise<void> {
    return this.#program.end("SIGKILL");
  }

  /** Resolves when the server has recovered from the crash of one of its processes. */
  recovered(): Promise<void> {
    return this.#program.readyAgain();
  }

  /** Runs a statement in a connection of its own, and returns the rows. */
  async ask<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ ...this.address, application_name: "witness" });
    await client.connect();
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** The processes of the server that serve the connections of an application. */
  async backends(application: string): Promise<number[]> {
    const rows = await this.ask<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = $1",
      [application],
    );
    return rows.map(({ pid }) => pid);
  }

  /** Ends the server, and removes its folder. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The folders with the programs of the server, which Debian keeps out of the PATH. */
function programs(): { server: string; initdb: string } | undefined {
  const folders = foldersOf("/usr/lib/postgresql").map((folder) => join(folder, "bin"));
  const initdb = findProgram("initdb", folders);
  if (initdb === undefined) return undefined;
  const server = findProgram("postgres", [dirname(initdb)]);
  return server === undefined ? undefined : { server, initdb };
}
