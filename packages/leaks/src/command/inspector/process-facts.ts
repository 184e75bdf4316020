import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";

/** The bit of SIGUSR1 in the masks of signals of Linux, in which signal 1 has bit 0. */
const SIGUSR1_BIT = 1n << 9n;
const DEFAULT_PORT = 9229;

/** Facts about another process. One is undefined if the system does not tell. */
export class ProcessFacts {
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Whether the program has a name of Node, or of Electron, which contains it. */
  isNode(): boolean | undefined {
    const program = this.#program();
    return program === undefined ? undefined : /node|electron/i.test(basename(program));
  }

  /** Whether the process handles SIGUSR1. Otherwise this signal would end it. */
  handlesSignal(): boolean | undefined {
    const status = this.#read("status");
    const [, mask] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status ?? "") ?? [];
    return mask === undefined ? undefined : (BigInt(`0x${mask}`) & SIGUSR1_BIT) !== 0n;
  }

  /** The port at which its inspector opens by the flags of the process; 0 stands for any. */
  inspectorPort(): number {
    const variables = (this.#read("environ") ?? "").split("\0");
    const options = variables.find((each) => each.startsWith("NODE_OPTIONS=")) ?? "";
    const texts = [...options.split(/[\s=]+(?=--)/), ...this.#arguments()];
    let port = DEFAULT_PORT;
    for (const text of texts) {
      const [, value] =
        /^--(?:inspect(?:-brk|-wait|-port)?|debug-port)=(?:.*:)?(\d+)$/.exec(text.trim()) ?? [];
      if (value !== undefined) port = Number(value);
    }
    return port;
  }

  /** The TCP ports at which the process listens. */
  listeningPorts(): number[] | undefined {
    const tables = [this.#read("net/tcp"), this.#read("net/tcp6")];
    if (tables[0] === undefined) return undefined;
    const sockets = this.#sockets();
    if (sockets === undefined) return undefined;
    const ports = tables
      .flatMap((table) => (table ?? "").split("\n").slice(1))
      .map((line) => line.trim().split(/\s+/))
      // State 0A is "listening"; field 9 is the inode of the socket.
      .filter((fields) => fields[3] === "0A" && sockets.has(fields[9]!))
      .map((fields) => parseInt(fields[1]!.slice(fields[1]!.lastIndexOf(":") + 1), 16));
    return [...new Set(ports)];
  }

  #program(): string | undefined {
    try {
      if (process.platform === "linux") {
        // The name of a program that was replaced since, as in an update, ends in " (deleted)".
        return readlinkSync(`/proc/${this.#pid}/exe`).replace(/ \(deleted\)$/, "");
      }
      return process.platform === "win32" ? undefined : this.#askPs("comm");
    } catch {
      return undefined;
    }
  }

  #arguments(): string[] {
    const line = this.#read("cmdline");
    if (line !== undefined) return line.split("\0");
    try {
      return process.platform === "win32" ? [] : this.#askPs("command").split(/\s+/);
    } catch {
      return [];
    }
  }

  #askPs(column: string): string {
    const args = ["-o", `${column}=`, "-p", String(this.#pid)];
    return execFileSync("ps", args, { encoding: "utf8" }).trim();
  }

  /** The inodes of its sockets. */
  #sockets(): Set<string> | undefined {
    const folder = `/proc/${this.#pid}/fd`;
    try {
      const links = readdirSync(folder).map((name) => linkOf(`${folder}/${name}`));
      return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
    } catch {
      return undefined;
    }
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(`/proc/${this.#pid}/${name}`, "utf8");
    } catch {
      return undefined;
    }
  }
}

/** The target of a link; empty if it is gone, as files of a process come and go. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
