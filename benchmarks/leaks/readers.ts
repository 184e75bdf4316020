import { createReadStream, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { HeapGraph } from "@heapwise/leaks/snapshot";

/** Reads a file, and returns what it keeps of it. */
type Reader = (path: string) => Promise<unknown>;

const require = createRequire(import.meta.url);

function parse(path: string): Promise<unknown> {
  return Promise.resolve(JSON.parse(readFileSync(path, "utf8")));
}

/**
 * Readers that install without a browser and without native code. Each is loaded only in the
 * process that measures it. memlab's depends on a browser.
 */
export const READERS: Readonly<Record<string, Reader>> = {
  "heapwise HeapGraph": (path) => HeapGraph.read(path),
  "JSON.parse": parse,
  "heap-snapshot-toolkit": async (path) => {
    const toolkit = await import("heap-snapshot-toolkit");
    return toolkit.parse(createReadStream(path, "utf8"));
  },
  heapsnapshot: (path) => {
    const Heapsnapshot = require("heapsnapshot") as { fromFileSync(path: string): unknown };
    return Promise.resolve(Heapsnapshot.fromFileSync(path));
  },
  "v8-heapsnapshot": (path) => {
    const { parseSnapshotFromFile } = require("v8-heapsnapshot") as {
      parseSnapshotFromFile(path: string): Promise<unknown>;
    };
    return parseSnapshotFromFile(path);
  },
};
