import type { Columns } from "../columns.ts";
import { EphemeronNames } from "./ephemeron-names.ts";
import { isUserRoot } from "./user-roots.ts";

/** The distance of a node that only weak edges reach. */
export const UNREACHED = -5;

/**
 * The distance of the root, if there are user roots. The distances of nodes that no user root
 * reaches are counted from here.
 */
export const SYSTEM_DISTANCE = 100_000_000;

const ROOT = 0;

/**
 * Returns the number of edges of the shortest path from a user root to each node, plus 1.
 *
 * Nodes that no user root reaches have the number of edges from the root, plus `SYSTEM_DISTANCE`.
 * Weak edges do not count; edges that are references of the engine's tables and would make
 * misleading short cuts do not count either.
 *
 * Source: `calculateDistances` in `HeapSnapshot.ts` of chrome-devtools-frontend 1.0.1705227.
 */
export function distancesFromUserRoots(columns: Columns): Int32Array {
  const distances = new Int32Array(columns.nodeCount).fill(UNREACHED);
  const { firstEdges, edgeTargets } = columns;
  const end = firstEdges[ROOT + 1]!;
  // DevTools visits a user root once for each edge that leads to it.
  const queue = new Uint32Array(columns.nodeCount + end);
  const filter = new EdgeFilter(columns);
  let count = 0;
  for (let edge = firstEdges[ROOT]!; edge < end; edge++) {
    const node = edgeTargets[edge]!;
    if (!isUserRoot(columns, node)) continue;
    distances[node] = 1;
    queue[count++] = node;
  }
  search(columns, filter, distances, queue, count);
  distances[ROOT] = count > 0 ? SYSTEM_DISTANCE : 0;
  queue[0] = ROOT;
  search(columns, filter, distances, queue, 1);
  return distances;
}

/** Reaches all nodes that the first `count` nodes of the queue lead to, in order of distance. */
function search(
  columns: Columns,
  filter: EdgeFilter,
  distances: Int32Array,
  queue: Uint32Array,
  count: number,
): void {
  const { firstEdges, edgeKinds, edgeTargets } = columns;
  const weak = columns.edgeKindNames.indexOf("weak");
  const internal = columns.edgeKindNames.indexOf("internal");
  for (let next = 0; next < count; next++) {
    const node = queue[next]!;
    const distance = distances[node]! + 1;
    const isSpecial = filter.hasSpecialEdges(node);
    for (let edge = firstEdges[node]!, end = firstEdges[node + 1]!; edge < end; edge++) {
      const target = edgeTargets[edge]!;
      if (distances[target] !== UNREACHED || edgeKinds[edge] === weak) continue;
      if ((isSpecial || edgeKinds[edge] === internal) && filter.omits(node, edge)) continue;
      distances[target] = distance;
      queue[count++] = target;
    }
  }
}

/** Decides about the edges that would make nodes seem closer to the program than they are. */
class EdgeFilter {
  readonly #columns: Columns;
  readonly #ephemerons: EphemeronNames;
  /** Pairs of edges to the value of a WeakMap, of which one was met and the other was not. */
  readonly #firstHalves = new Set<string>();
  readonly #hidden: number;
  readonly #array: number;
  /** For names of hidden nodes and of arrays, by index: whether such nodes have special edges. */
  readonly #isSpecial = new Map<number, boolean>();

  constructor(columns: Columns) {
    this.#columns = columns;
    this.#ephemerons = new EphemeronNames(columns.strings);
    this.#hidden = columns.kindNames.indexOf("hidden");
    this.#array = columns.kindNames.indexOf("array");
  }

  /** Whether edges of a node may be misleading. */
  hasSpecialEdges(node: number): boolean {
    const { nodeKinds, nodeNames, strings } = this.#columns;
    const kind = nodeKinds[node];
    if (kind !== this.#hidden && kind !== this.#array) return false;
    const name = nodeNames[node]!;
    let isSpecial = this.#isSpecial.get(name);
    if (isSpecial === undefined) {
      const text = strings.at(name);
      isSpecial = text === NATIVE_CONTEXT || text === MAP_DESCRIPTORS;
      this.#isSpecial.set(name, isSpecial);
    }
    return isSpecial;
  }

  /** Whether an edge does not count. Asked for internal edges and for those of special nodes. */
  omits(node: number, edge: number): boolean {
    const { nodeKinds, nodeNames, edgeKindNames, edgeKinds, edgeNames, strings } = this.#columns;
    const kind = edgeKindNames[edgeKinds[edge]!];
    if (this.hasSpecialEdges(node)) {
      const isNumber = kind === "element" || kind === "hidden";
      const name = isNumber ? String(edgeNames[edge]) : strings.at(edgeNames[edge]!);
      const isHidden = nodeKinds[node] === this.#hidden;
      const nodeName = strings.at(nodeNames[node]!);
      if (isHidden && nodeName === NATIVE_CONTEXT && name === "sloppy_function_map") return true;
      if (!isHidden && nodeName === MAP_DESCRIPTORS) {
        // Maps share their descriptors, so these may belong to another map. There are two elements,
        // and then three for each property: key, details and value.
        const index = Number.parseInt(name, 10);
        return index >= 2 && index % 3 === 1;
      }
    }
    return kind === "internal" && this.#isFirstHalf(edge);
  }

  /**
   * Whether an edge is the first one that the search meets of the two to the value of a WeakMap.
   * The value is as far away as the farther of its key and the table, which the search meets later.
   */
  #isFirstHalf(edge: number): boolean {
    const pair = this.#ephemerons.read(this.#columns.edgeNames[edge]!)?.pair;
    if (pair === undefined || this.#firstHalves.delete(pair)) return false;
    this.#firstHalves.add(pair);
    return true;
  }
}

const NATIVE_CONTEXT = "system / NativeContext";
const MAP_DESCRIPTORS = "(map descriptors)";
