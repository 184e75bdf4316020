import type { ModuleInstance } from "../instances/module-instance.ts";
import type { HostParts } from "./host-parts.ts";

/**
 * Asks for new versions of a file with the next reload that reaches it. Returns the names of the
 * loaded modules that reach it.
 */
export function invalidateFile({ graph, roots }: HostParts, url: string): string[] {
  graph.invalidate(url);
  const affected: string[] = [];
  for (const { spec, active } of roots) {
    const instance = active?.instance;
    if (instance !== undefined && reaches(graph.reachable([instance]), url)) {
      affected.push(spec.name);
    }
  }
  return affected;
}

function reaches(reached: Iterable<ModuleInstance>, url: string): boolean {
  for (const { spec } of reached) if (spec.url === url) return true;
  return false;
}
