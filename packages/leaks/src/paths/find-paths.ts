import type { Graph } from "../graph/graph.ts";
import { Edges } from "./edges.ts";
import { Landmarks } from "./landmarks.ts";
import { OwnFrames } from "./own-frames.ts";
import { PrintedPath } from "./printed-path.ts";
import type { Location, PathStep, RetainingPath } from "./retaining-path.ts";
import { rootKindOf } from "./root-kinds.ts";
import { Scripts, type Place } from "./scripts.ts";
import { Search, type RawPath, type SearchLimits } from "./search.ts";
import { toOriginal } from "./to-original.ts";
import { Wording } from "./wording.ts";
import { printFile } from "./working-directory.ts";

/** A node as a predicate of `to` gets it. */
export interface PathNode {
  /** The id of the node in the snapshot, `@id` in DevTools. */
  readonly id: number;
  /** What V8 calls the kind of the node: "object", "closure". */
  readonly kind: string;
  /** Of an object the name of its class, of a closure its own name. */
  readonly name: string;
  /** The name of its class, or the kind in brackets if the node is not an object. */
  readonly type: string;
}

/** What `findPath` may be told. */
export interface PathOptions {
  /** Called with each path, the best first. A path for which it returns true is skipped. */
  readonly ignore?: ((path: RetainingPath) => boolean) | undefined;
  /**
   * Where the path begins, in place of a root: at the nearest object of a type, by its name or a
   * pattern; at one for which a function returns true; or, with "module", at a module.
   */
  readonly to?: string | RegExp | ((node: PathNode) => boolean) | undefined;
  /** Names of classes whose instances are never part of a path. Default: those of probes. */
  readonly ignored?: readonly string[] | undefined;
  /** Whether the graph is of this process, whose source maps then apply. Default: false. */
  readonly isLive?: boolean | undefined;
}

/** What `findPaths` and `findPathsByRoot` may be told. */
export interface PathsOptions extends PathOptions {
  /** The most paths to return. Default: all. */
  readonly count?: number | undefined;
}

/** The classes in which probes hold what they track. */
const PROBE_CLASSES: readonly string[] = ["HeapwiseProbeBox"];

/** What one graph needs for all its paths. */
class PathFinder {
  readonly #edges: Edges;
  readonly #scripts: Scripts;
  readonly #landmarks: Landmarks;
  readonly #wording: Wording;
  #ownFrames: OwnFrames | undefined;

  constructor(graph: Graph) {
    this.#edges = new Edges(graph);
    this.#scripts = new Scripts(this.#edges);
    this.#landmarks = new Landmarks(this.#edges, this.#scripts);
    this.#wording = new Wording(this.#edges, this.#scripts, this.#landmarks);
  }

