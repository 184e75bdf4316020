import { ModuleLoadError } from "../host/errors.ts";
import type { LoadedModule } from "../host/loaded-module.ts";
import type { Batch } from "../instances/module-instance.ts";
import type { Resolver } from "../resolution/resolver.ts";
import { makeRoom } from "./make-room.ts";
import { dropBatch, settle, takeCharge } from "./batches.ts";
import type { HostParts } from "./host-parts.ts";
import { asLoadError } from "./load-error.ts";
import type { ModuleSpec } from "../resolution/module-spec.ts";
import type { Operation } from "./operation.ts";
import type { Root } from "./roots.ts";
import { SharedLoad, waitFor } from "./shared-load.ts";
import { abandon, begin, finish } from "./turns.ts";

/** What `load` needs beside the name. */
export interface LoadRequest {
  readonly specifier: string;
  readonly data: Record<string, unknown>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Loads modules by name: one load for all that ask at once. A version that is active is returned
 * as it is, also during a reload; one that is being unloaded is waited for, and loaded again.
 */
export async function loadModule(parts: HostParts, request: LoadRequest): Promise<LoadedModule> {
  const { signal } = request;
  parts.checkOpen("load module");
  signal?.throwIfAborted();
  const spec = find(parts, request.specifier);
  for (;;) {
    const root = parts.roots.get(spec.name) ?? parts.roots.add(spec);
    parts.roots.note(request.specifier, root);
    if (isNew(root)) return await startLoad(parts, root, request);
    const { operation, handle, loading } = root;
    if (loading !== undefined) return await loading.join(signal);
    if (handle !== undefined && operation?.kind !== "unload") return handle;
    if (operation !== undefined) await waitFor(operation.done, signal);
    parts.checkOpen("load module");
  }
}

/** A module that is loaded stays found while an editor replaces its file. */
function find({ resolver, roots }: HostParts, specifier: string): ModuleSpec {
  try {
    return ownedByHost(resolver, specifier, resolver.resolve(specifier, undefined, "import"));
  } catch (error) {
    const known = roots.ofSpecifier(specifier);
    if (known?.handle === undefined) throw error;
    return known.spec;
  }
}

/** A file outside of the root is the host's too if it is loaded by name. */
function ownedByHost(resolver: Resolver, specifier: string, spec: ModuleSpec): ModuleSpec {
  if (spec.owner === "host") return spec;
  const { name, format } = spec;
  const isCode = format === "commonjs" || format === "module" || format === "json";
  if (isCode && !resolver.isShared(specifier, name)) return { ...spec, owner: "host" };
  throw new ModuleLoadError(
    `Cannot load module "${name}": it belongs to the process, expected JavaScript, TypeScript or JSON that "shared" does not name`,
    { module: name, version: 0, phase: "resolve" },
  );
}

function isNew({ operation, active }: Root): boolean {
  return operation === undefined && active === undefined;
}

function startLoad(parts: HostParts, root: Root, request: LoadRequest): Promise<LoadedModule> {
  const operation = begin(parts, root, "load");
  const result = firstLoad(parts, root, operation, request.data);
  const leave = (reason: unknown): void => {
    if (root.operation === operation) abandon(parts, root, reason as Error);
  };
  // A load that fails at once has no callers but this one.
  const loading = new SharedLoad(result, leave);
  if (root.operation === operation) root.loading = loading;
  return loading.join(request.signal);
}

async function firstLoad(
  parts: HostParts,
  root: Root,
  operation: Operation,
  data: Record<string, unknown>,
): Promise<LoadedModule> {
  const { settings, events, tally, linker } = parts;
  const start = settings.clock.now();
  const batch: Batch = { fresh: new Map(), made: [], renewed: new Set(), handover: new Map() };
  let version = 0;
  try {
    await operation.guard(makeRoom(parts, root.spec.name));
    operation.check();
    const instance = (root.pending = linker.instanceOf(root.spec, batch));
    ({ version } = instance);
    if (instance.order === 0) Object.assign(instance.hot.hot.data, data);
    await operation.guard(linker.prepare(instance));
    operation.check();
    await operation.guard(instance.body!.evaluate());
    operation.check();
    settle(parts, batch);
    const handle = takeCharge(parts, root, instance);
    root.loading = undefined;
    root.pending = undefined;
    finish(root, operation);
    tally.loads++;
    const durationMs = settings.clock.now() - start;
    events.emit("load", { module: root.spec.name, version, durationMs });
    return handle;
  } catch (cause) {
    if (root.operation === operation) {
      root.pending = undefined;
      root.loading = undefined;
      parts.roots.remove(root);
    }
    await dropBatch(parts, root, batch, version);
    finish(root, operation);
    tally.failures++;
    const error = operation.isAbandoned ? cause : asLoadError(root, version, cause);
    events.emit("error", { module: root.spec.name, version, error });
    throw error;
  }
}
