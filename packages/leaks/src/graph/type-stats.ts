import type { Graph } from "./graph.ts";
import type { TypeTable } from "./type-table.ts";

/** All nodes of a type together. */
export interface TypeStats {
  /** The name of the constructor, or the kind in brackets such as `(closure)`. */
  readonly type: string;
  /** Number of nodes. */
  readonly count: number;
  /** Bytes of the nodes alone. */
  readonly selfBytes: number;
  /** Bytes that would be free without these nodes: what several of them retain counts once. */
  readonly retainedBytes: number;
}

/** Options of `typeStats`. */
export interface TypeStatsOptions {
  /** The figure by which types are sorted, the largest first. `"retainedBytes"` by default. */
  readonly by?: "count" | "selfBytes" | "retainedBytes" | undefined;
  /** Number of types that are returned. All by default. */
  readonly top?: number | undefined;
}

/** What changed in a type between two snapshots. */
export interface TypeDiff {
  /** The name of the constructor, or the kind in brackets such as `(closure)`. */
  readonly type: string;
  /** Number of nodes that only the later snapshot has. */
  readonly added: number;
  /** Number of nodes that only the earlier snapshot has. */
  readonly removed: number;
  /** By how much the bytes of all nodes of the type, alone, grew. Negative if they shrank. */
  readonly bytes: number;
}

/** The statistics of all types, sorted by a figure. */
export function typeStatsOf(
  graph: Graph,
  { names, types }: TypeTable,
  by: "count" | "selfBytes" | "retainedBytes",
): TypeStats[] {
  const counts = new Float64Array(names.length);
  const bytes = new Float64Array(names.length);
  const { selfBytes } = graph.columns;
  for (let node = 0; node < graph.nodeCount; node++) {
    counts[types[node]!]! += 1;
    bytes[types[node]!]! += selfBytes[node]!;
  }
  const retained = graph.dominance.retainedBytesByGroup(types, names.length);
  const rows = names.map((type, index) => ({
    type,
    count: counts[index]!,
    selfBytes: bytes[index]!,
    retainedBytes: retained[index]!,
  }));
  return rows.sort((a, b) => b[by] - a[by] || compareTexts(a.type, b.type));
}

/** What changed in each type, those that grew most first. A type without a change is left out. */
export function typeDiffOf(
  graph: Graph,
  table: TypeTable,
  older: Graph,
  olderTable: TypeTable,
): TypeDiff[] {
  const rows = new Map<string, { added: number; removed: number; bytes: number }>();
  const rowsOf = ({ names }: TypeTable): { added: number; removed: number; bytes: number }[] =>
    names.map((name) => {
      let row = rows.get(name);
      if (row === undefined) rows.set(name, (row = { added: 0, removed: 0, bytes: 0 }));
      return row;
    });
  const newRows = rowsOf(table);
  const oldRows = rowsOf(olderTable);
  const kept = new Uint8Array(older.nodeCount);
  for (let node = 0; node < graph.nodeCount; node++) {
    const row = newRows[table.types[node]!]!;
    row.bytes += graph.selfBytesOf(node);
    const before = older.ordinalOf(graph.idOf(node));
    // An object whose prototype was replaced has its id still, and another type.
    if (before !== undefined && oldRows[olderTable.types[before]!] === row) kept[before] = 1;
    else row.added += 1;
  }
  for (let node = 0; node < older.nodeCount; node++) {
    const row = oldRows[olderTable.types[node]!]!;
    row.bytes -= older.selfBytesOf(node);
    if (kept[node] === 0) row.removed += 1;
  }
  return [...rows]
    .map(([type, row]) => ({ type, ...row }))
    .filter(({ added, removed, bytes }) => added !== 0 || removed !== 0 || bytes !== 0)
    .sort((a, b) => b.bytes - a.bytes || b.added - a.added || compareTexts(a.type, b.type));
}

/** Compares texts by their units, which is the same everywhere. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
