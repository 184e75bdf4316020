import type { Columns } from "../columns.ts";
import { bitsFor, isSet, setBit } from "./bits.ts";
import { EphemeronNames } from "./ephemeron-names.ts";
import { isDomTreesRoot } from "./user-roots.ts";

const ROOT = 0;

/** Returns a bit for each node that a global object or the documents of a page reach. */
export function nodesReachedByUser(columns: Columns): Uint32Array {
  const { nodeCount, firstEdges, edgeKinds, edgeTargets } = columns;
  const weak = columns.edgeKindNames.indexOf("weak");
  const shortcut = columns.edgeKindNames.indexOf("shortcut");
  const element = columns.edgeKindNames.indexOf("element");
  const reached = bitsFor(nodeCount);
  const pending = new Uint32Array(nodeCount);
  let count = 0;
  const reach = (node: number): void => {
    if (isSet(reached, node)) return;
    setBit(reached, node);
    pending[count++] = node;
  };
  // V8 marks global objects by shortcuts of the root.
  for (let edge = firstEdges[ROOT]!; edge < firstEdges[ROOT + 1]!; edge++) {
    const kind = edgeKinds[edge]!;
    const target = edgeTargets[edge]!;
    if (kind === shortcut || (kind === element && isDomTreesRoot(columns, target))) reach(target);
  }
  while (count > 0) {
    const node = pending[--count]!;
    for (let edge = firstEdges[node]!, end = firstEdges[node + 1]!; edge < end; edge++) {
      if (edgeKinds[edge] !== weak) reach(edgeTargets[edge]!);
    }
  }
  return reached;
}

/**
 * Returns a bit for each edge that keeps its target alive, by the rule of DevTools. An edge does
 * not count if
 * - it is weak;
 * - it leads to its own source;
 * - it is a shortcut, unless it leaves the root: a shortcut abbreviates edges that are there too;
 * - it leads from the table of a WeakMap to a value. The edge from the key to the value counts;
 *   without it the value would seem to be kept by whoever holds the WeakMap;
 * - it leads from a node that no user root reaches to one that a user root reaches. The engine's
 *   own references would otherwise hide what in the program keeps an object.
 *
 * Source: `computeIsEssentialEdge` in `HeapSnapshot.ts` of chrome-devtools-frontend 1.0.1705227.
 */
export function retainingEdges(columns: Columns, reachedByUser: Uint32Array): Uint32Array {
  const { nodeCount, edgeCount, firstEdges, edgeKinds, edgeNames, edgeTargets, nodeIds } = columns;
  const weak = columns.edgeKindNames.indexOf("weak");
  const shortcut = columns.edgeKindNames.indexOf("shortcut");
  const internal = columns.edgeKindNames.indexOf("internal");
  const ephemerons = new EphemeronNames(columns.strings);
  const retaining = bitsFor(edgeCount);
  for (let node = 0; node < nodeCount; node++) {
    const isRoot = node === ROOT;
    const fromUser = isRoot || isSet(reachedByUser, node);
    for (let edge = firstEdges[node]!, end = firstEdges[node + 1]!; edge < end; edge++) {
      const kind = edgeKinds[edge]!;
      if (kind === weak || (kind === shortcut && !isRoot)) continue;
      const target = edgeTargets[edge]!;
      if (target === node || (!fromUser && isSet(reachedByUser, target))) continue;
      if (kind === internal && ephemerons.read(edgeNames[edge]!)?.tableId === nodeIds[node]) {
        continue;
      }
      setBit(retaining, edge);
    }
  }
  return retaining;
}
