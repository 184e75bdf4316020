import type { ModuleInstance } from "../instances/module-instance.ts";
import { sweep } from "../lifecycle/endings.ts";
import type { HostParts } from "../lifecycle/host-parts.ts";
import { makeRoom } from "../lifecycle/make-room.ts";
import { DRAIN } from "../lifecycle/reloads.ts";
import { remember } from "../lifecycle/remember.ts";
import { Replacement } from "../lifecycle/replacement.ts";
import type { Root } from "../lifecycle/roots.ts";
import { finish, takeTurn } from "../lifecycle/turns.ts";
import type { Boundary } from "./plan-reload.ts";

/**
 * Replaces one module and what changed below it, but not its importers, and hands the new exports
 * to those that accept them. Returns the error if that fails; then the old version stays.
 * @param root A module that was loaded by name and reaches it.
 */
export async function replaceBoundary(
  parts: HostParts,
  root: Root,
  { instance: old, acceptedBy }: Boundary,
): Promise<unknown> {
  const { name } = old.spec;
  const operation = await takeTurn(parts, root, "reload", DRAIN);
  if (operation === undefined) return undefined;
  const start = parts.settings.clock.now();
  const replacement = new Replacement(parts, { root, operation, carry: true, patience: DRAIN });
  try {
    operation.check();
    await operation.guard(makeRoom(parts, root.spec.name));
    operation.check();
    old.hot.emit("beforeUpdate", undefined);
    await replacement.prepare([old]);
    await replacement.evaluate();
    const next = replacement.next[0]!;
    replacement.settle();
    for (const importer of old.importers) importer.dependOn(next);
    finish(root, operation);
    deliver(old, next, acceptedBy);
    const { version } = next;
    parts.tally.reloads++;
    const durationMs = parts.settings.clock.now() - start;
    parts.events.emit("reload", { module: name, version, durationMs });
    parts.inBackground(endReplaced(parts, name, old.version));
    return undefined;
  } catch (error) {
    await replacement.undo(error);
    finish(root, operation);
    parts.tally.failures++;
    parts.events.emit("error", { module: name, version: replacement.version, error });
    return error;
  }
}

function deliver(
  old: ModuleInstance,
  next: ModuleInstance,
  acceptedBy: readonly ModuleInstance[] | undefined,
): void {
  const exports = next.body?.exports;
  if (acceptedBy === undefined) old.hot.deliverItself(exports);
  const news = new Map([[old.spec.file!, exports]]);
  for (const importer of acceptedBy ?? []) importer.hot.deliver(news);
}

/** Ends the versions that nobody reaches any more. */
async function endReplaced(parts: HostParts, module: string, version: number): Promise<void> {
  const ended = await sweep(parts);
  if (ended.watched.length > 0) remember(parts, { module, version, ended, holder: undefined });
}
