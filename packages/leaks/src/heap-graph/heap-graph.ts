import {
  checkFunction,
  integerFrom,
  oneOf,
  print,
  readOptions,
  refuse,
} from "../checks/arguments.ts";
import {
  findPath,
  findPaths,
  findPathsByRoot,
  type PathOptions,
  type PathsOptions,
} from "../paths/find-paths.ts";
import type { Location, RetainingPath } from "../paths/retaining-path.ts";
import type { PageOptions, PictureOptions } from "../pictures/picture-options.ts";
import { toDot } from "../pictures/to-dot.ts";
import { toHtml } from "../pictures/to-html.ts";
import { toMermaid } from "../pictures/to-mermaid.ts";
import type { ReadOptions, SnapshotSource } from "../graph/byte-source.ts";
import { captureColumns, type CaptureOptions } from "../graph/capture.ts";
import { Graph } from "../graph/graph.ts";
import { prototypeTest } from "../graph/prototypes.ts";
import { SYSTEM_DISTANCE } from "../graph/dominance/distances.ts";
import { NodeLocations } from "./node-locations.ts";
import { readColumns } from "../graph/read-columns.ts";
import {
  typeDiffOf,
  typeStatsOf,
  type TypeDiff,
  type TypeStats,
  type TypeStatsOptions,
} from "../graph/type-stats.ts";
import { typeTableOf, type TypeTable } from "../graph/type-table.ts";

/** A node of a heap graph. */
export interface NodeDescription {
  /** The id of the snapshot, `@id` in DevTools. */
  readonly id: number;
  /** What V8 calls the kind: `object`, `closure`, `array`, `hidden`. */
  readonly kind: string;
  /** Of an object the name of its constructor, of a string its text, of a closure its own name. */
  readonly name: string;
  /** The name of the constructor if the kind is `object`, else the kind in brackets. */
  readonly type: string;
  /** Bytes of the node alone. */
  readonly selfBytes: number;
  /** Bytes that would be free without the node: its own and those of all that it dominates. */
  readonly retainedBytes: number;
  /**
   * References from the nearest root of the program, such as a global object, which has 1. Infinity
   * if no such root leads to the node.
   */
  readonly distance: number;
  /** Where a closure or the class of an object is defined, if known. */
  readonly location: Location | undefined;
}

/** Options of a search for a path. */
export type RetainingPathOptions = Pick<PathOptions, "ignore" | "to">;

/** Options of a search for several paths. */
export type RetainingPathsOptions = Pick<PathsOptions, "ignore" | "to" | "count">;

/** A reference from one node to another. */
export interface Edge {
  /** What V8 calls the kind: `property`, `element`, `context`, `internal`, `weak`. */
  readonly kind: string;
  /** Name of the property or variable, or the index if the kind is `element` or `hidden`. */
  readonly name: string | number;
  /** Id of the node that refers. */
  readonly from: number;
  /** Id of the node that is referred to. */
  readonly to: number;
}

/** The bodies, for `bodyOf`. A static block would do, but Metro refuses it. */
const bodies = /* @__PURE__ */ new WeakMap<HeapGraph, Graph>();

/**
 * The objects of a heap snapshot and the references between them. Nodes are named by the ids of the
 * snapshot, `@id` in DevTools. A method with an id that the snapshot does not have throws a
 * RangeError.
 *
 * @example
 * ```ts
 * import { HeapGraph } from "@heapwise/leaks/snapshot";
 *
 * class Session {
 *   user = { name: "Ada" };
 * }
 * const session = new Session();
 *
 * const graph = await HeapGraph.capture();
 * const [id] = graph.byType("Session");
 * graph.references(id!).some(({ name }) => name === "user"); // => true
 * session.user.name; // => "Ada"
 * ```
 */
