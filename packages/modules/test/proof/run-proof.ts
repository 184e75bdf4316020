import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { MARK } from "./programs/print-result.ts";

const repository = resolve(import.meta.dirname, "../../../..");

/** How a program of `programs/` is run. */
export interface ProofRun {
  /** The Node that runs it, this one by default. */
  readonly node?: string | undefined;
  readonly flags?: readonly string[];
  readonly settings?: object;
}

/**
 * Bundles a program with the sources of the packages, and runs it in a process that has nothing
 * else: no loader and no test runner, whose memory would disturb what is measured.
 * @returns The result that the program printed.
 */
export async function runProof<Result>(
  program: string,
  { node = process.execPath, flags = [], settings = {} }: ProofRun = {},
): Promise<Result> {
  // In a folder from which `vite` is found.
  const parent = join(repository, "node_modules/.heapwise-proofs");
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "run-"));
  try {
    const file = join(folder, `${program}.mjs`);
    await build({
      entryPoints: [join(import.meta.dirname, "programs", `${program}.ts`)],
      outfile: file,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      conditions: ["@heapwise/source"],
      external: ["vite"],
      logLevel: "error",
    });
    return await run<Result>(node, [...flags, file, JSON.stringify(settings)]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run<Result>(node: string, args: readonly string[]): Promise<Result> {
  const child = spawn(node, args, { env: { ...process.env, NODE_OPTIONS: "" } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const end = await new Promise<string>((settle, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => settle(`${code} ${signal}`));
  });
  const line = stdout.split("\n").find((each) => each.startsWith(MARK));
  if (line === undefined) {
    throw new Error(`The program ended with ${end} and no result\n${stdout}\n${stderr}`);
  }
  return JSON.parse(line.slice(MARK.length)) as Result;
}
