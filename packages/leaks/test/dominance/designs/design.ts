/** A graph in which node 0 reaches all nodes. `targets` has those of node 0, then those of 1. */
export interface Graph {
  readonly count: number;
  /** Where the targets of each node begin, and the end. */
  readonly first: Uint32Array;
  readonly targets: Uint32Array;
}

/** Finds the immediate dominator of each node. Node 0 has itself. */
export type Design = (graph: Graph) => Uint32Array;