export class HeapGraph {
  readonly #body: Graph;
  /** Whether it shows this process, whose source maps then apply. */
  readonly #isLive: boolean;
  #locations: NodeLocations | undefined;
  #totalBytes: number | undefined;
  #types: TypeTable | undefined;

  private constructor(body: Graph, isLive: boolean) {
    this.#body = body;
    this.#isLive = isLive;
    bodies.set(this, body);
  }

  /**
   * Reads a heap snapshot, `.heapsnapshot` or `.heapsnapshot.gz`, of Node, Deno or a browser with
   * V8, piece by piece and of any size. A string is the path of a file. Rejects with the error of
   * the file or stream if that fails; a file is closed and a stream cancelled then.
   * @throws {HeapSnapshotError} if the bytes are not a heap snapshot, or not all of it.
   */
  static async read(source: SnapshotSource, options: ReadOptions = {}): Promise<HeapGraph> {
    return new HeapGraph(new Graph(await readColumns(source, options)), false);
  }

  /**
   * Takes a snapshot of this process. All JavaScript stops meanwhile, 2 to 4 s for a million nodes,
   * and V8 collects garbage first.
   * @throws {SnapshotTooLargeError} if the snapshot would need more than `maxBytes`.
   */
  static async capture(options: CaptureOptions = {}): Promise<HeapGraph> {
    return new HeapGraph(new Graph(await captureColumns(options)), true);
  }

  /** Number of nodes. */
  get nodeCount(): number {
    return this.#body.nodeCount;
  }

  /** Number of references. */
  get edgeCount(): number {
    return this.#body.edgeCount;
  }

