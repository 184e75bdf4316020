import { nodeModule } from "../host/node-modules.ts";

interface Host {
  readonly gc?: unknown;
  readonly Bun?: { readonly gc?: (isSynchronous: boolean) => void };
}

let ofEngine: (() => void) | undefined;

/**
 * Returns a function that runs one full collection of the engine, or undefined if the host does
 * not offer it. It is called without arguments: on Node 20, `gc({ type: "major" })` collects only
 * the young generation.
 */
export function plainCollector(): (() => void) | undefined {
  const { gc, Bun } = globalThis as Host;
  if (typeof gc === "function") return () => void gc();
  if (typeof Bun?.gc === "function") return () => Bun.gc!(true);
  return (ofEngine ??= collectorOfEngine());
}

/** Takes `gc` from a context that is made while the flag is set, so that no global is changed. */
function collectorOfEngine(): (() => void) | undefined {
  const v8 = nodeModule("node:v8");
  const vm = nodeModule("node:vm");
  if (v8 === undefined || vm === undefined) return undefined;
  try {
    v8.setFlagsFromString("--expose-gc");
    const gc: unknown = vm.runInNewContext("typeof gc === 'function' ? gc : undefined");
    return typeof gc === "function" ? () => void gc() : undefined;
  } catch {
    return undefined;
  } finally {
    try {
      // Otherwise each context that the program makes from now on would have a global `gc`.
      v8.setFlagsFromString("--no-expose-gc");
    } catch {
      // A host that cannot set flags has not set the first one either.
    }
  }
}
