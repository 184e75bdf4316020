import { snapshotText } from "../snapshot/snapshot-text.ts";

/** A node of a tiny snapshot: its kind, name, id, size and references. */
export interface TinyNode {
  readonly kind: string;
  readonly name: string;
  readonly id: number;
  readonly selfBytes: number;
  /** Kind, name or index, and id of the target of each reference. */
  readonly edges?: readonly (readonly [kind: string, name: string | number, to: number])[];
}

/** The text of a heap snapshot with these nodes, as V8 writes it. The first node is the root. */
export function tinySnapshot(nodes: readonly TinyNode[]): string {
  const indexOf = (id: number): number => nodes.findIndex((node) => node.id === id);
  return snapshotText(
    nodes.map(({ edges = [], ...node }) => ({
      ...node,
      edges: edges.map(([kind, name, to]) => ({ kind, name, to: indexOf(to) })),
    })),
  );
}

/** A heap with a cache in the global object, which keeps sessions, and a listener. */
export function heapOf(sessions: readonly number[]): string {
  return tinySnapshot([
    { kind: "synthetic", name: "", id: 1, selfBytes: 0, edges: [["element", 1, 3]] },
    {
      kind: "object",
      name: "global",
      id: 3,
      selfBytes: 100,
      edges: [
        ["property", "cache", 5],
        ["property", "onExit", 9],
      ],
    },
    { kind: "object", name: "Cache", id: 5, selfBytes: 40, edges: [["internal", "table", 7]] },
    {
      kind: "array",
      name: "",
      id: 7,
      selfBytes: 1024,
      edges: sessions.map((id, index) => ["element", index, id]),
    },
    { kind: "closure", name: "onExit", id: 9, selfBytes: 64 },
    { kind: "string", name: "Ada", id: 11, selfBytes: 16 },
    ...sessions.map((id) => ({
      kind: "object",
      name: "Session",
      id,
      selfBytes: 1000,
      edges: [["property", "user", 11] as const],
    })),
  ]);
}
