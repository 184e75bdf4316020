import { attempt } from "@heapwise/lru/slots";
import { host, type Heap, type HeapModule } from "../host/host.ts";

/** Reads the heap: 0.6 us. Undefined if the host tells nothing of it, as browsers and edge runtimes. */
export function readHeap(): Heap | undefined {
  // A built-in that is asked for at run time needs no import, which browsers could not follow.
  return attempt(() =>
    (found ??= host.process?.getBuiltinModule?.("node:v8"))?.getHeapStatistics?.(),
  );
}

let found: HeapModule | undefined;
