import { attempt } from "@heapwise/lru/slots";
import { host, type HeapModule } from "../host/host.ts";

/** What the heap holds and may hold, bytes, under the names of V8. */
export interface Heap {
  readonly used_heap_size: number;
  readonly heap_size_limit: number;
  /** Outside of the heap: buffers. */
  readonly external_memory: number;
}

/** Reads the heap: 0.6 us. Undefined if the host tells nothing of it, as browsers and edge runtimes. */
export function readHeap(): Heap | undefined {
  // A built-in that is asked for at run time needs no import, which browsers could not follow.
  return attempt(() =>
    (found ??= host.process?.getBuiltinModule?.("node:v8"))?.getHeapStatistics?.(),
  );
}

let found: HeapModule | undefined;
