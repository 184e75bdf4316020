import { ModuleRetainedError, ModuleUnloadedError } from "../host/errors.ts";
import type { LoadedModule } from "../host/loaded-module.ts";
import { makeRoom } from "./make-room.ts";
import { takeCharge } from "./batches.ts";
import { settlesWithin } from "./deadline.ts";
import { drainLater } from "./drain-later.ts";
import type { HostParts } from "./host-parts.ts";
import { asLoadError } from "./load-error.ts";
import type { ModuleVersion } from "./module-version.ts";
import { Replacement } from "./replacement.ts";
import { versionsOf, type Root } from "./roots.ts";
import { finish, takeTurn } from "./turns.ts";

/** Options of `ModuleHost.reload`. */
export interface ReloadOptions {
  /**
   * Milliseconds that the version before may run on for its leases; after that its scope ends.
   * Also how long the reload waits for earlier versions and operations. 5000 by default.
   */
  readonly drain?: number | undefined;
  /** Whether the next version gets what `dispose` callbacks write into `data`. True by default. */
  readonly carry?: boolean | undefined;
}

/** The default of `drain`. */
export const DRAIN = 5000;

/** Replaces a module by a new version; the old one stays in charge until that runs. */
export async function reloadModule(
  parts: HostParts,
  name: string,
  { drain = DRAIN, carry = true }: ReloadOptions,
): Promise<LoadedModule> {
  parts.checkOpen("reload module");
  const root = parts.roots.get(name);
  if (root === undefined) throw new ModuleUnloadedError("reload module", name, 0);
  const operation = await takeTurn(parts, root, "reload", drain);
  if (operation === undefined) throw new ModuleUnloadedError("reload module", name, 0);
  const replacement = new Replacement(parts, { root, operation, carry, patience: drain });
  const start = parts.settings.clock.now();
  try {
    operation.check();
    await operation.guard(makeRoom(parts, name));
    await operation.guard(awaitVersions(parts, root, drain));
    operation.check();
    await replacement.prepare([root.active!.use("reload module")]);
    await replacement.evaluate();
    const handle = takeOver(parts, root, replacement, drain);
    finish(root, operation);
    parts.tally.reloads++;
    const durationMs = parts.settings.clock.now() - start;
    parts.events.emit("reload", { module: name, version: handle.version, durationMs });
    return handle;
  } catch (cause) {
    const { version } = replacement;
    const error = operation.isAbandoned ? cause : asLoadError(root, version, cause);
    await replacement.undo(error);
    finish(root, operation);
    parts.tally.failures++;
    parts.events.emit("error", { module: name, version, error });
    throw error;
  }
}

function takeOver(
  parts: HostParts,
  root: Root,
  replacement: Replacement,
  drain: number,
): LoadedModule {
  const old = root.active!;
  const next = replacement.next[0]!;
  replacement.settle();
  old.state = "draining";
  root.draining.add(old);
  const handle = takeCharge(parts, root, next);
  drainLater(parts, root, old, drain);
  return handle;
}

/**
 * Waits until another version may be made: `maxVersions` counts the active one and those that have
 * leases. If it is 1, the active one must have no leases.
 */
async function awaitVersions(parts: HostParts, root: Root, drain: number): Promise<void> {
  const { clock, maxVersions } = parts.settings;
  const end = clock.now() + drain;
  for (;;) {
    const holding = heldVersions(root, maxVersions);
    if (holding === undefined) return;
    const anyFree = Promise.race(holding.map((version) => version.whenFree()));
    if (await settlesWithin(clock, anyFree, end - clock.now())) continue;
    const holders = holding.flatMap((version) => version.holders(clock.now()));
    const labels = holders.map(({ label, version }) => `"${label}" of version ${version}`);
    throw new ModuleRetainedError(
      `Cannot reload module "${root.spec.name}": ${labels.join(", ")} still run${labels.length === 1 ? "s" : ""} after ${drain} ms, expected fewer than ${maxVersions} versions in use (maxVersions)`,
      { module: root.spec.name, version: root.active?.number ?? 0, holders },
    );
  }
}

/** The versions for which a reload has to wait, or undefined if it may begin. */
function heldVersions(root: Root, maxVersions: number): ModuleVersion[] | undefined {
  const leased = versionsOf(root).filter(({ isLeased }) => isLeased);
  if (maxVersions === 1) return leased.length === 0 ? undefined : leased;
  const others = leased.filter((version) => version !== root.active);
  return others.length + 1 < maxVersions ? undefined : others;
}
