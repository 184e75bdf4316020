import { HeapSnapshotError } from "./errors.ts";
import type { Header } from "./header.ts";

/** A section of numbers, which takes its rows in batches. */
export interface NumberSection {
  /** Numbers of a row. */
  readonly width: number;
  /** Takes `count` numbers, whole rows. `offset` is for errors. */
  take(numbers: Float64Array, count: number, offset: number): void;
  /** Called at the end of the section. */
  finish(offset: number): void;
}

const UNKNOWN = 0xffffffff;

/** Makes columns of `count` numbers, or says that they do not fit in memory. */
function allocate<Column>(bytes: number, make: () => Column): Column {
  try {
    return make();
  } catch (cause) {
    throw new HeapSnapshotError(
      "memory",
      `its header promises so many nodes and edges that ${bytes} bytes are needed at once`,
      undefined,
      { cause },
    );
  }
}

/** The section `nodes`. */
export class NodeSection implements NumberSection {
  readonly width: number;
  readonly kinds: Uint8Array;
  readonly names: Uint32Array;
  ids: Uint32Array | Float64Array;
  selfBytes: Uint32Array | Float64Array;
  readonly detachedness: Uint8Array | undefined;
  readonly firstEdges: Uint32Array;
  /** The largest index of a string. */
  lastName = 0;
  #count = 0;
  #edgeCount = 0;
  readonly #header: Header;

  constructor(header: Header) {
    const { nodeCount, node } = header;
    this.#header = header;
    this.width = node.width;
    const [kinds, names, ids, selfBytes, firstEdges, detachedness] = allocate(
      18 * nodeCount,
      () =>
        [
          new Uint8Array(nodeCount),
          new Uint32Array(nodeCount),
          new Uint32Array(nodeCount),
          new Uint32Array(nodeCount),
          new Uint32Array(nodeCount + 1),
          node.detachedness < 0 ? undefined : new Uint8Array(nodeCount),
        ] as const,
    );
    this.kinds = kinds;
    this.names = names;
    this.ids = ids;
    this.selfBytes = selfBytes;
    this.firstEdges = firstEdges;
    this.detachedness = detachedness;
  }

