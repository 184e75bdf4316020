import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";

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
