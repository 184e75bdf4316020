import { attempt } from "@heapwise/lru/slots";
import { host, type Heap, type HeapModule } from "../host/host.ts";

/**
 * Reads the heap, which takes 0.6 us. Undefined if the host does not report its heap, as browsers
 * and edge runtimes do not.
 */
export function readHeap(): Heap | undefined {
  // Requested at run time, because browsers could not resolve an import of the module.
  return attempt(() =>
    (found ??= host.process?.getBuiltinModule?.("node:v8"))?.getHeapStatistics?.(),
  );
}

let found: HeapModule | undefined;
