import type { Edges } from "./edges.ts";
import type { LandmarkKind, Landmarks } from "./landmarks.ts";
import type { Scripts } from "./scripts.ts";

/** A path as edges: the first leaves `start`, each other one what the edge before it leads to. */
export interface RawPath {
  readonly start: number;
  readonly edges: readonly number[];
}

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

/** An edge that waits for the next level, and the length of the path from it to the target. */
interface Deferred {
  readonly edge: number;
  readonly source: number;
  readonly depth: number;
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
  readonly #object: number;
  readonly #closure: number;
  readonly #code: number;
  readonly #ignored: ReadonlySet<number>;
  readonly #nativeContext: number;

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
    const { kindNames, strings } = edges.graph.columns;
    this.#towards = new Uint32Array(edges.graph.nodeCount);
    this.#object = kindNames.indexOf("object");
    this.#closure = kindNames.indexOf("closure");
    this.#code = kindNames.indexOf("code");
    this.#ignored = new Set(
      limits.ignored.map((name) => strings.indexOf(name)).filter((index) => index >= 0),
    );
    this.#nativeContext = strings.indexOf("system / NativeContext");
  }

  /** The shortest path from each start, the best first. Searches only as far as it is read. */
  *paths(): Generator<RawPath, void, undefined> {
    const atTarget = this.#limits.lastEdge === undefined && this.#isStart(this.#target);
    if (atTarget) yield { start: this.#target, edges: [] };
    const handles: Arrival[] = [];
    const timers: Arrival[] = [];
    const engine: Arrival[] = [];
    let level: Iterable<Deferred> = [];
    for (let count = 0; ; count++) {
      const deferred: Deferred[] = [];
      for (const arrivals of this.#searchLevel(count, level, deferred)) {
        const users: Arrival[] = [];
        for (const arrival of arrivals) {
          const kind = this.#landmarks.kindOf(arrival.start);
          if (this.#limits.isStart !== undefined || USER.includes(kind!)) users.push(arrival);
          else if (kind === "handle") handles.push(arrival);
          else (kind === "nodeTimer" ? timers : engine).push(arrival);
        }
        users.sort((one, other) => this.#orderOf(one) - this.#orderOf(other));
        for (const arrival of users) yield this.#pathOf(arrival);
      }
      for (const arrival of [...handles.splice(0), ...timers.splice(0)])
        yield this.#pathOf(arrival);
      if (deferred.length === 0) break;
      level = deferred;
    }
    engine.sort((one, other) => this.#engineOrderOf(one) - this.#engineOrderOf(other));
    for (const arrival of engine) yield this.#pathOf(arrival);
  }

  /**
   * Visits all nodes from which a path with `level` edges of no meaning leads to the target, by the
   * length of the path. Yields what was met at each length.
   */
  *#searchLevel(
    level: number,
    waiting: Iterable<Deferred>,
    deferred: Deferred[],
  ): Generator<Arrival[], void, undefined> {
    const rest = [...waiting];
    let next = 0;
    let frontier: number[] = level === 0 ? [this.#target] : [];
    let depth = level === 0 ? 1 : (rest[0]?.depth ?? 0);
    while (frontier.length > 0 || next < rest.length) {
      const arrivals: Arrival[] = [];
      const following: number[] = [];
      if (frontier.length === 0) depth = Math.max(depth, rest[next]!.depth);
      for (; next < rest.length && rest[next]!.depth <= depth; next++)
        this.#visit(rest[next]!.source, rest[next]!.edge, arrivals, following);
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
    deferred: Deferred[],
  ): void {
    const { first, sources, edges } = this.#edges.graph.referrers;
    for (let at = first[node]!; at < first[node + 1]!; at++) {
      const source = sources[at]!;
      const edge = edges[at]!;
      if (this.#towards[source] !== 0 || source === this.#target) continue;
      if (!this.#edges.retains(edge, source)) continue;
      if (node === this.#target && (this.#limits.lastEdge ?? edge) !== edge) continue;
      if (this.#isDeferred(edge, source)) deferred.push({ edge, source, depth });
      else this.#visit(source, edge, arrivals, following);
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
    if (this.#ignored.size === 0) return false;
    const { nodeKinds, nodeNames } = this.#edges.graph.columns;
    return nodeKinds[node] === this.#object && this.#ignored.has(nodeNames[node]!);
  }

  /** Whether an edge says nothing about the program. */
  #isDeferred(edge: number, source: number): boolean {
    const { columns } = this.#edges.graph;
    const sourceKind = columns.nodeKinds[source]!;
    if (sourceKind === this.#code) return true;
    if (columns.nodeNames[source] === this.#nativeContext) return true;
    const kind = columns.edgeKinds[edge]!;
    if (kind === this.#edges.property) return this.#edges.knownName(edge) === "__proto__";
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

  #orderOf({ start, edge }: Arrival): number {
    // The edge comes second: its name, such as that of a property, is the same in each run.
    const kind = USER.indexOf(this.#landmarks.kindOf(start)!);
    const { columns } = this.#edges.graph;
    return kind * 2 + (columns.edgeKinds[edge] === this.#edges.internal ? 1 : 0);
  }

  #engineOrderOf({ start }: Arrival): number {
    if (this.#landmarks.kindOf(start) === "native") return -1;
    const name = this.#landmarks.nameOf(start);
    const order = ENGINE_ORDER.findIndex((root) => name.startsWith(root));
    return order < 0 ? ENGINE_ORDER.length : order;
  }

  #pathOf({ start, edge }: Arrival): RawPath {
    const { edgeTargets } = this.#edges.graph.columns;
    const edges = [edge];
    let node = edgeTargets[edge]!;
    while (node !== this.#target) {
      const towards = this.#towards[node]! - 1;
      edges.push(towards);
      node = edgeTargets[towards]!;
    }
    return { start, edges };
  }
}
