/// <reference types="node" />
import { readOptions, refuse } from "../checks/arguments.ts";
import { nodeModule } from "../host/node-modules.ts";
import { readByteSize } from "./byte-size.ts";
import type { Columns } from "./columns.ts";
import { SnapshotTooLargeError } from "./errors.ts";
import { readColumns } from "./read-columns.ts";

/** Options of a snapshot of this process. */
export interface CaptureOptions {
  /**
   * The memory that V8 may need for the snapshot, in addition to the heap: bytes, or a size such as
   * `"2gb"` or `"50%"` of the memory that is free. 25 % by default.
   */
  readonly maxBytes?: number | string | undefined;
}

/** Bytes that V8 was measured to need for a node and its edges, on Node 20 to 26. */
const BYTES_PER_NODE = 600;
/**
 * Bytes of the heap for each node: 36 in a heap of small objects, 95 in one that is mostly code.
 * The default bound leaves room for a heap that is worse than this.
 */
const HEAP_BYTES_PER_NODE = 60;
/** V8 needs up to 32 bytes for each element of 8 bytes of a large array. */
const BYTES_PER_LARGE_BYTE = 4;

const action = "take heap snapshot";

/**
 * Takes a snapshot of this process and reads it as it is written.
 * @throws {SnapshotTooLargeError} if it would need more than `maxBytes`.
 */
export async function captureColumns(options: CaptureOptions): Promise<Columns> {
  const freeBytes = availableBytes();
  const readMaxBytes = (size: unknown): number => readByteSize(action, "maxBytes", size, freeBytes);
  const { maxBytes = "25%" } = readOptions(action, options, {
    maxBytes: (_action, _name, size) => void readMaxBytes(size),
  });
  const v8 = nodeModule("node:v8");
  if (typeof v8?.getHeapSnapshot !== "function")
    refuse(action, "the host has no v8.getHeapSnapshot", "Node", Error);
  const estimatedBytes = estimateSnapshotBytes();
  const bound = readMaxBytes(maxBytes);
  if (estimatedBytes > bound) throw new SnapshotTooLargeError(estimatedBytes, bound);
  return readColumns(v8.getHeapSnapshot());
}

/**
 * The bytes that V8 is expected to need for a snapshot of this process now, in addition to the
 * heap. 0 if the host cannot tell.
 */
function estimateSnapshotBytes(): number {
  const spaces = nodeModule("node:v8")?.getHeapSpaceStatistics?.() ?? [];
  let bytes = 0;
  for (const { space_name: name, space_used_size: used } of spaces) {
    const factor = name.includes("large")
      ? BYTES_PER_LARGE_BYTE
      : BYTES_PER_NODE / HEAP_BYTES_PER_NODE;
    bytes += used * factor;
  }
  return Math.round(bytes);
}

/** Free memory, of the container if the process is in one that Node knows of. */
function availableBytes(): number {
  const process = nodeModule("node:process");
  if (typeof process?.availableMemory === "function") return process.availableMemory();
  return nodeModule("node:os")?.freemem() ?? Infinity;
}
