import type { Graph } from "../graph/graph.ts";

/** Names of edges that the search and the words know, each with a number above 1. */
const KNOWN = [
  "map",
  "properties",
  "elements",
  "context",
  "previous",
  "shared",
  "code",
  "feedback_cell",
  "__proto__",
  "extension",
  "script",
  "script_or_debug_info",
  "native_to_javascript",
  "table",
  // The target of a WeakRef that was read lives until the current job has ended, and no longer.
  "weak_refs_keep_during_job",
  // Symbols of Node's own: `<symbol node:entry_point_module>` of the global object.
  "<symbol node:>",
] as const;
const NODES_SYMBOL = "<symbol node:";

/** A name of an edge that means something to us. */
export type KnownName = (typeof KNOWN)[number];

const PLAIN = 1;
const EPHEMERON = 255;

/**
 * Reads the edges of a graph for the search of paths: by the kinds of V8, and by names, of which
 * each is decoded at most once.
 */
export class Edges {
  readonly graph: Graph;
  readonly weak: number;
  readonly shortcut: number;
  readonly property: number;
  readonly internal: number;
  readonly element: number;
  readonly hidden: number;
  readonly context: number;
  /** By index of a string: 0 not looked at, 1 plain, 2 and more an index in `KNOWN` plus 2. */
  readonly #codes: Uint8Array;

  constructor(graph: Graph) {
    this.graph = graph;
    const { edgeKindNames, strings } = graph.columns;
    this.weak = edgeKindNames.indexOf("weak");
    this.shortcut = edgeKindNames.indexOf("shortcut");
    this.property = edgeKindNames.indexOf("property");
    this.internal = edgeKindNames.indexOf("internal");
    this.element = edgeKindNames.indexOf("element");
    this.hidden = edgeKindNames.indexOf("hidden");
    this.context = edgeKindNames.indexOf("context");
    this.#codes = new Uint8Array(strings.length);
  }

  /** The known name of an edge whose name is a string, or undefined. */
  knownName(edge: number): KnownName | undefined {
    return KNOWN[this.#codeOf(edge) - 2];
  }

  /**
   * Whether an edge keeps its target alive, if it comes from `source`. Of the two edges of a pair
   * in a WeakMap, that of the key does: the pair lives only as long as its key.
   */
  retains(edge: number, source: number): boolean {
    const { edgeKinds, edgeTargets } = this.graph.columns;
    const kind = edgeKinds[edge]!;
    if (kind === this.weak) return false;
    if (kind === this.shortcut && source !== 0) return false;
    if (edgeTargets[edge] === source) return false;
    if (kind !== this.internal) return true;
    if (this.#codeOf(edge) !== EPHEMERON) {
      return this.knownName(edge) !== "weak_refs_keep_during_job";
    }
    return ephemeronTable(String(this.graph.edgeNameOf(edge))) !== this.graph.idOf(source);
  }

  /** The first edge of a node with a name, of any kind but weak; or -1. */
  find(node: number, name: string | number): number {
    const { firstEdges, edgeKinds } = this.graph.columns;
    for (let edge = firstEdges[node]!; edge < firstEdges[node + 1]!; edge++) {
      if (edgeKinds[edge] === this.weak) continue;
      if (this.graph.edgeNameOf(edge) === name) return edge;
    }
    return -1;
  }

  /** The node to which the first edge with this name leads, or -1. */
  follow(node: number, name: string | number): number {
    if (node < 0) return -1;
    const edge = this.find(node, name);
    return edge < 0 ? -1 : this.graph.columns.edgeTargets[edge]!;
  }

  #codeOf(edge: number): number {
    const { edgeKinds, edgeNames } = this.graph.columns;
    const kind = edgeKinds[edge]!;
    if (kind === this.element || kind === this.hidden) return PLAIN;
    const name = edgeNames[edge]!;
    if (name >= this.#codes.length) return PLAIN;
    const known = this.#codes[name]!;
    if (known !== 0) return known;
    const text = this.graph.columns.strings.at(name);
    const meaning = text.startsWith(NODES_SYMBOL) ? `${NODES_SYMBOL}>` : text;
    const index = (KNOWN as readonly string[]).indexOf(meaning);
    const isPair = index < 0 && ephemeronTable(text) !== undefined;
    return (this.#codes[name] = isPair ? EPHEMERON : index < 0 ? PLAIN : index + 2);
  }
}

/** The id of the table in the name that V8 gives to both edges of a pair in a WeakMap. */
function ephemeronTable(name: string): number | undefined {
  if (!name.includes(" / part of key (")) return undefined;
  const found = /^\d+ \/ part of key \([^]*\) pair in WeakMap \(table @(\d+)\)$/.exec(name);
  return found === null ? undefined : Number(found[1]);
}
