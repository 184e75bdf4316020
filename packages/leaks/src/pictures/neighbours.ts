import type { GraphView, ViewEdge } from "./graph-view.ts";
import { describeEdge } from "./shown-text.ts";

/** Towards what keeps a node alive, or towards what the node keeps alive. */
export type Direction = "referrers" | "references";

/** A node next to another one, with all references between the two. */
export interface Neighbour {
  readonly id: number;
  /** The first references between the two, and one more if there are others. */
  readonly edges: readonly ViewEdge[];
  /** Whether no reference keeps its target alive. */
  readonly isWeak: boolean;
}

/** More than that many neighbours are not put in order, which would read each of them. */
const MOST_IN_ORDER = 2000;
const MOST_TEXTS = 3;

/**
 * The neighbours of a node, those that tell most first: referrers that are near the root,
 * references that retain most. Weak references come last.
 */
export function neighboursOf(view: GraphView, id: number, direction: Direction): Neighbour[] {
  const neighbours = unorderedNeighboursOf(view, id, direction);
  if (neighbours.length > MOST_IN_ORDER) return neighbours.sort((a, b) => +a.isWeak - +b.isWeak);
  const ranks = new Map(neighbours.map((each) => [each, rankOf(view, each, direction)]));
  return neighbours.sort((a, b) => ranks.get(a)! - ranks.get(b)!);
}

/**
 * The neighbours of a node, each once. An edge from a node to itself, and the hidden class of an
 * object, say nothing about a leak and are omitted.
 */
export function unorderedNeighboursOf(
  view: GraphView,
  id: number,
  direction: Direction,
): Neighbour[] {
  const found = new Map<number, { id: number; edges: ViewEdge[]; isWeak: boolean }>();
  for (const edge of view[direction](id)) {
    const other = direction === "referrers" ? edge.from : edge.to;
    if (other === id || isHiddenClass(edge)) continue;
    const isWeak = edge.kind === "weak";
    const known = found.get(other);
    if (known === undefined) found.set(other, { id: other, edges: [edge], isWeak });
    else if (known.isWeak && !isWeak) {
      known.isWeak = false;
      known.edges = [edge];
    } else if (known.isWeak === isWeak && known.edges.length <= MOST_TEXTS) known.edges.push(edge);
  }
  return [...found.values()];
}

/** The references to or from a neighbour as a text: `.name, [3], …`. */
export function describeEdges({ edges }: Neighbour): string {
  const texts = new Set(edges.slice(0, MOST_TEXTS).map(describeEdge));
  return [...texts, ...(edges.length > MOST_TEXTS ? ["…"] : [])].join(", ");
}

/** Every object has one, and it keeps nothing alive that matters. */
function isHiddenClass({ kind, name }: ViewEdge): boolean {
  return kind === "internal" && name === "map";
}

function rankOf(view: GraphView, { id, isWeak }: Neighbour, direction: Direction): number {
  if (isWeak) return Number.MAX_VALUE;
  const { distance, retainedBytes } = view.node(id);
  if (direction === "references") return -retainedBytes;
  // A node that nothing reaches has a distance below 0.
  return distance < 0 ? Number.MAX_SAFE_INTEGER : distance;
}
