import type { Location } from "../paths/retaining-path.ts";
import type { PathView, ViewNode, ViewPath } from "./graph-view.ts";
import { describeEdges, unorderedNeighboursOf, type Direction } from "./neighbours.ts";
import { PageWalk, type Visit } from "./page-walk.ts";
import { readIds, readPageOptions, type PageOptions } from "./picture-options.ts";
import { describeNode, shownText } from "./shown-text.ts";

/** A node as the page carries it. Each text is safe to show. */
export interface PageNode {
  readonly id: number;
  readonly kind: string;
  readonly text: string;
  readonly self: number;
  readonly retained: number;
  /** Below 0 if nothing reaches the node. */
  readonly distance: number;
  /** The place in the source, as `file.ts:3:9`. */
  readonly place?: string;
  readonly isHighlighted?: true;
  /** How many nodes refer to this one in the heap, and to how many it refers. */
  readonly referrers: number;
  readonly references: number;
  /** The node next to which the walk found this one, and in which direction. */
  readonly parent?: readonly [index: number, direction: Direction];
}

/** A reference between two nodes of the page, by their indices. */
export interface PageEdge {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly isWeak?: true;
}

/** A retaining path on the page. */
export interface PagePath {
  readonly root: string;
  /**
   * The indices of its nodes from the root on, with those that the steps pass over, such as the
   * table of a Map.
   */
  readonly chain: readonly number[];
  /** `index` is missing if the page does not carry the node. */
  readonly steps: readonly {
    readonly edge: string;
    readonly text: string;
    readonly place?: string;
    readonly index?: number;
  }[];
}

/** Everything that a page of `toHtml` knows about the heap. */
export interface PageData {
  readonly title: string;
  readonly nodes: readonly PageNode[];
  /** The neighbours of a node are in the order in which the page shows them. */
  readonly edges: readonly PageEdge[];
  /** The nodes that the page is about are the first of `nodes`. */
  readonly subjects: number;
  /** How many ids were given. */
  readonly given: number;
  /** The path to the first subject, if it has one. */
  readonly path?: PagePath;
  /** The most neighbours that one step shows. */
  readonly step: number;
  /** Neighbours that the walk found and the page does not carry. */
  readonly omitted: number;
}

const MOST_OF_LABEL = 300;
const MOST_OF_PLACE = 400;
const MOST_OF_TITLE = 200;
/** The page carries neighbours of a node for that many steps. */
const STEPS_OF_NODE = 5;

/** Collects the nodes near the given ones until the page is full. */
export function collectPageData(
  view: PathView,
  ids: number | readonly number[],
  options: PageOptions,
): PageData {
  const read = readPageOptions(options);
  const { depth = 5, tooMany = 10, maxNodes = 1500 } = read;
  const given = readIds("draw page", ids);
  // The rest of the page is for the surroundings.
  const subjects = given.slice(0, Math.max(1, Math.floor(maxNodes / 3)));
  const path = withoutMiddle(view.retainingPath(subjects[0]!));
  const walk = new PageWalk(view);
  for (const id of subjects) walk.add(id);
  const onPath = addPath(view, walk, path);
  const starts = bothWays([...subjects.keys(), ...onPath]);
  // The page shows the first ones at once, and a reader goes on from there.
  const first = starts.filter(({ index }) => index < tooMany || onPath.includes(index));
  const most = tooMany * STEPS_OF_NODE;
  walk.go(first, depth, most, Math.ceil((walk.found.length + maxNodes) / 2));
  walk.go(starts, depth, most, maxNodes);

  const { edges, counts, omitted } = joinNodes(view, walk);
  const nodes = walk.found.map(({ id, parent }, index) => ({
    ...pageNode(view.node(id), read),
    ...counts[index]!,
    ...(parent === undefined ? {} : { parent }),
  }));
  return {
    title: shownText(read.title ?? titleOf(nodes[0]!, given.length), MOST_OF_TITLE),
    nodes,
    edges,
    subjects: subjects.length,
    given: given.length,
    ...(path === undefined ? {} : { path: pagePath(path, walk, onPath) }),
    step: tooMany,
    omitted,
  };
}

function titleOf({ id, text }: PageNode, given: number): string {
  return given === 1 ? `${text} @${id}` : `${given} nodes: ${text} @${id}, …`;
}

/** Steps of a path that a page carries: a linked list may have a million of them. */
const MOST_OF_PATH = 1000;

