import { explainProbes, type PathStep, type RetainingPath } from "@heapwise/leaks";
import type { Remains } from "./remains.ts";

/** What holds each of some versions, by one snapshot; nothing if it would not fit into memory. */
export async function findHolders(all: readonly Remains[]): Promise<RetainingPath[][]> {
  const isExplained = (remains: Remains): boolean => remains.isUnloadable;
  const probes = all
    .filter(isExplained)
    .flatMap(({ watched }) => watched.filter(({ probe }) => probe.isLive()))
    .map(({ probe }) => probe);
  const found = probes.length === 0 ? [] : await explain(probes);
  const byProbe = new Map(probes.map((probe, i) => [probe, found[i] ?? []]));
  return all.map((remains) => {
    if (!isExplained(remains)) return keptByNode(remains);
    return distinct(remains.watched.flatMap(({ probe }) => byProbe.get(probe) ?? []).map(trimPath));
  });
}

async function explain(probes: Parameters<typeof explainProbes>[0]): Promise<RetainingPath[][]> {
  try {
    return await explainProbes(probes);
  } catch {
    // The snapshot would be too large. That the code is held is known without it.
    return [];
  }
}

/** Many objects of a module are often held by one. */
function distinct(paths: readonly RetainingPath[]): RetainingPath[] {
  const byText = new Map(paths.map((path) => [String(path), path]));
  return [...byText.values()];
}

function trimPath(path: RetainingPath): RetainingPath {
  return path;
}

/** The path of a module of the backend `native`, which nothing can unload. */
export function keptByNode({ module, version }: Remains): RetainingPath[] {
  const steps: PathStep[] = [
    { edge: "", node: "module map of Node" },
    { edge: `["${module}"]`, node: `module ${module} (version ${version})` },
  ];
  const text = steps.map(({ edge, node }) => `${edge} → ${node}`);
  return [{ root: "module", steps, toString: () => `module: ${steps[0]!.node}, ${text[1]}` }];
}
