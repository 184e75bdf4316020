import type { Probe, RetainingPath } from "@heapwise/leaks";
import { ModuleUnloadedError } from "../host/errors.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";
import { verify } from "../proof/verify.ts";
import type { LeftBehind } from "../scope/left-behind.ts";
import type { HostParts } from "./host-parts.ts";
import type { ModuleVersion } from "./module-version.ts";

/** Options of `ModuleHost.unload`. */
export interface UnloadOptions {
  /**
   * `true`, the default, collects garbage until all code is gone, and finds what holds the rest by
   * a heap snapshot; `fast` takes no snapshot; `false` collects nothing.
   */
  readonly verify?: boolean | "fast" | undefined;
  /** Milliseconds to wait for leases. 5000 by default. */
  readonly drain?: number | undefined;
  /** Unloads in spite of leases, after `drain`. */
  readonly force?: boolean | undefined;
}

/** What became of an unloaded module. */
export interface UnloadReport {
  /**
   * `plainly`: a plain collection freed all code; `lazily`: only a last-resort one did; `false`:
   * it is held; undefined if nobody looked.
   */
  readonly reclaimed: "plainly" | "lazily" | false | undefined;
  /** Bytes by which the heap shrank. */
  readonly freedBytes: number;
  readonly durationMs: number;
  /** What the module did not end itself. */
  readonly leftBehind: readonly LeftBehind[];
  /** What holds the code, if it is held. */
  readonly retained: readonly RetainingPath[];
}

/** What is known of a version after its code was let go: nothing that holds it. */
export interface Remains {
  readonly name: string;
  readonly version: number;
  readonly leftBehind: readonly LeftBehind[];
  readonly probes: readonly Probe[];
  readonly unloadable: boolean;
}

/** Unloads a module, and proves it. */
export async function unloadModule(
  parts: HostParts,
  name: string,
  options: UnloadOptions,
): Promise<UnloadReport> {
  const start = parts.settings.clock.now();
  const before = process.memoryUsage().heapUsed;
  const remains = await dismantle(parts, name);
  // No variable of this function refers to the code: a function that waits holds its variables.
  const proof = await verify(remains.probes, options.verify ?? true);
  return {
    ...proof,
    freedBytes: Math.max(0, before - process.memoryUsage().heapUsed),
    durationMs: parts.settings.clock.now() - start,
    leftBehind: remains.leftBehind,
  };
}

async function dismantle(parts: HostParts, name: string): Promise<Remains> {
  const root = parts.roots.get(name);
  const version = root?.active;
  if (root === undefined || version === undefined) {
    throw new ModuleUnloadedError("unload module", name, 0);
  }
  parts.roots.remove(root);
  const unloadable = root.handle!.unloadable;
  const { leftBehind, probes } = await end(parts, version);
  return { name, version: version.number, leftBehind, probes, unloadable };
}

async function end(
  parts: HostParts,
  version: ModuleVersion,
): Promise<{ leftBehind: LeftBehind[]; probes: Probe[] }> {
  const leftBehind: LeftBehind[] = [];
  const probes: Probe[] = [];
  const doomed: ModuleInstance[] = parts.graph.unreachable(parts.roots.instances());
  for (const instance of doomed) await instance.hot.dispose({}, true);
  for (const instance of doomed) {
    leftBehind.push(...(await instance.scope.end()));
    probes.push(...instance.probes);
    parts.graph.remove(instance);
    await instance.body?.release();
    instance.hot.clear();
    instance.state = "unloaded";
  }
  version.letGo("unloaded");
  return { leftBehind, probes };
}
