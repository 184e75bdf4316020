import type { Columns } from "../../src/graph/columns.ts";
import { Dominance } from "../../src/graph/dominance/dominance.ts";
import type { ChromeResult } from "./chrome.ts";

/** What DevTools and this package say of the same snapshot. */
export interface Agreement {
  readonly nodes: readonly [ours: number, theirs: number];
  readonly edges: readonly [ours: number, theirs: number];
  /** Nodes, by kind, whose retained bytes differ. */
  readonly retainedBytes: Readonly<Record<string, number>>;
  readonly dominators: Readonly<Record<string, number>>;
  readonly distances: Readonly<Record<string, number>>;
}

/** Compares each node. */
export function compare(columns: Columns, theirs: ChromeResult): Agreement {
  const ours = new Dominance(columns);
  const differences = (
    mine: ArrayLike<number>,
    other: ArrayLike<number>,
  ): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (let node = 0; node < columns.nodeCount; node++) {
      if (mine[node] === other[node]) continue;
      const kind = columns.kindNames[columns.nodeKinds[node]!]!;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };
  return {
    nodes: [columns.nodeCount, theirs.nodeCount],
    edges: [columns.edgeCount, theirs.edgeCount],
    retainedBytes: differences(ours.retainedBytes, theirs.retainedBytes),
    dominators: differences(ours.dominators, theirs.dominators),
    distances: differences(ours.distances, theirs.distances),
  };
}
