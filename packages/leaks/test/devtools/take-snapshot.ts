import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A heap snapshot in a file, which is removed at the end of the scope. */
export interface SnapshotFile extends AsyncDisposable {
  readonly path: string;
  /** The text of the file, in pieces. V8 writes ASCII only. */
  pieces(): AsyncIterable<string>;
}

/** A program of `programs/`. */
export type ProgramName = "small" | "server" | "large";

/** Runs a program of `programs/` in a process of its own, in which it writes a heap snapshot. */
export async function takeSnapshot(program: ProgramName): Promise<SnapshotFile> {
  const folder = await mkdtemp(join(tmpdir(), "heapwise-snapshot-"));
  const path = join(folder, `${program}.heapsnapshot`);
  const source = fileURLToPath(new URL(`programs/${program}.mjs`, import.meta.url));
  const remove = (): Promise<void> => rm(folder, { recursive: true });
  try {
    await promisify(execFile)(process.execPath, [source, path], {
      env: { ...process.env, NODE_OPTIONS: "" },
    });
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    path,
    pieces: () => createReadStream(path, { encoding: "latin1", highWaterMark: 1 << 20 }),
    [Symbol.asyncDispose]: remove,
  };
}
