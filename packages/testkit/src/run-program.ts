import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** How a program ended. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a TypeScript program from the sources in its own process. */
export function runProgram(
  program: URL,
  { flags = [], args = [], env = {} }: { flags?: string[]; args?: string[]; env?: object } = {},
): Promise<Outcome> {
  const path = fileURLToPath(program);
  const isBun = process.versions["bun"] !== undefined;
  const runner = isBun ? ["--conditions=@heapwise/source"] : LOADER;
  const child = spawn(process.execPath, [...flags, ...runner, path, ...args], {
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((settle, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => settle({ code, signal, stdout, stderr }));
  });
}

const LOADER = ["--conditions=@heapwise/source", "--import", "tsx"];
