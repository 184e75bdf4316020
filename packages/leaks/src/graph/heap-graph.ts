import { integerFrom, print, refuse } from "../checks/arguments.ts";
import type { Location } from "../paths/retaining-path.ts";
import type { ReadOptions, SnapshotSource } from "./byte-source.ts";
import { captureColumns, type CaptureOptions } from "./capture.ts";
import { Graph } from "./graph.ts";
import { readColumns } from "./read-columns.ts";

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
  /** Where a closure or the class of an object is defined, if known. */
  readonly location?: Location;
}

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

let bodyOfGraph: (graph: HeapGraph) => Graph;

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
  #totalBytes: number | undefined;

  static {
    bodyOfGraph = (graph) => graph.#body;
  }

  private constructor(body: Graph) {
    this.#body = body;
  }

  /**
   * Reads a heap snapshot, `.heapsnapshot` or `.heapsnapshot.gz`, of Node, Deno or a browser with
   * V8, piece by piece and of any size. A string is the path of a file. Rejects with the error of
   * the file or stream if that fails; a file is closed and a stream cancelled then.
   * @throws {HeapSnapshotError} if the bytes are not a heap snapshot, or not all of it.
   */
  static async read(source: SnapshotSource, options: ReadOptions = {}): Promise<HeapGraph> {
    return new HeapGraph(new Graph(await readColumns(source, options)));
  }

  /**
   * Takes a snapshot of this process. All JavaScript stops meanwhile, 2 to 4 s for a million nodes,
   * and V8 collects garbage first.
   * @throws {SnapshotTooLargeError} if the snapshot would need more than `maxBytes`.
   */
  static async capture(options: CaptureOptions = {}): Promise<HeapGraph> {
    return new HeapGraph(new Graph(await captureColumns(options)));
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

  /** What is known of a node. */
  node(id: number): NodeDescription {
    const node = this.#ordinal("describe node", id);
    const body = this.#body;
    return {
      id,
      kind: body.kindOf(node),
      name: body.nameOf(node),
      type: body.typeOf(node),
      selfBytes: body.selfBytesOf(node),
    };
  }

  /**
   * Ids of the objects of a type, in the order of the snapshot. A text is the whole type: the name
   * of a constructor, or a kind in brackets such as `(closure)`. A RegExp may match a part of it.
   * The class itself is a closure, and not among its instances.
   */
  byType(name: string | RegExp): number[] {
    return this.#nodesOfType(name).map((node) => this.#body.idOf(node));
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
    const { first, edges, sources } = this.#body.referrers;
    const found: Edge[] = [];
    for (let at = first[node]!; at < first[node + 1]!; at++)
      found.push(this.#edge(edges[at]!, this.#body.idOf(sources[at]!), id));
    return found;
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

  #nodesOfType(name: string | RegExp): number[] {
    const isWanted = typeFilter(name);
    const { columns, nodeCount } = this.#body;
    const { nodeKinds, nodeNames, kindNames } = columns;
    const objectKind = kindNames.indexOf("object");
    // Each type is looked at once: of objects by the index of the name, of others by the kind.
    const byName = new Map<number, boolean>();
    const byKind = new Map<number, boolean>();
    const nodes: number[] = [];
    for (let node = 0; node < nodeCount; node++) {
      const isObject = nodeKinds[node] === objectKind;
      const known = isObject ? byName : byKind;
      const key = isObject ? nodeNames[node]! : nodeKinds[node]!;
      let isMatch = known.get(key);
      if (isMatch === undefined) known.set(key, (isMatch = isWanted(this.#body.typeOf(node))));
      if (isMatch) nodes.push(node);
    }
    return nodes;
  }
}

/** The body of a graph, which works by ordinals: for the other rooms of this package. */
export function bodyOf(graph: HeapGraph): Graph {
  return bodyOfGraph(graph);
}

const checkId = integerFrom(-Number.MAX_SAFE_INTEGER);

function typeFilter(name: string | RegExp): (type: string) => boolean {
  if (typeof name === "string") return (type) => type === name;
  if (!(name instanceof RegExp))
    refuse("find nodes by type", `name is ${print(name)}`, "a string or a RegExp");
  // Without the flags that make a RegExp remember where it was.
  const pattern = new RegExp(name.source, name.flags.replace(/[gy]/g, ""));
  return (type) => pattern.test(type);
}

function sum(numbers: Uint32Array | Float64Array): number {
  let total = 0;
  for (let index = 0; index < numbers.length; index++) total += numbers[index]!;
  return total;
}
