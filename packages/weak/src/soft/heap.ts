import { host, type HeapModule } from "../host.ts";

/** What the heap holds and may hold, bytes. */
export interface Heap {
  readonly used: number;
  readonly limit: number;
  /** Outside of the heap: buffers. */
  readonly external: number;
}

/** Reads the heap: 0.6 us. Undefined where the host tells nothing of it, as in browsers. */
export function readHeap(): Heap | undefined {
  const statistics = heapModule()?.getHeapStatistics?.();
  if (statistics === undefined) return undefined;
  return {
    used: statistics.used_heap_size,
    limit: statistics.heap_size_limit,
    external: statistics.external_memory,
  };
}

let found: HeapModule | undefined;

function heapModule(): HeapModule | undefined {
  // A built-in that is asked for at run time needs no import, which browsers could not follow.
  found ??= host.process?.getBuiltinModule?.("node:v8");
  return found;
}
