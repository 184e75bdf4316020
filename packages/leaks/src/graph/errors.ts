/** Why a file could not be read as a heap snapshot. */
export type UnreadableReason =
  /** There are no bytes. */
  | "empty"
  /** The bytes are no JSON object, or one of another kind, such as a CPU profile. */
  | "foreign"
  /** The file ends too early. */
  | "truncated"
  /** The bytes contradict each other, or the form that V8 writes. */
  | "damaged"
  /** The bytes start as gzip does, and cannot be unpacked. */
  | "gzip"
  /** The counts of the header need more memory than there is. */
  | "memory";

/**
 * Thrown by `HeapGraph.read` and `HeapGraph.capture` if the bytes are not a heap snapshot.
 *
 * @example
 * ```ts
 * import { HeapGraph, HeapSnapshotError } from "@heapwise/leaks/snapshot";
 *
 * const error = await HeapGraph.read(new Blob(['{"nodes":[]}'])).catch((error: unknown) => error);
 * error instanceof HeapSnapshotError; // => true
 * (error as HeapSnapshotError).reason; // => "foreign"
 * ```
 */
export class HeapSnapshotError extends Error {
  /** Always `"HeapSnapshotError"`. */
  override readonly name: string = "HeapSnapshotError";
  /** Always `"SNAPSHOT_UNREADABLE"`. */
  readonly code: string = "SNAPSHOT_UNREADABLE";
  /** The kind of the mistake in the bytes. */
  readonly reason: UnreadableReason;
  /** How many bytes came before the place of the fault, after unpacking; undefined if unknown. */
  readonly offset: number | undefined;

  /** Made by the reader; programs only catch it. */
  constructor(
    reason: UnreadableReason,
    detail: string,
    offset?: number,
    options?: { readonly cause: unknown },
  ) {
    const place = offset === undefined ? "" : ` at byte ${offset}`;
    super(`Cannot read heap snapshot: ${detail}${place}`, options);
    this.reason = reason;
    this.offset = offset;
  }
}

/**
 * Thrown by `HeapGraph.capture` if a snapshot of this process would not fit in memory. Nothing has
 * been taken then.
 *
 * @example
 * ```ts
 * import { HeapGraph, SnapshotTooLargeError } from "@heapwise/leaks/snapshot";
 *
 * const error = await HeapGraph.capture({ maxBytes: 1000 }).catch((error: unknown) => error);
 * error instanceof SnapshotTooLargeError; // => true
 * (error as SnapshotTooLargeError).maxBytes; // => 1000
 * ```
 */
export class SnapshotTooLargeError extends Error {
  /** Always `"SnapshotTooLargeError"`. */
  override readonly name: string = "SnapshotTooLargeError";
  /** Always `"SNAPSHOT_TOO_LARGE"`. */
  readonly code: string = "SNAPSHOT_TOO_LARGE";
  /** Bytes that V8 is expected to need while it takes the snapshot, in addition to the heap. */
  readonly estimatedBytes: number;
  /** The bound, in bytes. */
  readonly maxBytes: number;

  /** Made by `HeapGraph.capture`; programs only catch it. */
  constructor(estimatedBytes: number, maxBytes: number) {
    super(
      `Cannot take heap snapshot: it needs about ${estimatedBytes} bytes, expected at most ${maxBytes}`,
    );
    this.estimatedBytes = estimatedBytes;
    this.maxBytes = maxBytes;
  }
}