  take(numbers: Float64Array, count: number, offset: number): void {
    const { nodeCount } = this.#header;
    const { width, kind, name, id, selfBytes, edgeCount, detachedness } = this.#header.node;
    const rows = count / width;
    let node = this.#count;
    if (node + rows > nodeCount) throw miscount("nodes", "node_count", nodeCount, "more", offset);
    const { kinds, names, firstEdges } = this;
    let { ids, selfBytes: bytes, lastName } = this;
    let edges = this.#edgeCount;
    for (let at = 0; at < count; at += width, node += 1) {
      const kindOf = numbers[at + kind]!;
      const nameOf = numbers[at + name]!;
      const idOf = numbers[at + id]!;
      const bytesOf = numbers[at + selfBytes]!;
      const edgesOf = numbers[at + edgeCount]!;
      if (!(kindOf >= 0 && kindOf <= 255)) throw strange("kind", kindOf, node, offset);
      if (!(nameOf >= 0 && nameOf < UNKNOWN)) throw strange("name", nameOf, node, offset);
      if (!(bytesOf >= 0)) throw strange("self_size", bytesOf, node, offset);
      if (!(edgesOf >= 0 && edgesOf <= UNKNOWN)) throw strange("edge_count", edgesOf, node, offset);
      if (idOf >>> 0 !== idOf) ids = widen(ids);
      if (bytesOf >>> 0 !== bytesOf) bytes = widen(bytes);
      kinds[node] = kindOf;
      names[node] = nameOf;
      ids[node] = idOf;
      bytes[node] = bytesOf;
      firstEdges[node] = edges;
      if (nameOf > lastName) lastName = nameOf;
      edges += edgesOf;
    }
    this.ids = ids;
    this.selfBytes = bytes;
    this.lastName = lastName;
    if (detachedness >= 0) {
      const column = this.detachedness!;
      for (let at = detachedness, row = this.#count; at < count; at += width, row += 1)
        column[row] = numbers[at]!;
    }
    this.#count = node;
    this.#edgeCount = edges;
  }

  finish(offset: number): void {
    const { nodeCount, edgeCount } = this.#header;
    if (this.#count < nodeCount)
      throw miscount("nodes", "node_count", nodeCount, String(this.#count), offset);
    if (this.#edgeCount !== edgeCount) {
      const detail = `its nodes have ${this.#edgeCount} edges, expected edge_count ${edgeCount}`;
      throw new HeapSnapshotError("damaged", detail, offset);
    }
    this.firstEdges[nodeCount] = edgeCount;
  }
}

/** The section `edges`. */
export class EdgeSection implements NumberSection {
  readonly width: number;
  readonly kinds: Uint8Array;
  readonly names: Uint32Array;
  readonly targets: Uint32Array;
  /** The largest index of a string. */
  lastName = 0;
  #count = 0;
  readonly #header: Header;
  /** By kind: 1 if `names` has an index of the object itself, not of a string. */
  readonly #isIndexed: Uint8Array;

  constructor(header: Header) {
    const { edgeCount, edge, edgeKindNames } = header;
    this.#header = header;
    this.width = edge.width;
    const [kinds, names, targets] = allocate(
      9 * edgeCount,
      () =>
        [
          new Uint8Array(edgeCount),
          new Uint32Array(edgeCount),
          new Uint32Array(edgeCount),
        ] as const,
    );
    this.kinds = kinds;
    this.names = names;
    this.targets = targets;
    this.#isIndexed = Uint8Array.from({ length: 256 }, (_, kind) =>
      isIndexedKind(edgeKindNames[kind] ?? "") ? 1 : 0,
    );
  }

  take(numbers: Float64Array, count: number, offset: number): void {
    const { nodeCount, edgeCount } = this.#header;
    const { width, kind, name, target } = this.#header.edge;
    const nodeWidth = this.#header.node.width;
    const isIndexed = this.#isIndexed;
    const { kinds, names, targets } = this;
    let { lastName } = this;
    let edge = this.#count;
    if (edge + count / width > edgeCount)
      throw miscount("edges", "edge_count", edgeCount, "more", offset);
    for (let at = 0; at < count; at += width, edge += 1) {
      const kindOf = numbers[at + kind]!;
      const nameOf = numbers[at + name]!;
      const node = numbers[at + target]! / nodeWidth;
      if (!(kindOf >= 0 && kindOf <= 255)) throw strange("kind", kindOf, edge, offset, "edge");
      if (!(node >>> 0 === node && node < nodeCount))
        throw strange("to_node", numbers[at + target]!, edge, offset, "edge");
      if (isIndexed[kindOf] === 0) {
        if (!(nameOf >= 0 && nameOf < UNKNOWN)) throw strange("name", nameOf, edge, offset, "edge");
        if (nameOf > lastName) lastName = nameOf;
      }
      kinds[edge] = kindOf;
      names[edge] = nameOf;
      targets[edge] = node;
    }
    this.lastName = lastName;
    this.#count = edge;
  }

  finish(offset: number): void {
    const { edgeCount } = this.#header;
    if (this.#count < edgeCount)
      throw miscount("edges", "edge_count", edgeCount, String(this.#count), offset);
  }
}

/** The section `locations`, whose length no header names. */
export class LocationSection implements NumberSection {
  readonly width: number;
  #locations: Uint32Array = new Uint32Array(1024);
  #count = 0;
  readonly #header: Header;

  constructor(header: Header, width: number) {
    this.#header = header;
    this.width = width;
  }

  /** Four numbers for each location. */
  get locations(): Uint32Array {
    return this.#locations.slice(0, this.#count);
  }

  take(numbers: Float64Array, count: number, offset: number): void {
    const { nodeCount, node: nodes, location } = this.#header;
    if (location === undefined) return;
    const needed = this.#count + (count / this.width) * 4;
    if (needed > this.#locations.length) {
      const wider = new Uint32Array(Math.max(needed, this.#locations.length * 2));
      wider.set(this.#locations);
      this.#locations = wider;
    }
    const locations = this.#locations;
    for (let at = 0; at < count; at += this.width) {
      const node = numbers[at + location.node]! / nodes.width;
      if (!(node >>> 0 === node && node < nodeCount))
        throw strange("object_index", numbers[at + location.node]!, at, offset, "location");
      locations[this.#count] = node;
      locations[this.#count + 1] = orUnknown(numbers[at + location.scriptId]!);
      locations[this.#count + 2] = orUnknown(numbers[at + location.line]!);
      locations[this.#count + 3] = orUnknown(numbers[at + location.column]!);
      this.#count += 4;
    }
  }

  finish(): void {}
}

/** Whether the name of an edge of this kind is a number, not an index in the table of strings. */
export function isIndexedKind(kind: string): boolean {
  return kind === "element" || kind === "hidden";
}

function orUnknown(value: number): number {
  return value >= 0 && value <= UNKNOWN ? value : UNKNOWN;
}

function widen(column: Uint32Array | Float64Array): Float64Array {
  return column instanceof Float64Array ? column : Float64Array.from(column);
}

function strange(
  field: string,
  value: number,
  row: number,
  offset: number,
  of: "node" | "edge" | "location" = "node",
): HeapSnapshotError {
  return new HeapSnapshotError("damaged", `${of} ${row} has the ${field} ${value}`, offset);
}

function miscount(
  section: string,
  field: string,
  wanted: number,
  found: string,
  offset: number,
): HeapSnapshotError {
  const detail = `section ${section} has ${found} rows, expected ${field} ${wanted}`;
  return new HeapSnapshotError("damaged", detail, offset);
}
