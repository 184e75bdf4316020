import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

/** How a server program is started, and how it reports that it is ready. */
export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** User and group to run as. The user of this process by default. */
  readonly user?: ServerUser | undefined;
  /** The text that it prints when it is ready. */
  readonly ready: string;
  /** The text that it prints if it fails for a passing reason. Then it is started once more. */
  readonly passing?: string;
}

/** A user of the system, by number. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** A server that runs as a child of this process, and ends with this process at the latest. */
export class ServerProgram {
  readonly #command: ServerCommand;
  #child: ChildProcess | undefined;
  #output = "";
  #onReady: (() => void)[] = [];

  constructor(command: ServerCommand) {
    this.#command = command;
    process.once("exit", () => this.#child?.kill("SIGKILL"));
  }

  /** Starts the server. Resolves when it is ready. Rejects with its output if it ends before. */
  async start(): Promise<void> {
    while (!(await this.#tryToStart())) {
      const { program, passing } = this.#command;
      if (passing === undefined || !this.#output.includes(passing)) {
        throw new Error(`Cannot start ${program}: it ended and said\n${this.#output}`);
      }
    }
  }

  /** Ends the server by a signal. Resolves when it has ended. Does nothing if it does not run. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  /** Resolves when the server reports the next time that it is ready. */
  readyAgain(): Promise<void> {
    return new Promise((resolve) => this.#onReady.push(resolve));
  }

  /** Sends a signal to the server. */
  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async #tryToStart(): Promise<boolean> {
    const { program, args, cwd, user, ready } = this.#command;
    this.#output = "";
    const child = spawn(program, args, {
      cwd,
      ...user,
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    return new Promise((resolve, reject) => {
      const onText = (text: string): void => {
        this.#output += text;
        if (!this.#output.includes(ready)) return;
        this.#output = "";
        resolve(true);
        for (const run of this.#onReady.splice(0)) run();
      };
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", onText);
      }
      child.once("error", reject);
      // By now all output has been read.
      child.once("close", () => resolve(false));
      child.once("exit", () => {
        if (this.#child === child) this.#child = undefined;
      });
    });
  }
}

/** The path of a program in one of the folders or in the PATH. Undefined if it is not found. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  return [...folders, ...(process.env["PATH"] ?? "").split(delimiter)]
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** The entries of a folder in reverse order of their names. Empty if the folder does not exist. */
export function foldersOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((name) => join(folder, name));
}

/** The user of this name, or undefined if the system has no such user. */
export function userNamed(name: string): ServerUser | undefined {
  const [uid, gid] = ["-u", "-g"].map((flag) => {
    const { status, stdout } = spawnSync("id", [flag, name], { encoding: "utf8" });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}

/**
 * A free port of the loopback interface. It lies below the ports that systems give to outgoing
 * connections, because such a connection may connect to itself while its server is away.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error("Cannot find a free port: 100 of 15000 to 30000 are taken");
}
