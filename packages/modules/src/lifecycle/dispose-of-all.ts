import { sweep } from "./endings.ts";
import type { HostParts } from "./host-parts.ts";
import type { Operation } from "./operation.ts";
import { abandon } from "./turns.ts";
import { purgeRoot } from "./unloads.ts";

/**
 * Ends all loads, reloads and modules by force, the module that was loaded last first, and looks
 * once whether all code is gone. Waits for no module that does not finish loading, and throws for
 * nothing that is held.
 */
export async function disposeOfAll(parts: HostParts, reason: Error): Promise<void> {
  const underWay: Operation[] = [];
  for (const root of parts.roots) {
    if (root.operation === undefined) continue;
    underWay.push(root.operation);
    if (root.operation.kind !== "unload" || root.active !== undefined) abandon(parts, root, reason);
  }
  for (const root of [...parts.roots].reverse()) {
    if (root.operation?.kind === "unload" && root.active === undefined) continue;
    await purgeRoot(parts, root, reason);
  }
  for (const { done } of underWay) await done;
  await parts.settled();
  await sweep(parts);
  const { afterlife } = parts;
  await afterlife.judgeAll(afterlife.isListened ? true : "fast");
}
