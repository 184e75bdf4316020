import { statSync, type Stats } from "node:fs";
import { basename } from "node:path";
import { HeapGraph } from "../heap-graph/heap-graph.ts";
import { mistake } from "./mistake.ts";
import { printBytes } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** The name that stands for the standard input in place of a file. */
const STANDARD_INPUT = "-";

/**
 * Reads a snapshot file, packed by gzip or not, and shows how far it is.
 * @throws {Error} if the file cannot be read, or is not a heap snapshot.
 */
export async function readSnapshotFile(path: string, terminal: Terminal): Promise<HeapGraph> {
  if (path === STANDARD_INPUT) return named("standard input", HeapGraph.read(terminal.input));
  const { size } = statsOf(path);
  const whole = printBytes(size);
  const onProgress = (bytes: number): void => {
    const share = Math.min(100, Math.floor((bytes / size) * 100));
    terminal.showProgress(`Reading ${basename(path)}: ${share} % of ${whole}`);
  };
  return named(path, HeapGraph.read(path, { onProgress }));
}

function statsOf(path: string): Stats {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === "ENOENT" ? "there is no such file" : message;
    throw mistake(`Cannot read ${path}: ${found}, expected a heap snapshot`);
  }
  if (!stats.isDirectory()) return stats;
  throw mistake(`Cannot read ${path}: it is a folder, expected a heap snapshot`);
}

/** Puts the name of the file into the errors of reading it. */
async function named(name: string, reading: Promise<HeapGraph>): Promise<HeapGraph> {
  try {
    return await reading;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const what = message.replace(/^Cannot read heap snapshot: /, "");
    throw mistake(`Cannot read ${name}: ${what}`, { cause: error });
  }
}
