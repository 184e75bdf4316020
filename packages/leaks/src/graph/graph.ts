import type { Columns } from "./columns.ts";
import { Dominance } from "./dominance/dominance.ts";
import { isIndexedKind } from "./number-sections.ts";
import { Referrers } from "./referrers.ts";

/** Where a closure or the class of an object is defined. All numbers count from 0. */
export interface ScriptLocation {
  readonly scriptId: number;
  readonly line: number;
  readonly column: number;
}

const UNKNOWN = 0xffffffff;

/**
 * A heap snapshot by ordinals: `node` is an ordinal of a node and `edge` one of an edge, as in
 * `Columns`. Nothing is checked; `HeapGraph` is the face for programs.
 */
export class Graph {
  readonly columns: Columns;
  readonly nodeCount: number;
  readonly edgeCount: number;
  readonly #isIndexed: readonly boolean[];
  readonly #objectKind: number;
  #referrers: Referrers | undefined;
  /** Ordinals plus 1 by a hash of the id; 0 is free. */
  #ordinals: Uint32Array | undefined;
  #dominance: Dominance | undefined;
  #locations: Map<number, number> | undefined;

  constructor(columns: Columns) {
    this.columns = columns;
    this.nodeCount = columns.nodeCount;
    this.edgeCount = columns.edgeCount;
    this.#isIndexed = columns.edgeKindNames.map(isIndexedKind);
    this.#objectKind = columns.kindNames.indexOf("object");
  }

  /** What V8 calls the kind of a node: "object", "closure". */
  kindOf(node: number): string {
    const kind = this.columns.nodeKinds[node]!;
    return this.columns.kindNames[kind] ?? `unknown ${kind}`;
  }

  /** The name: of an object that of its constructor, of a string its text, of a closure its own. */
  nameOf(node: number): string {
    return this.columns.strings.at(this.columns.nodeNames[node]!);
  }

  /** The constructor's name of an object, else the kind in brackets. */
  typeOf(node: number): string {
    return this.columns.nodeKinds[node] === this.#objectKind
      ? this.nameOf(node)
      : `(${this.kindOf(node)})`;
  }

  /** The id of the snapshot, `@id` in DevTools. */
  idOf(node: number): number {
    return this.columns.nodeIds[node]!;
  }

  /** The node of an id, or undefined if the snapshot has no such id. */
  ordinalOf(id: number): number | undefined {
    const table = (this.#ordinals ??= indexIds(this.columns));
    const { nodeIds } = this.columns;
    const mask = table.length - 1;
    for (let slot = slotOf(id, mask); ; slot = (slot + 1) & mask) {
      const node = table[slot]!;
      if (node === 0) return undefined;
      if (nodeIds[node - 1] === id) return node - 1;
    }
  }

  /** Bytes of the node alone. */
  selfBytesOf(node: number): number {
    return this.columns.selfBytes[node]!;
  }

  /** What V8 calls the kind of an edge: "property", "weak". */
  edgeKindOf(edge: number): string {
    const kind = this.columns.edgeKinds[edge]!;
    return this.columns.edgeKindNames[kind] ?? `unknown ${kind}`;
  }

  /** The name of an edge, or its index if the kind is "element" or "hidden". */
  edgeNameOf(edge: number): string | number {
    const { edgeKinds, edgeNames, strings } = this.columns;
    const name = edgeNames[edge]!;
    // An edge of a kind that V8 added later may have either.
    if (this.#isIndexed[edgeKinds[edge]!] === true || name >= strings.length) return name;
    return strings.at(name);
  }

  /** Where a closure or the class of an object is defined, or undefined if that is unknown. */
  locationOf(node: number): ScriptLocation | undefined {
    const { locations } = this.columns;
    const at = (this.#locations ??= indexLocations(locations)).get(node);
    if (at === undefined) return undefined;
    const scriptId = locations[at + 1]!;
    const line = locations[at + 2]!;
    const column = locations[at + 3]!;
    if (scriptId === UNKNOWN || line === UNKNOWN || column === UNKNOWN) return undefined;
    return { scriptId, line, column };
  }

  /** The edges that lead to a node, in ascending order. The first call goes over all edges. */
  edgesTo(node: number): Uint32Array {
    return (this.#referrers ??= new Referrers(this.columns)).edgesTo(node);
  }

  /** The node at which an edge begins. The first call goes over all edges. */
  sourceOf(edge: number): number {
    return (this.#referrers ??= new Referrers(this.columns)).sourceOf(edge);
  }

  /** What keeps what alive. Each part is computed at its first use. */
  get dominance(): Dominance {
    return (this.#dominance ??= new Dominance(this.columns));
  }
}

function slotOf(id: number, mask: number): number {
  // Ids of a snapshot are mostly every second number, in the order of allocation.
  return (Math.imul(id, 0x9e3779b1) >>> 5) & mask;
}

function indexIds({ nodeIds, nodeCount }: Columns): Uint32Array {
  const size = 2 ** Math.ceil(Math.log2(nodeCount * 1.5 + 1));
  const table = new Uint32Array(size);
  const mask = size - 1;
  for (let node = 0; node < nodeCount; node++) {
    let slot = slotOf(nodeIds[node]!, mask);
    while (table[slot] !== 0) slot = (slot + 1) & mask;
    table[slot] = node + 1;
  }
  return table;
}

/** The first of the four numbers of each location, by node. */
function indexLocations(locations: Uint32Array): Map<number, number> {
  const index = new Map<number, number>();
  for (let at = 0; at < locations.length; at += 4) index.set(locations[at]!, at);
  return index;
}