/** The path with one step in place of its middle if it is longer than a page can show. */
function withoutMiddle(path: ViewPath | undefined): ViewPath | undefined {
  if (path === undefined || path.steps.length <= MOST_OF_PATH) return path;
  const half = MOST_OF_PATH / 2;
  const { root, steps } = path;
  const gap = { edge: "…", node: `${steps.length - MOST_OF_PATH} more steps` };
  return { root, steps: [...steps.slice(0, half), gap, ...steps.slice(-half)] };
}

/**
 * The path is on the page even if it is long: it is the answer to the reader's question. Returns
 * its indices, from the object to the root.
 */
function addPath(view: PathView, walk: PageWalk, path: ViewPath | undefined): number[] {
  const indices: number[] = [];
  let below: number | undefined;
  for (const { id } of [...(path?.steps ?? [])].reverse()) {
    if (id === undefined) continue;
    const passed = below === undefined ? [] : nodesBetween(view, id, below);
    for (const each of [...passed, id]) {
      indices.push(walk.add(each, [indices.at(-1) ?? 0, "referrers"]));
    }
    below = id;
  }
  return indices;
}

const MOST_BETWEEN = 3;
const MOST_SEARCHED = 300;

/**
 * The nodes of the engine on the way from a node of a path to the next one, in the order from the
 * lower one up. Empty if the upper one refers to the lower one, or if there is no short way.
 */
function nodesBetween(view: PathView, upper: number, lower: number): number[] {
  const below = new Map<number, number | undefined>([[lower, undefined]]);
  let level = [lower];
  for (let distance = 0; distance <= MOST_BETWEEN && below.size < MOST_SEARCHED; distance++) {
    const next: number[] = [];
    for (const at of level) {
      for (const { id, isWeak } of unorderedNeighboursOf(view, at, "referrers")) {
        if (isWeak || below.has(id)) continue;
        below.set(id, at);
        if (id === upper) return wayDown(below, upper).slice(1, -1).reverse();
        next.push(id);
      }
    }
    level = next;
  }
  return [];
}

function wayDown(below: ReadonlyMap<number, number | undefined>, from: number): number[] {
  const way: number[] = [];
  for (let at: number | undefined = from; at !== undefined; at = below.get(at)) way.push(at);
  return way;
}

function bothWays(indices: readonly number[]): Visit[] {
  return [...new Set(indices)].flatMap((index) => [
    { index, direction: "referrers" as const },
    { index, direction: "references" as const },
  ]);
}

function pagePath({ root, steps }: ViewPath, walk: PageWalk, upwards: readonly number[]): PagePath {
  return {
    chain: [...upwards].reverse(),
    root: shownText(root, MOST_OF_LABEL),
    steps: steps.map(({ edge, node, location, id }) => {
      const index = id === undefined ? undefined : walk.indexOf(id);
      return {
        edge: shownText(edge, MOST_OF_LABEL),
        text: shownText(node, MOST_OF_LABEL),
        ...(location === undefined ? {} : { place: placeOf(location) }),
        ...(index === undefined ? {} : { index }),
      };
    }),
  };
}

function pageNode(
  node: ViewNode,
  { highlight, label }: PageOptions,
): Omit<PageNode, "referrers" | "references"> {
  const { id, kind, selfBytes, retainedBytes, distance, location } = node;
  const text =
    label === undefined ? describeNode(node) : shownText(String(label(node)), MOST_OF_LABEL);
  return {
    id,
    kind: shownText(kind, MOST_OF_LABEL),
    text,
    self: selfBytes,
    retained: retainedBytes,
    distance,
    ...(location === undefined ? {} : { place: placeOf(location) }),
    ...(highlight?.(node) === true ? { isHighlighted: true } : {}),
  };
}

function placeOf({ url, line, column }: Location): string {
  return `${shownText(url, MOST_OF_PLACE)}:${line}:${column}`;
}

/** All references between the nodes of the page, and how many neighbours each node has. */
function joinNodes(
  view: PathView,
  walk: PageWalk,
): { edges: PageEdge[]; counts: Pick<PageNode, Direction>[]; omitted: number } {
  const edges: PageEdge[] = [];
  const omitted = new Set<number>();
  const count = (id: number, direction: Direction, to?: number): number => {
    let strong = 0;
    for (const each of unorderedNeighboursOf(view, id, direction)) {
      const { isWeak } = each;
      const from = walk.indexOf(each.id);
      if (!isWeak) strong++;
      if (from === undefined && !isWeak) omitted.add(each.id);
      if (from === undefined || to === undefined) continue;
      edges.push({ from, to, text: describeEdges(each), ...(isWeak ? { isWeak } : {}) });
    }
    return strong;
  };
  const counts = walk.found.map(({ id }, index) => ({
    referrers: count(id, "referrers", index),
    references: count(id, "references"),
  }));
  return { edges, counts, omitted: omitted.size };
}
