import type { Columns } from "./columns.ts";

/** A group is 256 nodes. Larger groups are found faster, and take longer to be sorted. */
const GROUP_BITS = 8;
const GROUP_SIZE = 1 << GROUP_BITS;
/** The bits of an ordinal that are the place of a node in its group. */
const PLACE = GROUP_SIZE - 1;
/** The starts of the nodes of a group, and the end of the last one. */
const STARTS = GROUP_SIZE + 1;
/** The first source is known for each 16th edge. */
const BLOCK_BITS = 4;

/**
 * The edges by the node to which they lead.
 *
 * A search visits few nodes of a large heap, and to write 4 bytes for each edge takes longer than
 * the search. So at first the edges are sorted only by groups of nodes: each group has the
 * differences between the ordinals of its edges, in one byte mostly. The edges of a group are
 * unpacked, and sorted by nodes, when one of its nodes is asked for.
 */
export class Referrers {
  readonly #columns: Columns;
  readonly #packed: PackedEdges;
  /** Of each group that was asked for: where each node begins in this array, then the edges. */
  readonly #sorted: (Uint32Array | undefined)[];
  /** The source of the first edge of each block. */
  readonly #blocks: Uint32Array;

  constructor(columns: Columns) {
    this.#columns = columns;
    this.#packed = packEdges(columns);
    this.#sorted = Array.from({ length: this.#packed.starts.length - 1 });
    this.#blocks = listBlocks(columns);
  }

  /** The edges that lead to a node, in ascending order. */
  edgesTo(node: number): Uint32Array {
    const group = node >>> GROUP_BITS;
    const sorted = (this.#sorted[group] ??= this.#sort(group));
    const place = node & PLACE;
    return sorted.subarray(sorted[place], sorted[place + 1]);
  }

  /** The node at which an edge begins. */
  sourceOf(edge: number): number {
    const { firstEdges } = this.#columns;
    let low = this.#blocks[edge >>> BLOCK_BITS]!;
    let high = this.#blocks[(edge >>> BLOCK_BITS) + 1]!;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (firstEdges[middle]! <= edge) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #sort(group: number): Uint32Array {
    return sortEdges(unpackEdges(this.#packed, group), this.#columns.edgeTargets);
  }
}

interface PackedEdges {
  /** Where each group begins in `bytes`, and the end. */
  readonly starts: Uint32Array;
  /**
   * Differences between the edges of a group, in ascending order: 7 bits a byte, the lowest ones
   * first, and all bytes but the last have the highest bit too.
   */
  readonly bytes: Uint8Array;
}

function packEdges({ nodeCount, edgeCount, edgeTargets }: Columns): PackedEdges {
  const groups = Math.ceil(nodeCount / GROUP_SIZE);
  const starts = new Uint32Array(groups + 1);
  const last = new Uint32Array(groups);
  for (let edge = 0; edge < edgeCount; edge++) {
    const group = edgeTargets[edge]! >>> GROUP_BITS;
    const difference = edge - last[group]!;
    last[group] = edge;
    starts[group + 1]! += lengthOf(difference);
  }
  for (let group = 0; group < groups; group++) starts[group + 1]! += starts[group]!;
  const ends = starts.slice();
  const bytes = new Uint8Array(starts[groups]!);
  last.fill(0);
  for (let edge = 0; edge < edgeCount; edge++) {
    const group = edgeTargets[edge]! >>> GROUP_BITS;
    let difference = edge - last[group]!;
    last[group] = edge;
    let at = ends[group]!;
    for (; difference >= 0x80; difference >>>= 7) bytes[at++] = difference | 0x80;
    bytes[at++] = difference;
    ends[group] = at;
  }
  return { starts, bytes };
}

function lengthOf(difference: number): number {
  if (difference < 0x80) return 1;
  if (difference < 0x4000) return 2;
  if (difference < 0x20_0000) return 3;
  return difference < 0x1000_0000 ? 4 : 5;
}

function unpackEdges({ starts, bytes }: PackedEdges, group: number): Uint32Array {
  const start = starts[group]!;
  const end = starts[group + 1]!;
  const edges = new Uint32Array(end - start);
  let count = 0;
  let edge = 0;
  for (let at = start; at < end;) {
    let byte = bytes[at++]!;
    let difference = byte & 0x7f;
    for (let bits = 7; byte >= 0x80; bits += 7) {
      byte = bytes[at++]!;
      difference |= (byte & 0x7f) << bits;
    }
    edge += difference;
    edges[count++] = edge;
  }
  return edges.subarray(0, count);
}

/** Returns where the edges of each node of a group begin, and then these edges. */
function sortEdges(edges: Uint32Array, edgeTargets: Uint32Array): Uint32Array {
  const sorted = new Uint32Array(STARTS + edges.length);
  // Counts are placed two further, so that each end is the next start when all are placed.
  const counts = new Uint32Array(STARTS + 1);
  for (let index = 0; index < edges.length; index++) {
    counts[(edgeTargets[edges[index]!]! & PLACE) + 2]!++;
  }
  counts[0] = STARTS;
  counts[1] = STARTS;
  for (let place = 2; place < STARTS; place++) counts[place]! += counts[place - 1]!;
  for (let index = 0; index < edges.length; index++) {
    const edge = edges[index]!;
    const place = (edgeTargets[edge]! & PLACE) + 1;
    const at = counts[place]!;
    counts[place] = at + 1;
    sorted[at] = edge;
  }
  sorted.set(counts.subarray(0, STARTS));
  return sorted;
}

function listBlocks({ nodeCount, edgeCount, firstEdges }: Columns): Uint32Array {
  const blocks = new Uint32Array((edgeCount >>> BLOCK_BITS) + 2).fill(nodeCount - 1);
  let block = 0;
  for (let node = 0; node < nodeCount; node++) {
    for (const end = firstEdges[node + 1]!; block << BLOCK_BITS < end; block++) {
      blocks[block] = node;
    }
  }
  return blocks;
}
