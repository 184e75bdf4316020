import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { runProgram } from "@heapwise/testkit";
import { afterEach, beforeEach, expect } from "vitest";

/** A folder of its own for each test of a file. */
export interface TraceFolder {
  readonly path: string;
  /** Writes a file, in a subfolder if its name has one, and returns its path. */
  write(name: string, content: Uint8Array | string): string;
}

/** Makes a folder before each test and removes it after. */
export function useTraceFolder(): TraceFolder {
  let path = "";
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "traces-"));
  });
  afterEach(() => rmSync(path, { recursive: true }));
  return {
    get path() {
      return path;
    },
    write(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
  };
}

/** Little-endian numbers of 32 bits. */
export function numbers(...ids: number[]): Buffer {
  const bytes = Buffer.alloc(4 * ids.length);
  ids.forEach((id, i) => bytes.writeUInt32LE(id, 4 * i));
  return bytes;
}

/** URLs as gzip, about `megabytes` MB after unpacking: four different parts in turns. */
export function packProducts(megabytes: number): {
  readonly packed: Buffer;
  readonly requests: number;
  readonly keys: number;
} {
  const keys = new Set<number>();
  const parts = [0, 1, 2, 3].map((part) => {
    const lines = Array.from({ length: 20_000 }, (_, i) => {
      const key = (i * 7_919 + part * 12_503) % 50_000;
      keys.add(key);
      return `/products/${String(key).padStart(12, "0")}/reviews?sort=price&page=1&of=20\n`;
    });
    return { lines, text: lines.join("") };
  });
  const bytes = parts.reduce((sum, { text }) => sum + text.length, 0);
  const rounds = Math.ceil((megabytes * 1e6) / bytes);
  const packed = parts.map(({ text }) => gzipSync(text, { level: 1 }));
  return {
    packed: Buffer.concat(Array.from({ length: rounds }, () => packed).flat()),
    requests: rounds * parts.reduce((sum, { lines }) => sum + lines.length, 0),
    keys: keys.size,
  };
}

export const SPOOL_IN_PROCESS: URL = new URL("./spool-in-process.ts", import.meta.url);

/**
 * Copies a trace in a process of its own with a heap of 64 MB, and returns the growth of its
 * memory.
 */
export async function spoolInProcess(
  path: string,
): Promise<{ requests: number; keys: number; peakMb: number }> {
  const flags = ["--max-old-space-size=64"];
  const { stdout, stderr } = await runProgram(SPOOL_IN_PROCESS, { flags, args: ["dispose", path] });
  expect(stderr).toBe("");
  return JSON.parse(stdout.split("\n")[0]!) as Awaited<ReturnType<typeof spoolInProcess>>;
}
