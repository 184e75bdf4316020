import { attempt } from "../host/attempt.ts";

/** What runtimes tell of memory. */
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
 * Bytes that this process may use: the least of what its control group allows, what the machine has,
 * and where the engine gives up. A process that is not limited is told 2^64, so that no figure counts alone.
 * NaN if the runtime tells nothing.
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
