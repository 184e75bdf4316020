import { attempt } from "../host/attempt.ts";

/** The figures of memory that runtimes report. */
interface Runtime {
  process?: {
    constrainedMemory?(): number;
    getBuiltinModule?(name: string): {
      totalmem?(): number;
      getHeapStatistics?(): { heap_size_limit: number };
    };
  };
  navigator?: { deviceMemory?: number };
  performance?: { memory?: { jsHeapSizeLimit: number } };
}

/**
 * The number of bytes that this process may use: the least of the limit of its control group, the
 * memory of the machine, and the heap limit of the engine. Without a limit the control group
 * reports 2^64, so all three are needed. NaN if the runtime reports none of them.
 */
export function usableMemory(runtime: Runtime = globalThis as Runtime): number {
  const limits = [
    () => runtime.process?.constrainedMemory?.(),
    () => runtime.process?.getBuiltinModule?.("node:os")?.totalmem?.(),
    () => runtime.process?.getBuiltinModule?.("node:v8")?.getHeapStatistics?.().heap_size_limit,
    () => runtime.performance?.memory?.jsHeapSizeLimit,
    () => (runtime.navigator?.deviceMemory ?? 0) * 2 ** 30,
  ].map((ask) => attempt(ask));
  const known = limits.filter((limit): limit is number => limit !== undefined && limit > 0);
  const least = Math.min(...known);
  return least <= Number.MAX_SAFE_INTEGER ? least : NaN;
}
