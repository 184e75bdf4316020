import type { Edges } from "./edges.ts";
import { isRealm, type LandmarkKind, type Landmarks } from "./landmarks.ts";
import type { Scripts } from "./scripts.ts";

/** A path as edges: the first leaves `start`, each other one what the edge before it leads to. */
export interface RawPath {
  readonly start: number;
  readonly edges: readonly number[];
  /** A path of a lower tier says more: that of the engine's roots is at least `ENGINE_TIER`. */
  readonly tier: number;
}

/** The lowest tier of paths that begin at the engine's own roots. */
const ENGINE_TIER = 1_000_000;

/** What limits a search. */
export interface SearchLimits {
  /** Names of classes whose instances are never part of a path. */
  readonly ignored: readonly string[];
  /** A path begins at such a node, and not at a landmark. */
  readonly isStart?: ((node: number) => boolean) | undefined;
  /** The only edge that may lead to the target. */
  readonly lastEdge?: number | undefined;
}

/** The start of a path that the search has met, and the edge by which it leaves the start. */
interface Arrival {
  readonly start: number;
  readonly edge: number;
}

/** Edges that wait for the next level: their sources, and the lengths from them to the target. */
interface Deferred {
  readonly edges: number[];
  readonly sources: number[];
  readonly depths: number[];
}

/**
 * In which order kinds of landmarks are printed. Those of the first group are found at once; those
 * of the second, which Node keeps, if the first group has none. The others are the engine's, and
 * are printed if the whole heap has nothing better.
 */
const USER: readonly LandmarkKind[] = [
  "scope",
  "module",
  "record",
  "global",
  "process",
  "timer",
  "channel",
];

const ENGINE_ORDER = [
  "(Micro tasks)",
  "(Global handles)",
  "(Traced handles)",
  "(Eternal handles)",
  "C++",
  "(Stack roots)",
  "(Handle scope)",
  "(Compilation cache)",
];

/**
 * Searches backwards from an object, breadth first, for landmarks. An edge that says nothing about
 * the program, such as that from an object to its hidden class, is left for the next level: a path
 * with fewer of these edges is better, and of paths with equally many the shorter one.
 */
export class Search {
  readonly #edges: Edges;
  readonly #landmarks: Landmarks;
  readonly #scripts: Scripts;
  readonly #target: number;
  readonly #limits: SearchLimits;
  /** The edge from each visited node towards the target, plus 1. */
  readonly #towards: Uint32Array;
  /** 1 for a node that is no start, of which an edge was left for the next level. */
  readonly #waiting: Uint8Array;
  readonly #object: number;
  readonly #closure: number;
  readonly #code: number;
  /** By index of a name of a class: whether its instances are ignored. */
  readonly #ignored = new Map<number, boolean>();
  /** By index of a name of a hidden node: whether it is that of a context of a realm. */
  readonly #realms = new Map<number, boolean>();

  constructor(
    edges: Edges,
    landmarks: Landmarks,
    scripts: Scripts,
    target: number,
    limits: SearchLimits,
  ) {
    this.#edges = edges;
    this.#landmarks = landmarks;
    this.#scripts = scripts;
    this.#target = target;
    this.#limits = limits;
    const { kindNames } = edges.graph.columns;
    this.#towards = new Uint32Array(edges.graph.nodeCount);
    this.#waiting = new Uint8Array(edges.graph.nodeCount);
    this.#object = kindNames.indexOf("object");
    this.#closure = kindNames.indexOf("closure");
    this.#code = kindNames.indexOf("code");
  }