  search(target: number, limits: SearchLimits): Generator<RawPath, void, undefined> {
    return new Search(this.#edges, this.#landmarks, this.#scripts, target, limits).paths();
  }

  /** Undefined for any edge, then each edge that leads to a node and keeps it alive. */
  *lastEdges(target: number): Generator<number | undefined, void, undefined> {
    yield undefined;
    const { graph } = this.#edges;
    for (const edge of graph.edgesTo(target))
      if (this.#edges.retains(edge, graph.sourceOf(edge))) yield edge;
  }

  isModule(node: number): boolean {
    const kind = this.#landmarks.kindOf(node);
    return kind === "module" || kind === "record" || kind === "scope";
  }

  print(path: RawPath, isLive: boolean): PrintedPath {
    const { graph } = this.#edges;
    const shown = this.#wording.withoutNodesPart(path);
    const all = this.#wording.wordsOf(shown);
    const running = isLive ? this.#own.withoutOwn(all) : undefined;
    const words = running ?? all;
    const places = this.#scripts.placesOf(words.map(({ node }) => node));
    const steps = words.map(({ edge, text, node }, index): PathStep => {
      const location = locate(places.get(node), isLive);
      const step = { edge, node: text, id: graph.idOf(node) };
      // The place of a landmark would be that of Node's own class.
      return location === undefined || (index === 0 && words.length > 1)
        ? step
        : { ...step, location };
    });
    const root = running === undefined ? rootKindOf(shown, this.#edges, this.#landmarks) : "stack";
    return new PrintedPath(root, steps);
  }

  get #own(): OwnFrames {
    return (this.#ownFrames ??= new OwnFrames(this.#edges, this.#scripts));
  }
}

function locate(place: Place | undefined, isLive: boolean): Location | undefined {
  if (place === undefined || place.script.startsWith("node:")) return undefined;
  const { script, line, column } = isLive ? toOriginal(place) : place;
  return { url: printFile(script), line: line + 1, column: column + 1 };
}

const finders = new WeakMap<Graph, PathFinder>();

function finderOf(graph: Graph): PathFinder {
  let finder = finders.get(graph);
  if (finder === undefined) finders.set(graph, (finder = new PathFinder(graph)));
  return finder;
}

/** The best path that keeps a node alive, or undefined if only weak references lead to it. */
export function findPath(
  graph: Graph,
  target: number,
  options: PathOptions = {},
): RetainingPath | undefined {
  for (const path of candidates(graph, target, options)) return path;
  return undefined;
}

/**
 * Several paths that keep a node alive, the best first: one from each holder, and then one through
 * each direct referrer.
 */
export function findPaths(
  graph: Graph,
  target: number,
  options: PathsOptions = {},
): RetainingPath[] {
  return take(candidates(graph, target, options), options.count);
}

/**
 * A path from each holder that keeps a node alive: each property of the global object, variable of
 * a module, timer, channel and handle from which the node can be reached. What Node or the engine
 * holds is listed if nothing else keeps the node.
 */
export function findPathsByRoot(
  graph: Graph,
  target: number,
  options: PathsOptions = {},
): RetainingPath[] {
  return take(holders(graph, target, options), options.count);
}

function take(paths: Iterable<RetainingPath>, count = Infinity): RetainingPath[] {
  const taken: RetainingPath[] = [];
  if (count <= 0) return taken;
  for (const path of paths) {
    taken.push(path);
    if (taken.length >= count) break;
  }
  return taken;
}

function* holders(graph: Graph, target: number, options: PathOptions): Generator<RetainingPath> {
  const finder = finderOf(graph);
  const seen = new Set<string>();
  let tier: number | undefined;
  for (const path of finder.search(target, limitsOf(graph, options))) {
    // What is worse than a holder that is found would be found for most objects.
    if (tier !== undefined && path.tier > tier) return;
    const printed = finder.print(path, options.isLive === true);
    const text = printed.steps
      .slice(0, 2)
      .map(({ edge, node }) => `${edge} ${node}`)
      .join();
    if (seen.has(text)) continue;
    seen.add(text);
    if (options.ignore?.(printed) === true) continue;
    tier = path.tier;
    yield printed;
  }
}

function* candidates(graph: Graph, target: number, options: PathOptions): Generator<RetainingPath> {
  const finder = finderOf(graph);
  const limits = limitsOf(graph, options);
  const seen = new Set<string>();
  for (const lastEdge of finder.lastEdges(target)) {
    for (const path of finder.search(target, { ...limits, lastEdge })) {
      const printed = finder.print(path, options.isLive === true);
      const text = String(printed);
      if (seen.has(text)) continue;
      seen.add(text);
      if (options.ignore?.(printed) !== true) yield printed;
    }
  }
}

function limitsOf(graph: Graph, { to, ignored = PROBE_CLASSES }: PathOptions): SearchLimits {
  return { ignored, isStart: to === undefined ? undefined : startOf(graph, to) };
}

function startOf(graph: Graph, to: NonNullable<PathOptions["to"]>): (node: number) => boolean {
  if (to === "module") {
    const finder = finderOf(graph);
    return (node) => finder.isModule(node);
  }
  if (typeof to === "string") return (node) => graph.typeOf(node) === to;
  if (to instanceof RegExp) return (node) => new RegExp(to).test(graph.typeOf(node));
  return (node) =>
    to({
      id: graph.idOf(node),
      kind: graph.kindOf(node),
      name: graph.nameOf(node),
      type: graph.typeOf(node),
    });
}
