/// <reference types="node" />
import { checkAmount, readOptions, refuse } from "../checks/arguments.ts";
import { nodeModule } from "../host/node-modules.ts";
import type { Columns } from "./columns.ts";
import { SnapshotTooLargeError } from "./errors.ts";
import { readColumns } from "./read-columns.ts";

/** Options of a snapshot of this process. */
export interface CaptureOptions {
  /**
   * The memory that V8 may need for the snapshot, in addition to the heap: bytes. By default a
   * quarter of the memory that is free.
   */
  readonly maxBytes?: number | undefined;
}

/** Measured on Node 20 to 26: V8 keeps about so many bytes for a node until all is written. */
const BYTES_PER_NODE = 600;
/** Small objects are the bulk of every heap: Node's own has 42,000 nodes in 4 MB. */
const HEAP_BYTES_PER_NODE = 36;

/**
 * Takes a snapshot of this process and reads it as it is written.
 * @throws {SnapshotTooLargeError} if it would need more than `maxBytes`.
 */
export async function captureColumns(options: CaptureOptions): Promise<Columns> {
  const action = "take heap snapshot";
  const { maxBytes = defaultMaxBytes() } = readOptions(action, options, { maxBytes: checkAmount });
  const v8 = nodeModule("node:v8");
  if (v8 === undefined || typeof v8.getHeapSnapshot !== "function")
    refuse(action, "this runtime has no node:v8", "Node", Error);
  const estimatedBytes = estimateBytes(v8.getHeapStatistics().used_heap_size);
  if (estimatedBytes > maxBytes) throw new SnapshotTooLargeError(estimatedBytes, maxBytes);
  return readColumns(v8.getHeapSnapshot());
}

/** Bytes that V8 is expected to need for a snapshot of a heap with so many bytes in use. */
export function estimateBytes(usedHeapBytes: number): number {
  return Math.round(usedHeapBytes / HEAP_BYTES_PER_NODE) * BYTES_PER_NODE;
}

function defaultMaxBytes(): number {
  const os = nodeModule("node:os");
  return os === undefined ? Infinity : Math.floor(os.freemem() / 4);
}
