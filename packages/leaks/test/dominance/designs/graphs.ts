import type { Columns } from "../../../src/graph/columns.ts";
import { Dominance } from "../../../src/graph/dominance/dominance.ts";
import { findDominatorTree } from "../../../src/graph/dominance/dominator-tree.ts";
import type { Design, Graph } from "./design.ts";

/** The chosen design: the algorithm of Lengauer and Tarjan. */
export const lengauerTarjan: Design = ({ count, first, targets }) => {
  const retaining = new Uint32Array((targets.length + 31) >>> 5).fill(0xffff_ffff);
  const columns = {
    nodeCount: count,
    edgeCount: targets.length,
    firstEdges: first,
    edgeTargets: targets,
    selfBytes: new Uint32Array(count),
  } as Partial<Columns> as Columns;
  return findDominatorTree(columns, retaining).dominators;
};

/** The retaining edges of a heap. The root has an edge to each node without one. */
export function graphOf(columns: Columns): Graph {
  const { nodeCount: count, edgeCount, firstEdges, edgeTargets } = columns;
  const dominance = new Dominance(columns);
  const isTarget = new Uint8Array(count);
  for (let edge = 0; edge < edgeCount; edge++) {
    if (dominance.retains(edge)) isTarget[edgeTargets[edge]!] = 1;
  }
  const first = new Uint32Array(count + 1);
  const targets = new Uint32Array(edgeCount + count);
  let end = 0;
  for (let node = 0; node < count; node++) {
    for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++) {
      if (dominance.retains(edge)) targets[end++] = edgeTargets[edge]!;
    }
    if (node === 0) {
      for (let other = 1; other < count; other++) if (isTarget[other] === 0) targets[end++] = other;
    }
    first[node + 1] = end;
  }
  return { count, first, targets: targets.slice(0, end) };
}

/**
 * A queue whose first and last elements refer to the same objects. To find that the first element
 * keeps an object, an algorithm that walks up the tree walks along the whole queue.
 */
export function queueOf(length: number): Graph {
  const count = 2 * length + 1;
  const objects = Array.from({ length }, (_, index) => length + 1 + index);
  const lists = Array.from({ length: count }, (_, node) => {
    if (node === 0) return [1];
    if (node > length) return [];
    const next = node < length ? [node + 1] : [];
    return node === 1 || node === length ? [...next, ...objects] : next;
  });
  const first = new Uint32Array(count + 1);
  for (const [node, list] of lists.entries()) first[node + 1] = first[node]! + list.length;
  return { count, first, targets: Uint32Array.from(lists.flat()) };
}

/** A graph of nodes with about `degree` edges each: one to it, near or far, and others. */
export function randomGraph(count: number, degree: number, random: () => number): Graph {
  const lists: number[][] = Array.from({ length: count }, () => []);
  for (let node = 1; node < count; node++) {
    const near = Math.min(node, 3);
    const parent = node - 1 - Math.floor(random() * (random() < 0.5 ? near : node));
    lists[parent]!.push(node);
  }
  for (let edge = count; edge < count * degree; edge++) {
    const from = Math.floor(random() * count);
    // Mostly to neighbours: with many edges to anywhere, the root would be the only dominator.
    const distance = Math.floor(20 * (random() - 0.3) * (random() < 0.01 ? count / 20 : 1));
    const to = Math.min(count - 1, Math.max(1, from + distance));
    if (to !== from) lists[from]!.push(to);
  }
  const first = new Uint32Array(count + 1);
  for (const [node, list] of lists.entries()) first[node + 1] = first[node]! + list.length;
  return { count, first, targets: Uint32Array.from(lists.flat()) };
}
