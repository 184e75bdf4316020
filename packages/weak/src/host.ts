/** What this package uses of the host. */
interface Host {
  readonly WeakRef: WeakRefConstructor;
  readonly FinalizationRegistry: FinalizationRegistryConstructor;
  readonly setImmediate?: (run: () => void) => unknown;
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly performance: { now(): number };
  readonly process?: HostProcess;
  readonly console: { error(...data: unknown[]): void };
}

interface HostProcess {
  getBuiltinModule?(name: "node:v8"): HeapModule | undefined;
  on?(event: "exit", listener: () => void): unknown;
}

/** What `node:v8` tells of the heap, in bytes. */
export interface HeapModule {
  getHeapStatistics(): {
    readonly used_heap_size: number;
    readonly heap_size_limit: number;
    readonly external_memory: number;
  };
}

/** Looked up at each use, so that a test which replaces the globals by fakes replaces them here. */
export const host: Host = globalThis as unknown as Host;

/** Runs a function in a macrotask of its own, soon. */
export function inMacrotask(run: () => void): void {
  if (host.setImmediate !== undefined) host.setImmediate(run);
  else host.setTimeout(run, 0);
}
