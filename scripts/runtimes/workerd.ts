import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A worker for workerd. */
export interface Worker {
  /** Its module. */
  readonly script: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
}

/**
 * Starts a worker, requests some paths one after the other, and returns the answers. `folder` is
 * for its files.
 */
export async function askWorker(
  program: string,
  folder: string,
  worker: Worker,
  paths: readonly string[],
): Promise<unknown[]> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "worker.js"), worker.script);
  writeFileSync(join(folder, "config.capnp"), configOf(worker));
  // workerd writes its port to the fourth pipe.
  const server = spawn(program, ["serve", join(folder, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let stderr = "";
  server.stderr!.on("data", (chunk) => (stderr = (stderr + String(chunk)).slice(-4000)));
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  try {
    const port = await Promise.race([
      portIn(server.stdio[3] as Readable),
      ended.then(() => {
        throw new Error(`Cannot start worker: workerd ended\n${stderr}`);
      }),
    ]);
    const answers: unknown[] = [];
    for (const path of paths) {
      const signal = AbortSignal.timeout(60_000);
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal }).catch((error) => {
        throw new Error(`Cannot ask worker for ${path}: ${error}\n${stderr}`);
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`Cannot ask worker: ${response.status} ${text}\n${stderr}`);
      answers.push(JSON.parse(text));
    }
    return answers;
  } finally {
    // After a gentle signal it would wait for a request that hangs.
    server.kill("SIGKILL");
    await ended;
  }
}

function configOf({ compatibilityDate, compatibilityFlags }: Worker): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${JSON.stringify(compatibilityDate)},
  compatibilityFlags = ${JSON.stringify(compatibilityFlags)},
);
`;
}

async function portIn(control: Readable): Promise<number> {
  let text = "";
  for await (const chunk of control) {
    text += String(chunk);
    const [, port] = /"port":\s*(\d+)/.exec(text) ?? [];
    if (port !== undefined) return Number(port);
  }
  throw new Error(`Cannot start worker: it reported ${text}, expected its port`);
}
