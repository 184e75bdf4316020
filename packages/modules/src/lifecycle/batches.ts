import { LoadedModule } from "../host/loaded-module.ts";
import type { Batch, ModuleInstance } from "../instances/module-instance.ts";
import { sweep } from "./endings.ts";
import type { HostParts } from "./host-parts.ts";
import { ModuleVersion } from "./module-version.ts";
import { remember } from "./remember.ts";
import type { Root } from "./roots.ts";

/** Makes the versions of a batch those that new importers get. */
export function settle({ graph }: HostParts, batch: Batch): void {
  for (const fresh of batch.made) {
    fresh.batch = undefined;
    if (!graph.has(fresh) || fresh.isDoomed) continue;
    if (fresh.state === "loading") fresh.state = "active";
    if (fresh.hasFailed) graph.demote(fresh);
    else graph.promote(fresh);
  }
}

/** Ends the versions of a batch that failed, but for those that other roots reach. */
export async function dropBatch(
  parts: HostParts,
  root: Root,
  batch: Batch,
  version: number,
): Promise<void> {
  const { graph } = parts;
  for (const fresh of batch.made) {
    fresh.batch = undefined;
    if (fresh.hasFailed) graph.demote(fresh);
    // Nothing replaces it and it was never in charge: only its scope ends.
    if (!isShared(parts, fresh)) fresh.isDisposed = true;
    else if (fresh.state === "loading") fresh.state = "active";
  }
  const ended = await sweep(parts);
  if (version > 0 && ended.watched.length > 0) {
    remember(parts, { module: root.spec.name, version, ended, holder: undefined });
  }
}

function isShared(parts: HostParts, instance: ModuleInstance): boolean {
  return parts.graph.reachable(parts.roots.instances()).has(instance);
}

/** Makes an instance the active version of a root. */
export function takeCharge(parts: HostParts, root: Root, instance: ModuleInstance): LoadedModule {
  const version = new ModuleVersion(instance);
  root.active = version;
  root.handle = new LoadedModule(version, {
    unloadable: isUnloadable(parts, instance),
    now: () => parts.settings.clock.now(),
  });
  version.state = "active";
  return root.handle;
}

/** Whether the backend of a version can unload it. */
export function isUnloadable({ backends }: HostParts, { backend }: ModuleInstance): boolean {
  return backends.find(({ name }) => name === backend)!.isUnloadable;
}
