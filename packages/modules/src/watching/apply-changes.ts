import type { ModuleInstance } from "../instances/module-instance.ts";
import type { HostParts } from "../lifecycle/host-parts.ts";
import { reloadModule } from "../lifecycle/reloads.ts";
import type { Root } from "../lifecycle/roots.ts";
import { planReload, type Boundary, type ChangedModules } from "./plan-reload.ts";
import { replaceBoundary } from "./replace-boundary.ts";

/**
 * Reloads what changes of some modules need, the smallest parts first. Errors are told by the event
 * `error`. Returns the errors of reloads that failed.
 */
export async function applyChanges(parts: HostParts, changes: ChangedModules): Promise<unknown[]> {
  const { graph, roots, events } = parts;
  const plan = planReload(graph, roots, changes);
  // Several parts may use one module between a changed one and them.
  for (const url of plan.passed) graph.invalidate(url);
  for (const { spec, version } of plan.declined) {
    const error = new Error(
      `Cannot reload module "${spec.name}": it declines reloads, expected it to be loaded again`,
    );
    events.emit("error", { module: spec.name, version, error });
  }
  const failures: unknown[] = [];
  for (const boundary of plan.boundaries) {
    const root = rootOf(parts, boundary.instance);
    if (root === undefined) continue;
    const error = await replaceBoundary(parts, root, boundary);
    if (error !== undefined) failures.push(error);
  }
  for (const name of plan.roots) {
    const error = await reloadRoot(parts, name);
    if (error !== undefined) failures.push(error);
  }
  return failures;
}

/** A module that was loaded by name and reaches a boundary that is still in use. */
function rootOf({ graph, roots }: HostParts, instance: Boundary["instance"]): Root | undefined {
  for (const root of roots) {
    const active = root.active?.instance;
    if (active !== undefined && graph.reachable([active]).has(instance)) return root;
  }
  return undefined;
}

/** Reloads a module by name. Returns the error if that fails. */
async function reloadRoot(parts: HostParts, name: string): Promise<unknown> {
  const root = parts.roots.get(name);
  const old = root?.active?.instance;
  if (old === undefined) return undefined;
  try {
    old.hot.emit("beforeUpdate", undefined);
    await reloadModule(parts, name, {});
    const next = root?.active?.instance;
    if (next !== undefined) takeOver(old, next);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A module that accepts itself is replaced for its importers too. */
function takeOver(old: ModuleInstance, next: ModuleInstance): void {
  if (!old.hot.acceptsItself) return;
  for (const importer of old.importers) importer.dependOn(next);
  old.hot.deliverItself(next.body?.exports);
}
