import { ModuleRetainedError } from "../host/errors.ts";
import type { HostParts } from "./host-parts.ts";

/**
 * Looks whether old versions are collected if there are many, and refuses another version if more
 * than `maxZombies` of them are held.
 *
 * @throws {ModuleRetainedError} with what holds them.
 */
export async function makeRoom(parts: HostParts, module: string): Promise<void> {
  const { afterlife, settings } = parts;
  const { maxZombies } = settings;
  if (afterlife.unverified <= maxZombies && afterlife.size <= maxZombies) return;
  await afterlife.judgeAll("fast");
  if (afterlife.size <= maxZombies) return;
  await afterlife.explain();
  const zombies = afterlife.zombies();
  throw new ModuleRetainedError(
    `Cannot load module "${module}": ${zombies.length} unloaded versions are held, expected at most ${maxZombies} (maxZombies)${listed(zombies)}`,
    { module, version: 0, retained: zombies.flatMap(({ retained }) => retained) },
  );
}

function listed(
  zombies: readonly { module: string; version: number; retained: readonly unknown[] }[],
): string {
  const lines = zombies.map(
    ({ module, version, retained: [path] }) =>
      `\n- version ${version} of "${module}"${path === undefined ? "" : `: ${String(path)}`}`,
  );
  return lines.slice(0, 10).join("");
}
