/** A node of a tiny snapshot: its kind, name, id, size and references. */
export interface TinyNode {
  readonly kind: string;
  readonly name: string;
  readonly id: number;
  readonly selfBytes: number;
  /** Kind, name or index, and id of the target of each reference. */
  readonly edges?: readonly (readonly [kind: string, name: string | number, to: number])[];
}

const NODE_KINDS = ["hidden", "array", "string", "object", "code", "closure", "synthetic"];
const EDGE_KINDS = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

/** The text of a heap snapshot with these nodes, as V8 writes it. The first node is the root. */
export function tinySnapshot(nodes: readonly TinyNode[]): string {
  const strings: string[] = [];
  const indexOf = (text: string): number => {
    if (!strings.includes(text)) strings.push(text);
    return strings.indexOf(text);
  };
  const fields = nodes.flatMap(({ kind, name, id, selfBytes, edges = [] }) => [
    NODE_KINDS.indexOf(kind),
    indexOf(name),
    id,
    selfBytes,
    edges.length,
    0,
  ]);
  const references = nodes.flatMap(({ edges = [] }) =>
    edges.flatMap(([kind, name, to]) => [
      EDGE_KINDS.indexOf(kind),
      typeof name === "string" ? indexOf(name) : name,
      nodes.findIndex(({ id }) => id === to) * 6,
    ]),
  );
  const numbers = ["number", "number", "number", "number"];
  const meta = {
    node_fields: ["type", "name", "id", "self_size", "edge_count", "detachedness"],
    node_types: [NODE_KINDS, "string", ...numbers],
    edge_fields: ["type", "name_or_index", "to_node"],
    edge_types: [EDGE_KINDS, "string_or_number", "node"],
    location_fields: ["object_index", "script_id", "line", "column"],
  };
  const snapshot = {
    meta,
    node_count: nodes.length,
    edge_count: references.length / 3,
    trace_function_count: 0,
  };
  return JSON.stringify({
    snapshot,
    nodes: fields,
    edges: references,
    trace_function_infos: [],
    trace_tree: [],
    samples: [],
    locations: [],
    strings,
  });
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
