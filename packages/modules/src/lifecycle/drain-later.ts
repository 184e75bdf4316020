import type { LeftBehind } from "../scope/left-behind.ts";
import { macrotask, settlesWithin } from "./deadline.ts";
import { disposeOf, endScope, PATIENCE, sweep } from "./endings.ts";
import { isUnloadable } from "./batches.ts";
import type { HostParts } from "./host-parts.ts";
import type { ModuleVersion } from "./module-version.ts";
import { remember } from "./remember.ts";
import type { Root } from "./roots.ts";

/** Lets a replaced version run on for its leases, in the background, and then ends it. */
export function drainLater(
  parts: HostParts,
  root: Root,
  version: ModuleVersion,
  drain: number,
): void {
  parts.inBackground(drainVersion(parts, root, version, drain));
}

/**
 * After `drain` ms the scope of the version ends, even if leases go on. They keep the code, and
 * count for `maxVersions`.
 */
async function drainVersion(
  parts: HostParts,
  root: Root,
  version: ModuleVersion,
  drain: number,
): Promise<void> {
  const { clock } = parts.settings;
  const end = clock.now() + drain;
  const leftBehind: LeftBehind[] = [];
  // Who has just got the handle may still use it: `load` and the use are in different jobs.
  await macrotask();
  while (version.isLeased) {
    if (await settlesWithin(clock, version.whenFree(), end - clock.now())) continue;
    version.endScope();
    leftBehind.push(...(await endScopes(parts, version)));
    await version.whenFree();
  }
  // A purge or unload may have been faster.
  if (version.isUnloaded || !root.draining.delete(version)) return;
  const { instance } = version;
  version.letGo("unverified");
  const ended = await sweep(parts);
  ended.leftBehind.unshift(...leftBehind);
  const { name: module, number } = version;
  parts.events.emit("unload", { module, version: number });
  // Another module may still import this version.
  if (instance?.isDoomed !== true) return;
  remember(parts, {
    module,
    version: number,
    ended,
    holder: version,
    isUnloadable: isUnloadable(parts, instance),
  });
}

/** Ends the scopes of all that only one version reaches, and hides it from new importers. */
async function endScopes(parts: HostParts, version: ModuleVersion): Promise<LeftBehind[]> {
  const others = [...parts.roots.instances()].filter((each) => each !== version.instance);
  const alone = parts.graph.unreachable(others);
  const left: LeftBehind[] = [];
  for (const instance of alone) parts.graph.demote(instance);
  for (const instance of alone) await disposeOf(parts, instance, PATIENCE);
  for (const instance of alone) left.push(...(await endScope(parts, instance, PATIENCE)));
  return left;
}
