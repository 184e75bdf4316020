import { ModuleLoadError } from "../host/errors.ts";
import { LoadedModule } from "../host/loaded-module.ts";
import type { Batch, ModuleInstance } from "../instances/module-instance.ts";
import type { HostParts } from "./host-parts.ts";
import { ModuleVersion } from "./module-version.ts";
import type { Root } from "./roots.ts";

/** What `load` needs beside the name. */
export interface LoadRequest {
  readonly specifier: string;
  readonly data: Record<string, unknown>;
}

/** Loads modules by name: one load for all that ask at once. */
export async function loadModule(parts: HostParts, request: LoadRequest): Promise<LoadedModule> {
  const { resolver, roots } = parts;
  const spec = resolver.resolve(request.specifier, undefined, "import");
  for (;;) {
    const root = roots.get(spec.name);
    if (root === undefined) {
      const added = roots.add(spec);
      added.operation = added.loading = firstLoad(parts, added, request.data);
      return await added.loading;
    }
    if (root.handle !== undefined) return root.handle;
    if (root.loading !== undefined) return await root.loading;
    await root.operation?.catch(() => {});
  }
}

async function firstLoad(
  parts: HostParts,
  root: Root,
  data: Record<string, unknown>,
): Promise<LoadedModule> {
  const { settings, events, graph, linker } = parts;
  const start = settings.clock.now();
  const batch: Batch = { fresh: new Map(), renewed: new Set() };
  const instance = (root.pending = linker.instanceOf(root.spec, batch));
  Object.assign(instance.hot.hot.data, data);
  try {
    await linker.prepare(instance);
    await instance.body!.evaluate();
  } catch (error) {
    forget(parts, root);
    await dropUnreachable(parts);
    events.emit("error", { module: root.spec.name, version: instance.version, error });
    throw asLoadError(instance, error);
  }
  for (const fresh of batch.fresh.values()) settleInstance(fresh);
  settleInstance(instance);
  const handle = takeCharge(parts, root, instance);
  root.loading = undefined;
  root.operation = undefined;
  root.pending = undefined;
  graph.promote(instance);
  events.emit("load", {
    module: root.spec.name,
    version: instance.version,
    durationMs: settings.clock.now() - start,
  });
  return handle;
}

function forget(parts: HostParts, root: Root): void {
  root.pending = undefined;
  parts.roots.remove(root);
}

function settleInstance(instance: ModuleInstance): void {
  instance.batch = undefined;
  if (instance.state === "loading") instance.state = "active";
}

/** Makes an instance the active version of a root. */
export function takeCharge(parts: HostParts, root: Root, instance: ModuleInstance): LoadedModule {
  const version = new ModuleVersion(instance);
  root.active = version;
  root.handle = new LoadedModule(version, {
    unloadable: parts.backends.find(({ name }) => name === instance.backend)!.isUnloadable,
    now: () => parts.settings.clock.now(),
  });
  return root.handle;
}

/** Ends the scopes of versions that nothing reaches, and removes them. */
export async function dropUnreachable(parts: HostParts): Promise<void> {
  for (const instance of parts.graph.unreachable(parts.roots.instances())) {
    await instance.scope.end();
    parts.graph.remove(instance);
    await instance.body?.release();
    instance.hot.clear();
  }
}

function asLoadError(instance: ModuleInstance, error: unknown): unknown {
  if (error instanceof ModuleLoadError) return error;
  return new ModuleLoadError(`Cannot load module "${instance.spec.name}": ${String(error)}`, {
    module: instance.spec.name,
    version: instance.version,
    phase: "evaluate",
    cause: error,
  });
}
