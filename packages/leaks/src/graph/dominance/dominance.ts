import type { Columns } from "../columns.ts";
import { isSet } from "./bits.ts";
import { distancesFromUserRoots } from "./distances.ts";
import { findDominatorTree, type DominatorTree } from "./dominator-tree.ts";
import { nodesReachedByUser, retainingEdges } from "./retaining-edges.ts";

const ROOT = 0;
/** No child, or no further one: the root is no child. */
const NONE = 0;
/** States of a node in `retainedBytesOf`. */
const UNKNOWN = 0;
const COUNTED = 1;
const NOT_COUNTED = 2;

/**
 * What keeps what alive in a heap snapshot, in the numbers of Chrome DevTools. Nodes and edges are
 * ordinals. Each part is computed when it is first read, and kept: for each node, distances take 4
 * bytes, dominators and retained bytes 12, and the lists of dominated nodes 8. An edge takes a bit.
 */
export class Dominance {
  readonly #columns: Columns;
  #reachedByUser: Uint32Array | undefined;
  #retaining: Uint32Array | undefined;
  #distances: Int32Array | undefined;
  #tree: DominatorTree | undefined;
  #children: Children | undefined;

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  /**
   * Whether an edge keeps its target alive. Weak edges do not, nor do some that only seem to: see
   * `retainingEdges`.
   */
  retains(edge: number): boolean {
    return isSet(this.#retainingEdges, edge);
  }

  /** Whether a node is reached from a global object, or from a document of a page. */
  isReachedByUser(node: number): boolean {
    return isSet(this.#nodesReachedByUser, node);
  }

  /**
   * How far each node is from the roots of the program: 1 is such a root. From `SYSTEM_DISTANCE` on
   * it is the distance from the root of the snapshot. `UNREACHED` if only weak edges lead to it.
   */
  get distances(): Int32Array {
    return (this.#distances ??= distancesFromUserRoots(this.#columns));
  }

  /** The node without which a node would not be kept, and nearest to it. The root has itself. */
  get dominators(): Uint32Array {
    return this.#dominatorTree.dominators;
  }

  /** Own bytes of each node and of all nodes that it dominates. */
  get retainedBytes(): Float64Array {
    return this.#dominatorTree.retainedBytes;
  }

  /** Returns the nodes of which a node is the immediate dominator, in ascending order. */
  dominated(node: number): number[] {
    const { first, next } = (this.#children ??= listChildren(this.dominators));
    const children: number[] = [];
    for (let child = first[node]!; child !== NONE; child = next[child]!) children.push(child);
    return children;
  }

  /** Returns the bytes that nodes retain together. What several of them retain counts once. */
  retainedBytesOf(nodes: Iterable<number>): number {
    const { dominators, retainedBytes } = this.#dominatorTree;
    const states = new Uint8Array(this.#columns.nodeCount);
    const distinct: number[] = [];
    for (const node of nodes) {
      if (states[node] === COUNTED) continue;
      states[node] = COUNTED;
      distinct.push(node);
    }
    let bytes = 0;
    for (const node of distinct) {
      if (node === ROOT || !isBelowCounted(dominators, states, dominators[node]!)) {
        bytes += retainedBytes[node]!;
      }
    }
    return bytes;
  }

  /**
   * Does the same for all groups of nodes at once, in one walk. `groups` has the group of each
   * node, an integer below `count`.
   */
  retainedBytesByGroup(groups: ArrayLike<number>, count: number): Float64Array {
    const { dominators, retainedBytes } = this.#dominatorTree;
    const { first, next } = (this.#children ??= listChildren(dominators));
    const bytes = new Float64Array(count);
    // For each group, how many of its nodes are on the way from the root to the current node.
    const depths = new Uint32Array(count);
    let node = ROOT;
    for (;;) {
      const group = groups[node]!;
      if (depths[group] === 0) bytes[group]! += retainedBytes[node]!;
      depths[group]!++;
      let following = first[node]!;
      while (following === NONE) {
        depths[groups[node]!]!--;
        if (node === ROOT) return bytes;
        following = next[node]!;
        node = dominators[node]!;
      }
      node = following;
    }
  }

  get #nodesReachedByUser(): Uint32Array {
    return (this.#reachedByUser ??= nodesReachedByUser(this.#columns));
  }

  get #retainingEdges(): Uint32Array {
    return (this.#retaining ??= retainingEdges(this.#columns, this.#nodesReachedByUser));
  }

  get #dominatorTree(): DominatorTree {
    return (this.#tree ??= findDominatorTree(this.#columns, this.#retainingEdges));
  }
}

/** The first node that each node dominates immediately, and the next one with its dominator. */
interface Children {
  readonly first: Uint32Array;
  readonly next: Uint32Array;
}

function listChildren(dominators: Uint32Array): Children {
  const first = new Uint32Array(dominators.length);
  const next = new Uint32Array(dominators.length);
  for (let node = dominators.length - 1; node > ROOT; node--) {
    const dominator = dominators[node]!;
    next[node] = first[dominator]!;
    first[dominator] = node;
  }
  return { first, next };
}

/**
 * Whether a node or one of its dominators is counted. Writes the answer to all nodes on the way, so
 * that no part of a long way is walked twice.
 */
function isBelowCounted(dominators: Uint32Array, states: Uint8Array, node: number): boolean {
  let at = node;
  while (states[at] === UNKNOWN && at !== ROOT) at = dominators[at]!;
  const state = states[at] === COUNTED ? COUNTED : NOT_COUNTED;
  for (let walked = node; walked !== at; walked = dominators[walked]!) states[walked] = state;
  return state === COUNTED;
}
