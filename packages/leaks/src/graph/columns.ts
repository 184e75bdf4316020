import type { StringTable } from "./string-table.ts";

/**
 * The contents of a heap snapshot, as columns. A node is an ordinal from 0, the root, to
 * `nodeCount - 1`, in the order of the file. The edges of node `n` are the ordinals from
 * `firstEdges[n]` to `firstEdges[n + 1] - 1`.
 *
 * Source: `heap-snapshot-generator.cc` of V8, whose header `snapshot.meta` names the fields.
 */
export interface Columns {
  readonly nodeCount: number;
  readonly edgeCount: number;
  /** Names of the kinds of nodes, such as "object" and "closure"; `nodeKinds` has their indices. */
  readonly kindNames: readonly string[];
  readonly nodeKinds: Uint8Array;
  /** Index of the name in `strings`. */
  readonly nodeNames: Uint32Array;
  /** The `id` of the file, `@id` in DevTools. Float64Array only if one is not below 2^32. */
  readonly nodeIds: Uint32Array | Float64Array;
  /** Own bytes of each node. Float64Array only if a node has 4 GB or more. */
  readonly selfBytes: Uint32Array | Float64Array;
  /** 0 unknown, 1 attached, 2 detached from a document; undefined if the file has no such field. */
  readonly detachedness: Uint8Array | undefined;
  readonly firstEdges: Uint32Array;
  /** Names of the kinds of edges, such as "property" and "weak"; `edgeKinds` has their indices. */
  readonly edgeKindNames: readonly string[];
  readonly edgeKinds: Uint8Array;
  /** The index itself if the kind is "element" or "hidden", else an index in `strings`. */
  readonly edgeNames: Uint32Array;
  /** Ordinal of the node to which the edge leads. */
  readonly edgeTargets: Uint32Array;
  /**
   * Four numbers for each location: node ordinal, script id, line, column, all from 0. A negative
   * number of the file, "unknown", is 2^32 - 1 here.
   */
  readonly locations: Uint32Array;
  readonly strings: StringTable;
}
