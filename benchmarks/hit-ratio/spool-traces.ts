import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileStore } from "./formats/id-stores.ts";
import { readRequests } from "./read-trace.ts";
import type { ReadOptions, TraceFile } from "./trace-file.ts";

/**
 * A trace that was read once, and is stored in a temporary file as little-endian numbers of 32
 * bits.
 */
export interface SpooledTrace extends TraceFile {
  readonly requests: number;
  readonly keys: number;
}

/** Traces in a temporary folder. Disposing of the object removes the folder. */
export interface SpooledTraces {
  readonly traces: SpooledTrace[];
  /** A line for each trace: its format and counts. */
  readonly understood: string[];
  readonly warnings: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Reads each trace once and writes its ids to a temporary folder, from which measuring processes
 * read them. Keeps no ids in memory. The folder is removed by `Symbol.asyncDispose`, when the
 * process exits, and when a signal ends it.
 * @throws {Error} with one line if a trace cannot be read, or if an option had no effect on any
 * trace.
 */
export async function spoolTraces(
  files: readonly TraceFile[],
  onRead?: (understood: string, warnings: readonly string[]) => void,
): Promise<SpooledTraces> {
  const folder = createFolder();
  try {
    const traces: SpooledTrace[] = [];
    const [understood, warnings]: string[][] = [[], []];
    const used = new Set<keyof ReadOptions>();
    for (const [at, file] of files.entries()) {
      const path = join(folder.path, `${at}.u32`);
      const { requests, keys, report, used: options } = await spool(file, path);
      for (const option of options) used.add(option);
      const { name, title, capacities } = file;
      const shared = { name, title, ...(capacities && { capacities }) };
      traces.push({ ...shared, path, requests, keys, options: { format: "u32" } });
      understood!.push(report.understood);
      warnings!.push(...report.warnings);
      onRead?.(report.understood, report.warnings);
    }
    refuseUnused(files, used);
    return {
      traces,
      understood: understood!,
      warnings: warnings!,
      [Symbol.asyncDispose]: async () => folder.remove(),
    };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

async function spool(file: TraceFile, path: string): ReturnType<typeof readRequests> {
  const fd = openSync(path, "w");
  try {
    const store = new FileStore(fd);
    return await readRequests(file, () => store);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    throw new Error(
      `Cannot copy trace ${file.path}: no space in ${tmpdir()}, expected 4 bytes per request (TMPDIR names another folder)`,
      { cause: error },
    );
  } finally {
    closeSync(fd);
  }
}

/** If an option had no effect on any trace, the user expected something else. */
function refuseUnused(files: readonly TraceFile[], used: ReadonlySet<keyof ReadOptions>): void {
  for (const { options = {} } of files) {
    for (const option of Object.keys(options) as (keyof ReadOptions)[]) {
      if (used.has(option)) continue;
      throw new Error(
        `Cannot use --${option} ${String(options[option])}: it had no effect on any trace, expected ${WANTED[option]}`,
      );
    }
  }
}

const WANTED: Readonly<Record<keyof ReadOptions, string>> = {
  format: "a trace",
  column: "a table, as with --format csv",
  separator: "a table, as with --format csv",
  field: "JSON lines, as with --format jsonl",
  encoding: "a text without a byte order mark",
};

/** A temporary folder that is removed with the process. */
function createFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "heapwise-traces-"));
  const removeFiles = (): void => rmSync(path, { recursive: true, force: true });
  const onSignal = (signal: NodeJS.Signals): void => {
    remove();
    // If there are other listeners, they decide about the process. Otherwise it ends as usual.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const remove = (): void => {
    removeFiles();
    process.off("exit", removeFiles);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  process.on("exit", removeFiles);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { path, remove };
}
