import { macrotasksOf, type MacrotaskHost } from "@heapwise/lru/slots";

/** What this package uses of the host. */
interface Host extends MacrotaskHost {
  readonly WeakRef: WeakRefConstructor;
  /** Undefined in hosts that tell nobody of a collection. */
  readonly FinalizationRegistry: FinalizationRegistryConstructor | undefined;
  readonly performance?: { now(): number };
  readonly process?: HostProcess;
  readonly console: { error(...data: unknown[]): void };
}

interface HostProcess {
  getBuiltinModule?(name: "node:v8"): HeapModule | undefined;
  on?(event: "exit", listener: () => void): unknown;
}

/** What `node:v8` tells of the heap, in bytes. */
export interface HeapModule {
  /** Absent from the stand-ins of some hosts. */
  getHeapStatistics?(): {
    readonly used_heap_size: number;
    readonly heap_size_limit: number;
    readonly external_memory: number;
  };
}

/** Looked up at each use, so that a test which replaces the globals by fakes replaces them here. */
export const host: Host = globalThis as unknown as Host;

/** Runs a function in a macrotask of its own, soon, outside every async context. */
export const inMacrotask: (run: () => void) => void = /* @__PURE__ */ macrotasksOf(host);

/** The host's monotonic time, or that of day if it has no other, ms. */
export function hostNow(): number {
  return (host.performance ?? Date).now();
}

/** Throws a TypeError if the host lacks what is needed, which is a `WeakRef` mostly. */
export function checkHost(
  action: string,
  need: "WeakRef" | "FinalizationRegistry" = "WeakRef",
): void {
  if (host[need] === undefined) {
    throw new TypeError(`Cannot ${action}: the host has no ${need}, expected one that has`);
  }
}