  /** The shortest path from each start, the best first. Searches only as far as it is read. */
  *paths(): Generator<RawPath, void, undefined> {
    const atTarget = this.#limits.lastEdge === undefined && this.#isStart(this.#target);
    if (atTarget) yield { start: this.#target, edges: [], tier: 0 };
    const handles: Arrival[] = [];
    const timers: Arrival[] = [];
    const engine: Arrival[] = [];
    let level: Deferred = { edges: [], sources: [], depths: [] };
    for (let count = 0; ; count++) {
      const deferred: Deferred = { edges: [], sources: [], depths: [] };
      for (const arrivals of this.#searchLevel(count, level, deferred)) {
        const users: Arrival[] = [];
        for (const arrival of arrivals) {
          const kind = this.#landmarks.kindOf(arrival.start);
          if (this.#limits.isStart !== undefined || USER.includes(kind!)) users.push(arrival);
          else if (kind === "handle") handles.push(arrival);
          else (kind === "nodeTimer" ? timers : engine).push(arrival);
        }
        users.sort((one, other) => this.#compare(one, other));
        for (const arrival of users) yield this.#pathOf(arrival, count);
      }
      for (const arrival of [...handles.splice(0), ...timers.splice(0)])
        yield this.#pathOf(arrival, count);
      if (deferred.edges.length === 0) break;
      level = deferred;
    }
    engine.sort((one, other) => this.#engineOrderOf(one) - this.#engineOrderOf(other));
    for (const arrival of engine) {
      yield this.#pathOf(arrival, ENGINE_TIER + this.#engineOrderOf(arrival));
    }
  }

  /**
   * Visits all nodes from which a path with `level` edges of no meaning leads to the target, by the
   * length of the path. Yields the nodes of each length.
   */
  *#searchLevel(
    level: number,
    waiting: Deferred,
    deferred: Deferred,
  ): Generator<Arrival[], void, undefined> {
    const { edges, sources, depths } = waiting;
    let next = 0;
    let frontier: number[] = level === 0 ? [this.#target] : [];
    let depth = level === 0 ? 1 : (depths[0] ?? 0);
    while (frontier.length > 0 || next < edges.length) {
      const arrivals: Arrival[] = [];
      const following: number[] = [];
      if (frontier.length === 0) depth = Math.max(depth, depths[next]!);
      for (; next < edges.length && depths[next]! <= depth; next++)
        this.#visit(sources[next]!, edges[next]!, arrivals, following);
      for (const node of frontier) this.#expand(node, depth, arrivals, following, deferred);
      if (arrivals.length > 0) yield arrivals;
      frontier = following;
      depth += 1;
    }
  }

  #expand(
    node: number,
    depth: number,
    arrivals: Arrival[],
    following: number[],
    deferred: Deferred,
  ): void {
    const { graph } = this.#edges;
    for (const edge of graph.edgesTo(node)) {
      const source = graph.sourceOf(edge);
      if (this.#towards[source] !== 0 || source === this.#target) continue;
      if (!this.#edges.retains(edge, source)) continue;
      if (node === this.#target && (this.#limits.lastEdge ?? edge) !== edge) continue;
      if (!this.#isDeferred(edge, source)) {
        this.#visit(source, edge, arrivals, following);
        continue;
      }
      // The first edge that waits is that of the shortest path.
      if (this.#waiting[source] === 1) continue;
      if (!this.#isStart(source)) this.#waiting[source] = 1;
      deferred.edges.push(edge);
      deferred.sources.push(source);
      deferred.depths.push(depth);
    }
  }

  #visit(source: number, edge: number, arrivals: Arrival[], following: number[]): void {
    if (this.#towards[source] !== 0 || source === this.#target) return;
    if (this.#isIgnored(source)) return;
    // A start is not marked as visited: each of its edges may begin another path.
    if (this.#isStart(source)) arrivals.push({ start: source, edge });
    else if (source !== 0) {
      this.#towards[source] = edge + 1;
      following.push(source);
    }
  }

  #isStart(node: number): boolean {
    const { isStart } = this.#limits;
    return isStart === undefined ? this.#landmarks.has(node) : isStart(node);
  }

  #isIgnored(node: number): boolean {
    const { ignored } = this.#limits;
    const { nodeKinds, nodeNames } = this.#edges.graph.columns;
    if (ignored.length === 0 || nodeKinds[node] !== this.#object) return false;
    const name = nodeNames[node]!;
    let is = this.#ignored.get(name);
    if (is === undefined)
      this.#ignored.set(name, (is = ignored.includes(this.#edges.graph.nameOf(node))));
    return is;
  }

  /** Whether a node leads to all built-in objects of a realm. */
  #isRealm(node: number): boolean {
    const name = this.#edges.graph.columns.nodeNames[node]!;
    let is = this.#realms.get(name);
    if (is === undefined) this.#realms.set(name, (is = isRealm(this.#edges.graph.nameOf(node))));
    return is;
  }

  /** Whether an edge says nothing about the program. */
  #isDeferred(edge: number, source: number): boolean {
    const { columns } = this.#edges.graph;
    const sourceKind = columns.nodeKinds[source]!;
    if (sourceKind === this.#code) return true;
    if (sourceKind !== this.#object && sourceKind !== this.#closure && this.#isRealm(source))
      return true;
    const kind = columns.edgeKinds[edge]!;
    if (kind === this.#edges.property) {
      const name = this.#edges.knownName(edge);
      return name === "__proto__" || name === "<symbol node:>";
    }
    if (kind === this.#edges.hidden) {
      // The first of a module has its own exports, and the others what it imports.
      return this.#landmarks.kindOf(source) === "record" && columns.edgeNames[edge] !== 0;
    }
    if (kind !== this.#edges.internal) return false;
    switch (this.#edges.knownName(edge)) {
      case "map":
      case "properties":
      case "elements":
      case "shared":
      case "code":
      case "feedback_cell":
        return true;
      case "context":
        return sourceKind === this.#closure
          ? this.#scripts.isOfNode(source)
          : this.#isOfNodesGenerator(source);
      default:
        return false;
    }
  }

  #isOfNodesGenerator(node: number): boolean {
    const closure = this.#edges.follow(node, "function");
    return closure >= 0 && this.#scripts.isOfNode(closure);
  }

  /** Orders starts at the same distance by names, which are the same in each run. */
  #compare(one: Arrival, other: Arrival): number {
    const order = this.#orderOf(one) - this.#orderOf(other);
    if (order !== 0) return order;
    const { graph } = this.#edges;
    const [first, second] = [graph.edgeNameOf(one.edge), graph.edgeNameOf(other.edge)];
    if (typeof first === "number" && typeof second === "number") return first - second;
    return String(first) < String(second) ? -1 : 1;
  }

  #orderOf({ start, edge }: Arrival): number {
    const kind = USER.indexOf(this.#landmarks.kindOf(start)!);
    const { columns } = this.#edges.graph;
    return kind * 2 + (columns.edgeKinds[edge] === this.#edges.internal ? 1 : 0);
  }

  #engineOrderOf({ start }: Arrival): number {
    if (this.#landmarks.kindOf(start) === "native") return 0;
    const name = this.#landmarks.nameOf(start);
    const order = ENGINE_ORDER.findIndex((root) => name.startsWith(root));
    return 1 + (order < 0 ? ENGINE_ORDER.length : order);
  }

  #pathOf({ start, edge }: Arrival, tier: number): RawPath {
    const { edgeTargets } = this.#edges.graph.columns;
    const edges = [edge];
    let node = edgeTargets[edge]!;
    while (node !== this.#target) {
      const towards = this.#towards[node]! - 1;
      edges.push(towards);
      node = edgeTargets[towards]!;
    }
    return { start, edges, tier };
  }
}
