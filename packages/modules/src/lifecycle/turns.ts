import { ModuleLoadError } from "../host/errors.ts";
import { settlesWithin } from "./deadline.ts";
import type { HostParts } from "./host-parts.ts";
import { Operation, type OperationKind } from "./operation.ts";
import type { Root } from "./roots.ts";

/** Begins an operation of a root for which no other one is under way. */
export function begin(parts: HostParts, root: Root, kind: OperationKind): Operation {
  return (root.operation = new Operation(kind, parts.settings.clock.now()));
}

/** Ends an operation: the next one may begin. */
export function finish(root: Root, operation: Operation): void {
  if (root.operation === operation) root.operation = undefined;
  operation.finish();
}

/**
 * Waits up to `patience` ms for the operation that is under way, then abandons it: a module that
 * never finishes loading must not stop the next version. Begins an operation. Returns undefined if
 * the root is gone by then.
 */
export async function takeTurn(
  parts: HostParts,
  root: Root,
  kind: OperationKind,
  patience: number,
): Promise<Operation | undefined> {
  const { clock } = parts.settings;
  const end = clock.now() + patience;
  for (let under = root.operation; under !== undefined; under = root.operation) {
    const isDone = await settlesWithin(clock, under.done, end - clock.now());
    parts.checkOpen(`${kind} module`);
    if (!isDone && root.operation === under) {
      abandon(parts, root, tooLong(parts, root, under));
      await under.done;
    }
  }
  const isLoaded = parts.roots.has(root) && root.active !== undefined;
  return isLoaded ? begin(parts, root, kind) : undefined;
}

/**
 * Makes the operation under way of a root end with an error. Its work is not a root any more
 * at once; it sweeps it itself.
 */
export function abandon(parts: HostParts, root: Root, reason: Error): void {
  const { operation } = root;
  if (operation === undefined) return;
  operation.abandon(reason);
  root.operation = undefined;
  root.pending = undefined;
  root.loading = undefined;
  if (root.active === undefined) parts.roots.remove(root);
}

function tooLong(parts: HostParts, root: Root, operation: Operation): ModuleLoadError {
  const { name } = root.spec;
  const version = root.pending?.version ?? 0;
  const waited = Math.round(parts.settings.clock.now() - operation.since);
  return new ModuleLoadError(
    `Cannot ${operation.kind} module "${name}": it has not finished for ${waited} ms and the next operation waits, expected it to finish`,
    { module: name, version, phase: "evaluate" },
  );
}
