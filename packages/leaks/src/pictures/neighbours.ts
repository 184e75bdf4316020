import type { GraphView, ViewEdge } from "./graph-view.ts";
import { describeEdge } from "./shown-text.ts";

/** Towards what keeps a node alive, or towards what the node keeps alive. */
export type Direction = "referrers" | "references";

/** A node next to another one, with all references between the two. */
export interface Neighbour {
  readonly id: number;
  /** The texts of the references, most telling first. */
  readonly texts: readonly string[];
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
  const found = new Map<number, { id: number; texts: string[]; isWeak: boolean }>();
  for (const edge of view[direction](id)) {
    const other = direction === "referrers" ? edge.from : edge.to;
    if (other === id || isHiddenClass(edge)) continue;
    const isWeak = edge.kind === "weak";
    const known = found.get(other);
    if (known === undefined) found.set(other, { id: other, texts: [describeEdge(edge)], isWeak });
    else add(known, describeEdge(edge), isWeak);
  }
  return [...found.values()];
}

function add(known: { texts: string[]; isWeak: boolean }, text: string, isWeak: boolean): void {
  if (known.isWeak && !isWeak) known.texts.length = 0;
  if (isWeak && !known.isWeak) return;
  known.isWeak = isWeak;
  if (known.texts.length < MOST_TEXTS && !known.texts.includes(text)) known.texts.push(text);
  else if (known.texts.length === MOST_TEXTS && !known.texts.includes(text)) known.texts.push("…");
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
