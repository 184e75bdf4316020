import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs, styleText } from "node:util";
import { build } from "esbuild";
import type { Held } from "../benchmarks/byte-bound/hold.ts";
import { faultsOf, surenessOf } from "../benchmarks/byte-bound/judge.ts";
import { KINDS } from "../benchmarks/byte-bound/kinds/catalogue.ts";
import type { Kind } from "../benchmarks/byte-bound/kinds/kind.ts";
import type { HeldTask } from "../benchmarks/byte-bound/measure-held.ts";
import { runInFreshProcess } from "../benchmarks/fresh-process.ts";
import { fetchRuntime, NODES } from "./runtimes/fetch-runtime.ts";

// Fills a cache with every kind of entries, each in a process of its own, and prints the memory of
// the process. Without options it runs on this Node and on Node 24 with 32 MB. Fails if a bound
// does not hold.

const USAGE = "npm run held-heap -- [--node current,24] [--megabytes 32] [words of names of kinds]";
const MODULE = new URL("../benchmarks/byte-bound/measure-held.ts", import.meta.url);
const PROCESSES = 2;
const COLUMNS = ["held", "bytes()", "min", "max", "each min", "cleared", "sizes"];
const NAME_WIDTH = 50;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: "string", default: "current,24" },
    megabytes: { type: "string", default: "32" },
  },
});
const maxBytes = Number(values.megabytes) * 1e6;
const chosen = KINDS.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);
if (!(maxBytes > 0) || chosen.length === 0) {
  throw new RangeError(`Cannot measure ${process.argv.slice(2).join(" ")}: expected ${USAGE}`);
}
const folder = mkdtempSync(join(tmpdir(), "held-heap-"));
const failures: string[] = [];
try {
  const program = await bundled(folder);
  for (const node of values.node.split(",")) await measureOn(node, program);
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`\nheld-heap: ${failures.length === 0 ? "all kinds hold" : "failed"}`);
for (const failure of failures) console.log(failure);
if (failures.length > 0) process.exitCode = 1;

/**
 * The program that measures one kind, as one file: a loader of TypeScript would change functions
 * and the heap.
 */
async function bundled(into: string): Promise<URL> {
  const outfile = join(into, "measure-held.mjs");
  await build({
    entryPoints: [fileURLToPath(MODULE)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2022",
    conditions: ["@heapwise/source"],
  });
  return pathToFileURL(outfile);
}

async function measureOn(node: string, program: URL): Promise<void> {
  const execPath = node === "current" ? process.execPath : fetchRuntime(runtimeOf(node));
  const title = node === "current" ? process.version : `Node ${node}`;
  console.log(`\n${title}, maxBytes ${maxBytes / 1e6} MB`);
  console.log(rowOf("", COLUMNS, "verdict"));
  // All workers take from the same iterator, so that each kind is measured once.
  const waiting = chosen.values();
  const work = async (): Promise<void> => {
    for (const kind of waiting) {
      const { cells, faults } = await measured(kind, program, execPath);
      const verdict = faults.length === 0 ? "holds" : faults.join("; ");
      console.log(rowOf(kind.name, cells, styleText(faults.length > 0 ? "red" : "green", verdict)));
      if (faults.length > 0) failures.push(`${title}: ${kind.name}: ${verdict}`);
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
}

function runtimeOf(node: string): (typeof NODES)[number] {
  const found = NODES.find((name) => name === `node${node}`);
  if (found === undefined)
    throw new RangeError(`Cannot measure on Node ${node}: expected ${USAGE}`);
  return found;
}

async function measured(
  kind: Kind,
  program: URL,
  execPath: string,
): Promise<{ cells: string[]; faults: string[] }> {
  const task: HeldTask = { kind: kind.name, maxBytes };
  try {
    const held = await runInFreshProcess<Held>(program, task, kind.name, execPath);
    const { grown, bytes, minOnce, maxOnce, min, left } = held;
    return {
      cells: [...[grown, bytes, minOnce, maxOnce, min, left].map(percent), surenessOf(held)],
      faults: faultsOf(kind, held, maxBytes),
    };
  } catch (error) {
    const lines = String(error).split("\n");
    const cause = lines.find((line) => /^(?:\w*Error|FATAL ERROR): /.test(line.trim()));
    return { cells: [], faults: [(cause ?? lines[0]!).trim()] };
  }
}

function percent(bytes: number): string {
  return Number.isFinite(bytes) ? `${((100 * bytes) / maxBytes).toFixed(1)}%` : "∞";
}

function rowOf(name: string, cells: readonly string[], verdict: string): string {
  const numbers = COLUMNS.map((column, i) => (cells[i] ?? "").padStart(Math.max(8, column.length)));
  return [name.padEnd(NAME_WIDTH), ...numbers, ` ${verdict}`].join(" ");
}
