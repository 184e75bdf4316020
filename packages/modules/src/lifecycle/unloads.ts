import { collectGarbage, type RetainingPath } from "@heapwise/leaks";
import { ModuleRetainedError, ModuleUnloadedError, type Holder } from "../host/errors.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";
import type { VerifyOption } from "../proof/afterlife.ts";
import type { Remains } from "../proof/remains.ts";
import type { LeftBehind } from "../scope/left-behind.ts";
import { settlesWithin } from "./deadline.ts";
import { sweep } from "./endings.ts";
import type { HostParts } from "./host-parts.ts";
import type { Operation } from "./operation.ts";
import { DRAIN } from "./reloads.ts";
import { remember } from "./remember.ts";
import { versionsOf, type Root } from "./roots.ts";
import { abandon, begin, finish, takeTurn } from "./turns.ts";

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
  /** Bytes by which the heap shrank; 0 if nothing was collected. */
  readonly freedBytes: number;
  /** Milliseconds of the whole unload, with the waits and the proof. */
  readonly durationMs: number;
  /** What the module did not end itself. */
  readonly leftBehind: readonly LeftBehind[];
  /** What holds the code, if it is held. */
  readonly retained: readonly RetainingPath[];
}

/** The answer of `ModuleHost.softPurge`. */
export interface SoftPurge {
  /** Whether the module was ended. */
  readonly purged: boolean;
  /** The obstacles: leases, or a load or reload under way. */
  readonly holders: readonly Holder[];
}

/** Unloads a module, and proves it. */
export async function unloadModule(
  parts: HostParts,
  name: string,
  { verify = true, drain = DRAIN, force = false }: UnloadOptions,
): Promise<UnloadReport> {
  parts.checkOpen("unload module");
  const start = parts.settings.clock.now();
  const ruin = await unloadInTurn(parts, name, { verify, drain, force });
  // No variable of this function refers to the code: a function that waits holds its variables.
  return await prove(parts, ruin, start, verify);
}

/** Ends a module at once, in spite of leases and of a load under way, and proves it. */
export async function purgeModule(
  parts: HostParts,
  name: string,
  verify: VerifyOption = true,
): Promise<UnloadReport> {
  parts.checkOpen("purge module");
  const start = parts.settings.clock.now();
  const root = rootOf(parts, name, "purge module");
  const before = heapNow();
  const ruin = await purgeRoot(parts, root, new ModuleUnloadedError("load module", name, 0));
  return await prove(parts, { ...ruin, before }, start, verify);
}

/** Ends a module at once if nobody uses it. Its callbacks and its scope end in the background. */
export function softPurgeModule(parts: HostParts, name: string): SoftPurge {
  parts.checkOpen("purge module");
  const root = rootOf(parts, name, "purge module");
  const now = parts.settings.clock.now();
  const holders = holdersOf(root, now);
  const { operation } = root;
  if (operation !== undefined) {
    const version = root.pending?.version ?? root.active?.number ?? 0;
    holders.push({ label: operation.kind, version, heldMs: now - operation.since });
  }
  if (holders.length > 0) return { purged: false, holders };
  parts.inBackground(dismantle(parts, root, begin(parts, root, "unload"), "at once"));
  return { purged: true, holders };
}

/** Ends a root by force. Its handles and leases stop working before this function returns. */
export function purgeRoot(parts: HostParts, root: Root, reason: Error): Promise<Ruin> {
  abandon(parts, root, reason);
  return dismantle(parts, root, begin(parts, root, "unload"), "at once");
}

async function unloadInTurn(
  parts: HostParts,
  name: string,
  { verify, drain, force }: Required<{ [Name in keyof UnloadOptions]: UnloadOptions[Name] & {} }>,
): Promise<Ruin> {
  const root = rootOf(parts, name, "unload module");
  const operation = await takeTurn(parts, root, "unload", drain);
  if (operation === undefined) throw new ModuleUnloadedError("unload module", name, 0);
  let before: number;
  try {
    operation.check();
    await operation.guard(awaitLeases(parts, root, drain, force));
    before = await operation.guard(heapBefore(verify));
    operation.check();
  } catch (error) {
    for (const version of versionsOf(root)) version.open();
    if (root.active !== undefined) root.active.state = "active";
    finish(root, operation);
    throw error;
  }
  return { ...(await dismantle(parts, root, operation, "after dispose")), before };
}

