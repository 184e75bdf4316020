import type { Columns } from "../columns.ts";
import { bitsFor, isSet, setBit } from "./bits.ts";

/** The immediate dominator of each node, and the bytes that would be freed with the node. */
export interface DominatorTree {
  /** Ordinal of the nearest node without which a node would not be kept. The root has itself. */
  readonly dominators: Uint32Array;
  /** Own bytes of a node and of all nodes that it dominates. */
  readonly retainedBytes: Float64Array;
}

const ROOT = 0;
const UNSEEN = -1;
/** The sign bit, which marks the first predecessor of each node in the list of all of them. */
const FIRST = 1 << 31;

/**
 * Finds dominators by the simple form of the algorithm of Lengauer and Tarjan, which takes
 * O(m log n) steps for any graph. `docs/decisions/heap-dominators.md` compares it with others.
 *
 * The nodes are numbered in the order of a depth-first search: the root is 0, and the number of a
 * node is larger than its parent's. In this file a "node" is an ordinal, and a "number" is such a
 * number. All arrays but `numbers` are indexed by number.
 *
 * A node without a retaining edge to it hangs on the root. If even those nodes do not lead to a
 * node, as to one of two that have only each other, it hangs on the root too, and its edges do not
 * count. Both are as in DevTools.
 *
 * While it runs, it takes six arrays with 4 bytes for each node, a list with 4 bytes for each
 * retaining edge, and a bit for each node. An array that one step no longer needs serves the next
 * one under another name. The result is written over three of them, so 12 bytes a node remain.
 *
 * Source: Thomas Lengauer and Robert Endre Tarjan, "A fast algorithm for finding dominators in a
 * flowgraph", ACM TOPLAS 1 (1), 1979.
 */
export function findDominatorTree(columns: Columns, retaining: Uint32Array): DominatorTree {
  const { nodeCount } = columns;
  const lasting = new ArrayBuffer(8 * nodeCount);
  const numbers = new Int32Array(lasting, 0, nodeCount);
  const parents = new Int32Array(lasting, 4 * nodeCount, nodeCount);
  const order = new Int32Array(nodeCount);
  const cursors = new Int32Array(nodeCount);
  const counts = new Int32Array(nodeCount);
  const found = numberNodes(columns, retaining, { numbers, parents, order, cursors, counts });

  const predecessors = listPredecessors(columns, retaining, numbers, order, counts, found);
  const semidominators = numbers;
  const labels = cursors;
  const heads = counts;
  const dominators = new Int32Array(nodeCount);
  for (let number = 0; number < nodeCount; number++) {
    semidominators[number] = number;
    labels[number] = number;
    heads[number] = 0;
  }
  link(predecessors, parents, semidominators, labels, heads, dominators);

  const retainedBytes = new Float64Array(lasting);
  retainedBytes.set(columns.selfBytes);
  const result = new Uint32Array(cursors.buffer);
  for (let number = nodeCount - 1; number > 0; number--) {
    const node = order[number]!;
    const dominator = order[dominators[number]!]!;
    result[node] = dominator;
    retainedBytes[dominator]! += retainedBytes[node]!;
  }
  if (nodeCount > 0) result[ROOT] = ROOT;
  return { dominators: result, retainedBytes };
}

interface Numbering {
  /** The number of each node. */
  readonly numbers: Int32Array;
  /** The number of the node from which the search came. */
  readonly parents: Int32Array;
  /** The node of each number. */
  readonly order: Int32Array;
  /** The next edge that the search has to look at. */
  readonly cursors: Int32Array;
  /** How many predecessors are listed. */
  readonly counts: Int32Array;
}

/** Numbers all nodes. Returns how many of them are reached: by the root, or by what hangs on it. */
function numberNodes(columns: Columns, retaining: Uint32Array, numbering: Numbering): number {
  const { nodeCount, firstEdges, edgeTargets } = columns;
  const { numbers, parents, order, counts } = numbering;
  numbers.fill(UNSEEN);
  if (nodeCount === 0) return 0;
  let count = search(columns, retaining, numbering, ROOT, 0);
  if (count === nodeCount) return count;

  const isTarget = bitsFor(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    if (numbers[node] !== UNSEEN) continue;
    for (let edge = firstEdges[node]!, end = firstEdges[node + 1]!; edge < end; edge++) {
      if (isSet(retaining, edge)) setBit(isTarget, edgeTargets[edge]!);
    }
  }
  for (let node = 0; node < nodeCount; node++) {
    if (numbers[node] !== UNSEEN || isSet(isTarget, node)) continue;
    counts[count] = 1;
    count = search(columns, retaining, numbering, node, count);
  }
  const found = count;
  for (let node = 0; node < nodeCount; node++) {
    if (numbers[node] !== UNSEEN) continue;
    numbers[node] = count;
    parents[count] = 0;
    order[count] = node;
    counts[count] = 1;
    count++;
  }
  return found;
}

/**
 * Numbers a node, and all nodes that it reaches and that have no number yet, from `first` on.
 * Counts each of their edges at its target. Returns the next number.
 */
