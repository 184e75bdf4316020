import type { GraphView, ViewNode } from "./graph-view.ts";
import { describeEdges, neighboursOf, type Direction, type Neighbour } from "./neighbours.ts";
import { readIds, readPictureOptions, type PictureOptions } from "./picture-options.ts";
import { describeBytes, describeNode, shownText } from "./shown-text.ts";

/** A box of a picture. */
export interface Box {
  readonly id: number;
  /** The text in the box, line by line. */
  readonly lines: readonly string[];
  /** `subject` is a node that the picture is about. */
  readonly role: "highlight" | "subject" | "other";
}

/** An arrow from one box to another one. */
export interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** Whether the reference does not keep its target alive. */
  readonly isWeak: boolean;
}

/** How many neighbours of a box are omitted, next to it. */
export interface Rest {
  readonly of: number;
  readonly count: number;
}

/** A part of a heap graph, ready to be written in a language for pictures. */
export interface Picture {
  readonly direction: Direction;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly rests: readonly Rest[];
}

/**
 * Walks from the nodes in one direction. A weak reference is not followed, because it keeps nothing
 * alive; it is drawn if both of its ends are in the picture for another reason.
 */
export function pictureOf(
  action: string,
  view: GraphView,
  ids: number | readonly number[],
  options: PictureOptions,
): Picture {
  const read = readPictureOptions(action, options);
  const { direction = "referrers", depth = 3, tooMany = 10 } = read;
  const depths = new Map(readIds(action, ids).map((id) => [id, 0]));
  const links: { from: number; to: number; neighbour: Neighbour }[] = [];
  const rests: Rest[] = [];
  const omitted = new Map<number, number>();
  // The loop goes on with the ids that it adds to the map.
  for (const [id, distance] of depths) {
    const neighbours = neighboursOf(view, id, direction);
    const added = neighbours.filter((each) => !each.isWeak && !depths.has(each.id));
    const drawn = neighbours.filter((each) => !each.isWeak && depths.has(each.id)).length;
    const rest = added.splice(distance < depth ? Math.max(0, tooMany - drawn) : 0).length;
    for (const each of added) depths.set(each.id, distance + 1);
    if (rest > 0 && distance < depth) rests.push({ of: id, count: rest });
    else if (rest > 0) omitted.set(id, rest);
    for (const each of neighbours) {
      const [from, to] = direction === "referrers" ? [each.id, id] : [id, each.id];
      links.push({ from, to, neighbour: each });
    }
  }
  const boxes = [...depths].map(([id, distance]) =>
    boxOf(view.node(id), distance === 0, read, omitted.get(id) ?? 0),
  );
  const arrows = links
    .filter(({ from, to }) => depths.has(from) && depths.has(to))
    .map(({ from, to, neighbour }) => {
      return { from, to, text: describeEdges(neighbour), isWeak: neighbour.isWeak };
    });
  return { direction, boxes, arrows, rests };
}

const MOST_OF_LABEL = 200;

function boxOf(
  node: ViewNode,
  isSubject: boolean,
  { direction = "referrers", highlight, label }: PictureOptions,
  omitted: number,
): Box {
  const text =
    label === undefined ? describeNode(node) : shownText(String(label(node)), MOST_OF_LABEL);
  const { id, selfBytes, retainedBytes } = node;
  const lines = [
    text,
    `@${id}, ${describeBytes(selfBytes)}, retains ${describeBytes(retainedBytes)}`,
  ];
  if (omitted > 0) {
    const word = omitted === 1 ? direction.slice(0, -1) : direction;
    lines.push(`… ${omitted} more ${word}`);
  }
  const role = highlight?.(node) === true ? "highlight" : isSubject ? "subject" : "other";
  return { id, lines, role };
}

/** The text for omitted neighbours. */
export function describeRest({ count }: Rest): string {
  return `and ${count} more`;
}