async function awaitLeases(
  parts: HostParts,
  root: Root,
  drain: number,
  force: boolean,
): Promise<void> {
  const { clock } = parts.settings;
  const end = clock.now() + drain;
  if (root.active !== undefined) root.active.state = "draining";
  for (const version of versionsOf(root)) version.close();
  for (;;) {
    const leased = versionsOf(root).filter(({ isLeased }) => isLeased);
    if (leased.length === 0) return;
    const allFree = Promise.all(leased.map((version) => version.whenFree()));
    if (await settlesWithin(clock, allFree, end - clock.now())) continue;
    if (force) return;
    const { name } = root.spec;
    const holders = holdersOf(root, clock.now());
    const labels = holders.map(({ label, version }) => `"${label}" of version ${version}`);
    throw new ModuleRetainedError(
      `Cannot unload module "${name}": ${labels.join(", ")} still run${labels.length === 1 ? "s" : ""} after ${drain} ms, expected no leases or the option force`,
      { module: name, version: root.active?.number ?? 0, holders },
    );
  }
}

/** The rest of a root that was ended. Nothing here holds code. */
interface Ruin {
  /** The size of the heap before, without garbage. */
  readonly before: number;
  readonly remains: readonly Remains[];
  readonly leftBehind: readonly LeftBehind[];
  /** The modules that still import the module. */
  readonly importers: readonly RetainingPath[];
}

/**
 * Ends all versions of a root and what only they reach. The handles let go at once, or after the
 * callbacks of the module.
 */
async function dismantle(
  parts: HostParts,
  root: Root,
  operation: Operation,
  letGo: "at once" | "after dispose",
): Promise<Ruin> {
  const { name } = root.spec;
  const isUnloadable = root.handle?.unloadable ?? true;
  const versions = versionsOf(root);
  const newest = versions.at(-1);
  const instance = newest?.instance;
  for (const version of versions) {
    version.close();
    version.state = "draining";
    if (letGo === "at once") version.letGo("unloaded");
  }
  // The root stays until the end, so that `load` waits for it.
  Object.assign(root, { active: undefined, handle: undefined, pending: undefined });
  root.draining.clear();
  const ended = await sweep(parts);
  for (const version of versions) version.letGo("unloaded");
  parts.roots.remove(root);
  finish(root, operation);
  parts.tally.unloads++;
  for (const { number } of versions) parts.events.emit("unload", { module: name, version: number });
  const remains = parts.afterlife.unverifiedOf(name);
  const isKept = instance !== undefined && !instance.isDoomed;
  if (newest !== undefined && !isKept) {
    const { number: version } = newest;
    remains.push(remember(parts, { module: name, version, ended, holder: newest, isUnloadable }));
  }
  const importers = isKept ? [importedBy(instance)] : [];
  return { before: 0, remains, leftBehind: ended.leftBehind, importers };
}

/** The path of a module that other loaded modules import. */
function importedBy({ spec, version, importers }: ModuleInstance): RetainingPath {
  const names = [...importers].map((each) => `${each.spec.name} (version ${each.version})`);
  const steps = [
    { edge: "", node: `module ${names.join(", ")}` },
    { edge: "imports", node: `module ${spec.name} (version ${version})` },
  ];
  const text = `module: ${names.join(", ")}, imports → ${steps[1]!.node}`;
  return { root: "module", steps, toString: () => text };
}

function rootOf(parts: HostParts, name: string, action: string): Root {
  const root = parts.roots.get(name);
  const isThere = root?.active !== undefined || root?.operation?.kind === "load";
  if (root === undefined || !isThere) throw new ModuleUnloadedError(action, name, 0);
  return root;
}

function holdersOf(root: Root, now: number): Holder[] {
  return versionsOf(root).flatMap((version) => version.holders(now));
}

/** The size of the heap without garbage. */
async function heapBefore(verify: VerifyOption): Promise<number> {
  if (verify === false) return 0;
  await collectGarbage({ rounds: 1 });
  return heapNow();
}

function heapNow(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function prove(
  { afterlife, settings }: HostParts,
  { before, remains, leftBehind, importers }: Ruin,
  start: number,
  verify: VerifyOption,
): Promise<UnloadReport> {
  const proof = await afterlife.judge(remains, verify);
  const isImported = importers.length > 0;
  return {
    reclaimed: isImported ? false : proof.reclaimed,
    freedBytes: verify === false ? 0 : Math.max(0, before - heapNow()),
    durationMs: settings.clock.now() - start,
    leftBehind,
    retained: [...importers, ...proof.retained],
  };
}