function search(
  { firstEdges, edgeTargets }: Columns,
  retaining: Uint32Array,
  { numbers, parents, order, cursors, counts }: Numbering,
  start: number,
  first: number,
): number {
  let number = first;
  let next = first + 1;
  numbers[start] = first;
  parents[first] = 0;
  order[first] = start;
  let edge = firstEdges[start]!;
  let end = firstEdges[start + 1]!;
  for (;;) {
    if (edge === end) {
      if (number === first) return next;
      number = parents[number]!;
      edge = cursors[number]!;
      end = firstEdges[order[number]! + 1]!;
      continue;
    }
    if (((retaining[edge >>> 5]! >>> (edge & 31)) & 1) === 0) {
      edge++;
      continue;
    }
    const target = edgeTargets[edge++]!;
    const seen = numbers[target]!;
    if (seen !== UNSEEN) {
      counts[seen]!++;
      continue;
    }
    cursors[number] = edge;
    numbers[target] = next;
    parents[next] = number;
    order[next] = target;
    counts[next] = 1;
    edge = firstEdges[target]!;
    end = firstEdges[target + 1]!;
    number = next++;
  }
}

/**
 * Returns the numbers of the predecessors of all nodes: those of 0, of 1, and so on. The first one
 * of each node but the root is marked. A place that no edge fills stands for the root.
 */
function listPredecessors(
  { nodeCount, firstEdges, edgeTargets }: Columns,
  retaining: Uint32Array,
  numbers: Int32Array,
  order: Int32Array,
  counts: Int32Array,
  found: number,
): Int32Array {
  let total = 0;
  for (let number = 0; number < nodeCount; number++) total += counts[number]!;
  const predecessors = new Int32Array(total);
  const ends = counts;
  let end = counts[0]!;
  for (let number = 1; number < nodeCount; number++) {
    predecessors[end] = FIRST;
    end += counts[number]!;
    ends[number] = end;
  }
  for (let number = found - 1; number >= 0; number--) {
    const node = order[number]!;
    for (let edge = firstEdges[node]!, last = firstEdges[node + 1]!; edge < last; edge++) {
      if (((retaining[edge >>> 5]! >>> (edge & 31)) & 1) === 0) continue;
      const target = numbers[edgeTargets[edge]!]!;
      predecessors[--ends[target]!]! |= number;
    }
  }
  return predecessors;
}

/**
 * Writes the number of the immediate dominator of each number but 0 to `dominators`.
 *
 * Takes the numbers from the last to the first, and links each one to its parent. So there is a
 * forest of the linked ones, and `ancestors` leads from each of them towards the root of its tree.
 * `labels` has the number with the smallest semidominator on the part of this way that `evaluate`
 * has made shorter.
 *
 * Until a number has its dominator, it waits at its semidominator: `heads` has the first one that
 * waits, and `dominators` the next one; 0 is the end.
 */
function link(
  predecessors: Int32Array,
  ancestors: Int32Array,
  semidominators: Int32Array,
  labels: Int32Array,
  heads: Int32Array,
  dominators: Int32Array,
): void {
  const count = dominators.length;
  let at = predecessors.length;
  for (let number = count - 1; number > 0; number--) {
    const parent = ancestors[number]!;
    let semidominator = parent;
    for (let isFirst = false; !isFirst;) {
      const entry = predecessors[--at]!;
      isFirst = entry < 0;
      let candidate = entry & ~FIRST;
      if (candidate > number) {
        candidate =
          semidominators[evaluate(candidate, number + 1, ancestors, semidominators, labels)]!;
      }
      if (candidate < semidominator) semidominator = candidate;
    }
    semidominators[number] = semidominator;
    if (semidominator === parent) {
      dominators[number] = parent;
    } else {
      dominators[number] = heads[semidominator]!;
      heads[semidominator] = number;
    }
    let waiting = heads[parent]!;
    if (waiting === 0) continue;
    heads[parent] = 0;
    while (waiting !== 0) {
      const next = dominators[waiting]!;
      const least = evaluate(waiting, number, ancestors, semidominators, labels);
      dominators[waiting] = semidominators[least]! < parent ? least : parent;
      waiting = next;
    }
  }
  for (let number = 1; number < count; number++) {
    const dominator = dominators[number]!;
    if (dominator !== semidominators[number]) dominators[number] = dominators[dominator]!;
  }
}

/**
 * Returns the number with the smallest semidominator on the way from a linked number to the root of
 * its tree, without this root. Numbers from `linked` on are linked. Shortens the way.
 */
function evaluate(
  number: number,
  linked: number,
  ancestors: Int32Array,
  semidominators: Int32Array,
  labels: Int32Array,
): number {
  // The way back is written into `ancestors`, so that no stack is needed.
  let top = number;
  let below = 0;
  let above = ancestors[top]!;
  while (above >= linked) {
    ancestors[top] = below;
    below = top;
    top = above;
    above = ancestors[top]!;
  }
  let least = labels[top]!;
  let leastSemidominator = semidominators[least]!;
  while (below !== 0) {
    const label = labels[below]!;
    const semidominator = semidominators[label]!;
    if (leastSemidominator < semidominator) {
      labels[below] = least;
    } else {
      least = label;
      leastSemidominator = semidominator;
    }
    const next = ancestors[below]!;
    ancestors[below] = above;
    below = next;
  }
  return labels[number]!;
}
