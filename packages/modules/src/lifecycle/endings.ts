import { watch, type ModuleInstance, type Watched } from "../instances/module-instance.ts";
import type { LeftBehind } from "../scope/left-behind.ts";
import { settlesWithin } from "./deadline.ts";
import type { HostParts } from "./host-parts.ts";

/** What ended versions leave. */
export interface Ended {
  readonly leftBehind: LeftBehind[];
  readonly watched: Watched[];
}

/** Most milliseconds that the host waits for callbacks of a module that ends. */
export const PATIENCE = 5000;

/**
 * Ends and removes all versions that no root reaches, in the reverse order of their evaluation:
 * first their `dispose` callbacks, then their scopes. What a version that ends has loaded in the
 * meantime is ended too.
 */
export async function sweep(parts: HostParts, patience: number = PATIENCE): Promise<Ended> {
  const ended: Ended = { leftBehind: [], watched: [] };
  for (;;) {
    const doomed = parts.graph.doom(parts.roots.instances());
    if (doomed.length === 0) return ended;
    await endAll(parts, doomed, ended, patience);
  }
}

async function endAll(
  parts: HostParts,
  doomed: readonly ModuleInstance[],
  ended: Ended,
  patience: number,
): Promise<void> {
  for (const instance of doomed) await disposeOf(parts, instance, patience);
  for (const instance of doomed) {
    ended.leftBehind.push(...(await endScope(parts, instance, patience)));
    for (const { ref, label } of instance.hot.tracked()) {
      const object = ref.deref();
      if (object !== undefined) ended.watched.push(watch(object, label));
    }
    ended.watched.push(...instance.watched);
    parts.graph.remove(instance);
    await release(parts, instance, patience);
    instance.hot.clear();
    instance.state = "unloaded";
  }
}

/** Runs the `dispose` and `prune` callbacks of a version that nothing replaces, once. */
export async function disposeOf(
  parts: HostParts,
  instance: ModuleInstance,
  patience: number,
): Promise<void> {
  if (instance.isDisposed) return;
  instance.isDisposed = true;
  if (instance.order === 0) return;
  await inTime(parts, instance, "dispose", instance.hot.dispose({}, true), patience);
}

/** Ends the scope of a version. Returns its remains; nothing if it was ended before. */
export async function endScope(
  parts: HostParts,
  instance: ModuleInstance,
  patience: number,
): Promise<LeftBehind[]> {
  const left: LeftBehind[] = [];
  const ending = instance.scope.end().then((found) => void left.push(...found));
  await inTime(parts, instance, "end scope", ending, patience);
  return left;
}

async function release(
  parts: HostParts,
  instance: ModuleInstance,
  patience: number,
): Promise<void> {
  const releasing = (async () => await instance.body?.release())();
  await inTime(parts, instance, "release", releasing, patience);
}

/** Waits for a callback of a module, but not forever, and reports its error. */
export async function inTime(
  parts: HostParts,
  { spec, version }: ModuleInstance,
  what: string,
  promise: Promise<unknown>,
  patience: number,
): Promise<void> {
  const { clock, onError } = parts.settings;
  try {
    if (await settlesWithin(clock, promise, patience)) return;
    onError(
      new Error(
        `Cannot ${what} of version ${version} of module "${spec.name}": it has not finished for ${patience} ms, expected it to finish`,
      ),
    );
  } catch (error) {
    onError(error);
  }
}