  /** Bytes of all nodes together. */
  get totalBytes(): number {
    return (this.#totalBytes ??= sum(this.#body.columns.selfBytes));
  }

  /**
   * The statistics of all types. The first call finds the dominators, which takes up to 3 s for 3
   * million nodes.
   */
  typeStats(options: TypeStatsOptions = {}): TypeStats[] {
    const { by = "retainedBytes", top } = readOptions("list types", options, {
      by: oneOf("count", "selfBytes", "retainedBytes"),
      top: integerFrom(0),
    });
    return typeStatsOf(this.#body, this.#typeTable, by).slice(0, top);
  }

  /**
   * The facts about a node. `retainedBytes`, `distance` and `location` are found when they are
   * read; the first time, that takes up to 3 s for 3 million nodes.
   */
  node(id: number): NodeDescription {
    const node = this.#ordinal("describe node", id);
    const body = this.#body;
    const locate = (): Location | undefined => this.#locationOf(node);
    return {
      id,
      kind: body.kindOf(node),
      name: body.nameOf(node),
      type: body.typeOf(node),
      selfBytes: body.selfBytesOf(node),
      get retainedBytes() {
        return body.dominance.retainedBytes[node]!;
      },
      get distance() {
        const distance = body.dominance.distances[node]!;
        return distance < 0 || distance >= SYSTEM_DISTANCE ? Infinity : distance;
      },
      get location() {
        return locate();
      },
    };
  }

  /**
   * Ids of the objects of a type, in the order of the snapshot. A text is the whole type: the name
   * of a constructor, or a kind in brackets such as `(closure)`. A RegExp may match a part of it.
   * The class itself is a closure and not among its instances; nor is its prototype, which V8 gives
   * the same name if there is a subclass.
   */
  byType(name: string | RegExp): number[] {
    return this.#nodesOfType("find nodes by type", name).map((node) => this.#body.idOf(node));
  }

  /**
   * Ids of up to `count` objects of a type, evenly spread over those that `byType` finds: the same
   * ones at each call.
   */
  sample(name: string | RegExp, count: number): number[] {
    const action = "sample nodes";
    integerFrom(0)(action, "count", count);
    const nodes = this.#nodesOfType(action, name);
    const step = Math.max(1, nodes.length / count);
    return Array.from({ length: Math.min(count, nodes.length) }, (_, index) =>
      this.#body.idOf(nodes[Math.floor((index + 0.5) * step)] ?? nodes[index]!),
    );
  }

  /** The references that a node has, weak ones too. */
  references(id: number): Edge[] {
    const node = this.#ordinal("list references", id);
    const { firstEdges, edgeTargets } = this.#body.columns;
    const edges: Edge[] = [];
    for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++)
      edges.push(this.#edge(edge, id, this.#body.idOf(edgeTargets[edge]!)));
    return edges;
  }

  /** The references that lead to a node, weak ones too. The first call takes longer. */
  referrers(id: number): Edge[] {
    const node = this.#ordinal("list referrers", id);
    return Array.from(this.#body.edgesTo(node), (edge) =>
      this.#edge(edge, this.#body.idOf(this.#body.sourceOf(edge)), id),
    );
  }

  /**
   * Why a node is alive: the best path from a root, which is the shortest one that the program can
   * influence, without weak references. Undefined if only weak references lead to the node. `to`
   * ends the search at a nearer object, and `ignore` skips paths that are not wanted.
   */
  retainingPath(id: number, options: RetainingPathOptions = {}): RetainingPath | undefined {
    const action = "find retaining path";
    const read = readOptions(action, options, PATH_CHECKS);
    return findPath(this.#body, this.#ordinal(action, id), { ...read, isLive: this.#isLive });
  }

  /**
   * Several paths to a node, the best first: one from each holder, then one through each direct
   * referrer. `count` is 10 by default.
   */
  retainingPaths(id: number, options: RetainingPathsOptions = {}): RetainingPath[] {
    return findPaths(this.#body, ...this.#pathsQuery("find retaining paths", id, options));
  }

  /**
   * A path from each holder of a node: each property of a global object, variable of a module,
   * timer or handle from which the node can be reached. `count` is 10 by default.
   */
  pathsByRoot(id: number, options: RetainingPathsOptions = {}): RetainingPath[] {
    return findPathsByRoot(this.#body, ...this.#pathsQuery("find paths by root", id, options));
  }

  /**
   * The node without which a node would not be kept, and nearest to it; undefined for the root. The
   * first call finds the dominators.
   */
  dominator(id: number): number | undefined {
    const node = this.#ordinal("find dominator", id);
    return node === 0 ? undefined : this.#body.idOf(this.#body.dominance.dominators[node]!);
  }

  /** The nodes of which a node is the dominator. The first call finds the dominators. */
  dominated(id: number): number[] {
    const node = this.#ordinal("list dominated nodes", id);
    return this.#body.dominance.dominated(node).map((child) => this.#body.idOf(child));
  }

  /**
   * What changed since an older snapshot of the same process, by type: those whose own bytes grew
   * most first. A type without a change is left out.
   */
  diff(older: HeapGraph): TypeDiff[] {
    const action = "compare snapshots";
    const before = bodyOfArgument(action, "older", older);
    return typeDiffOf(this.#body, this.#typeTable, before, older.#typeTable);
  }

  /** Ids of the nodes that an older snapshot of the same process does not have. */
  newSince(older: HeapGraph): number[] {
    const before = bodyOfArgument("compare snapshots", "older", older);
    return this.#idsIf((id) => before.ordinalOf(id) === undefined);
  }

  /**
   * Ids of the nodes that were made between two older snapshots of the same process and are still
   * alive in this one. If the same work was done between each two of the three snapshots, the first
   * work left these nodes behind.
   */
  bornBetween(before: HeapGraph, after: HeapGraph): number[] {
    const first = bodyOfArgument("compare snapshots", "before", before);
    const second = bodyOfArgument("compare snapshots", "after", after);
    return this.#idsIf(
      (id) => first.ordinalOf(id) === undefined && second.ordinalOf(id) !== undefined,
    );
  }

  /**
   * Draws nodes, and what keeps them alive or what they keep alive, in DOT, the language of
   * Graphviz: `dot -Tsvg`.
   */
  toDot(ids: number | readonly number[], options: PictureOptions = {}): string {
    return toDot(this, ids, options);
  }

  /** Draws the same as a flowchart of Mermaid, which GitHub shows in a Markdown file. */
  toMermaid(ids: number | readonly number[], options: PictureOptions = {}): string {
    return toMermaid(this, ids, options);
  }

  /**
   * One page with nodes, what keeps them alive and what they keep alive, to be opened in a browser:
   * a graph that expands, with sizes, places and paths. It loads nothing.
   */
  toHtml(ids: number | readonly number[], options: PageOptions = {}): string {
    return toHtml(this, ids, options);
  }

  get #typeTable(): TypeTable {
    return (this.#types ??= typeTableOf(this.#body));
  }

  #idsIf(isWanted: (id: number) => boolean): number[] {
    const ids: number[] = [];
    for (let node = 0; node < this.#body.nodeCount; node++) {
      const id = this.#body.idOf(node);
      if (isWanted(id)) ids.push(id);
    }
    return ids;
  }

  #pathsQuery(
    action: string,
    id: number,
    options: RetainingPathsOptions,
  ): [target: number, options: PathsOptions] {
    const { count = 10, ...read } = readOptions(action, options, {
      ...PATH_CHECKS,
      count: integerFrom(0),
    });
    return [this.#ordinal(action, id), { ...read, count, isLive: this.#isLive }];
  }

  #locationOf(node: number): Location | undefined {
    return (this.#locations ??= new NodeLocations(this.#body, this.#isLive)).locationOf(node);
  }

  #edge(edge: number, from: number, to: number): Edge {
    return { kind: this.#body.edgeKindOf(edge), name: this.#body.edgeNameOf(edge), from, to };
  }

  #ordinal(action: string, id: number): number {
    checkId(action, "id", id);
    return (
      this.#body.ordinalOf(id) ??
      refuse(action, `the snapshot has no node @${id}`, "an id of this snapshot", RangeError)
    );
  }

  #nodesOfType(action: string, name: string | RegExp): number[] {
    const isWanted = typeFilter(action, name);
    const { names, types } = this.#typeTable;
    const wanted = names.map((type) => isWanted(type));
    const isPrototype = prototypeTest(this.#body);
    const nodes: number[] = [];
    for (let node = 0; node < types.length; node++)
      if (wanted[types[node]!] === true && !isPrototype(node)) nodes.push(node);
    return nodes;
  }
}

/** The body of a graph, which works by ordinals: for the other rooms of this package. */
export function bodyOf(graph: HeapGraph): Graph {
  return bodies.get(graph)!;
}

const PATH_CHECKS = {
  ignore: checkFunction,
  to: (action: string, name: string, value: unknown): void => {
    if (typeof value === "string" || typeof value === "function" || value instanceof RegExp) return;
    refuse(action, `${name} is ${print(value)}`, "a string, a RegExp or a function");
  },
};

const checkId = integerFrom(-Number.MAX_SAFE_INTEGER);

function typeFilter(action: string, name: string | RegExp): (type: string) => boolean {
  if (typeof name === "string") return (type) => type === name;
  if (!(name instanceof RegExp)) refuse(action, `name is ${print(name)}`, "a string or a RegExp");
  // Without the flags that make a RegExp remember where it was.
  const pattern = new RegExp(name.source, name.flags.replace(/[gy]/g, ""));
  return (type) => pattern.test(type);
}

function bodyOfArgument(action: string, name: string, graph: unknown): Graph {
  if (!(graph instanceof HeapGraph)) refuse(action, `${name} is ${print(graph)}`, "a HeapGraph");
  return bodyOf(graph);
}

function sum(numbers: Uint32Array | Float64Array): number {
  let total = 0;
  for (let index = 0; index < numbers.length; index++) total += numbers[index]!;
  return total;
}
