import { bodyOf, type HeapGraph } from "../heap-graph/heap-graph.ts";

/**
 * The least part of the nodes with the same id that are of the same type. Of snapshots of one
 * process all are, but objects whose prototype was replaced; of two processes that run the same
 * program, 80 % were measured.
 */
const LEAST_SHARE = 0.95;

/**
 * Whether two snapshots look like those of one process: an object keeps its id as long as it lives.
 */
export function areOfOneProcess(older: HeapGraph, newer: HeapGraph): boolean {
  const before = bodyOf(older);
  const after = bodyOf(newer);
  let common = 0;
  let same = 0;
  for (let node = 0; node < after.nodeCount; node++) {
    // The ids of other nodes are hashes, and the same in each process.
    if (!isOfHeap(after.kindOf(node))) continue;
    const at = before.ordinalOf(after.idOf(node));
    if (at === undefined) continue;
    common += 1;
    if (before.typeOf(at) === after.typeOf(node)) same += 1;
  }
  return same >= common * LEAST_SHARE;
}

function isOfHeap(kind: string): boolean {
  return kind !== "synthetic" && kind !== "native";
}
