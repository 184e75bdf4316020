/** A node as a test writes it. The first node is the root. */
export interface NodeSpec {
  readonly kind: string;
  readonly name: string;
  readonly id: number;
  readonly selfBytes?: number;
  readonly detachedness?: number;
  readonly edges?: readonly EdgeSpec[];
}

export interface EdgeSpec {
  readonly kind: string;
  readonly name: string | number;
  /** Index of a node. */
  readonly to: number;
}

/** A location as a test writes it: index of a node, script, line and column. */
export type LocationSpec = readonly [node: number, scriptId: number, line: number, column: number];

/** The fields of the file, which differ between versions of V8. */
export interface Form {
  readonly nodeFields: readonly string[];
  readonly edgeFields: readonly string[];
  readonly nodeKinds: readonly string[];
  readonly edgeKinds: readonly string[];
  /** Sections in addition to the usual ones, by the section they stand before. */
  readonly extra: Readonly<Record<string, string>>;
}

export const NODE_20: Form = {
  nodeFields: ["type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness"],
  edgeFields: ["type", "name_or_index", "to_node"],
  nodeKinds:
    "hidden,array,string,object,code,closure,regexp,number,native,synthetic,concatenated string,sliced string,symbol,bigint,object shape,wasm object".split(
      ",",
    ),
  edgeKinds: ["context", "element", "property", "internal", "hidden", "shortcut", "weak"],
  extra: {
    locations: '"trace_function_infos":[1,[2]],\n"trace_tree":[1,0,"]",{"a":[]}],\n"samples":[],\n',
  },
};

/** Writes a heap snapshot as V8 does: a row of numbers on each line, the comma at its start. */
export function snapshotText(
  nodes: readonly NodeSpec[],
  { locations = [], form = NODE_20 }: { locations?: readonly LocationSpec[]; form?: Form } = {},
): string {
  const { nodeFields, edgeFields, nodeKinds, edgeKinds, extra } = form;
  const strings = new Map<string, number>([["<dummy>", 0]]);
  const stringOf = (text: string): number => {
    if (!strings.has(text)) strings.set(text, strings.size);
    return strings.get(text)!;
  };
  const edges = nodes.flatMap((node) => node.edges ?? []);
  const nodeRows = nodes.map((node) => {
    const values: Record<string, number> = {
      type: nodeKinds.indexOf(node.kind),
      name: stringOf(node.name),
      id: node.id,
      self_size: node.selfBytes ?? 0,
      edge_count: node.edges?.length ?? 0,
      detachedness: node.detachedness ?? 0,
    };
    return nodeFields.map((field) => values[field] ?? 0);
  });
  const edgeRows = edges.map((edge) => {
    const values: Record<string, number> = {
      type: edgeKinds.indexOf(edge.kind),
      name_or_index: typeof edge.name === "number" ? edge.name : stringOf(edge.name),
      to_node: edge.to * nodeFields.length,
    };
    return edgeFields.map((field) => values[field] ?? 0);
  });
  const locationRows = locations.map(([node, ...place]) => [node * nodeFields.length, ...place]);
  const snapshot = {
    meta: {
      node_fields: nodeFields,
      node_types: nodeFields.map((field) => (field === "type" ? nodeKinds : "number")),
      edge_fields: edgeFields,
      edge_types: edgeFields.map((field) => (field === "type" ? edgeKinds : "number")),
      location_fields: ["object_index", "script_id", "line", "column"],
    },
    node_count: nodes.length,
    edge_count: edges.length,
  };
  const section = (name: string, body: string): string => `${extra[name] ?? ""}"${name}":[${body}]`;
  return `{${[
    `"snapshot":${JSON.stringify(snapshot)}`,
    section("nodes", rows(nodeRows)),
    section("edges", rows(edgeRows)),
    section("locations", rows(locationRows)),
    section("strings", [...strings.keys()].map(writeString).join(",\n")),
  ].join(",\n")}}`;
}

function rows(numbers: readonly (readonly number[])[]): string {
  return numbers.map((row) => `${row.join(",")}\n`).join(",");
}

/** V8 writes all but ASCII as escapes. */
function writeString(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Cuts bytes into pieces of the given lengths, which are repeated. */
export async function* cut(
  bytes: Uint8Array,
  lengths: readonly number[],
): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    // A copy that is spoiled afterwards: the reader may keep no piece.
    const piece = new Uint8Array(bytes.subarray(at, at + length));
    yield piece;
    piece.fill(0x7b);
    at += length;
  }
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
