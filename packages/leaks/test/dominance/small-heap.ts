import fc from "fast-check";
import type { Columns } from "../../src/graph/columns.ts";
import { readColumns } from "../../src/graph/read-columns.ts";

/** A heap snapshot for a test. Node 0 is the root. */
export interface SmallHeap {
  readonly nodes: readonly SmallNode[];
  readonly edges: readonly SmallEdge[];
}

export interface SmallNode {
  readonly kind: string;
  readonly name: string;
  readonly bytes: number;
}

export interface SmallEdge {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
  /** A number if the kind is "element" or "hidden". */
  readonly name: string | number;
}

const NODE_KINDS = [
  "hidden",
  "array",
  "string",
  "object",
  "code",
  "closure",
  "regexp",
  "number",
  "native",
  "synthetic",
  "concatenated string",
  "sliced string",
  "symbol",
  "bigint",
  "object shape",
];
const EDGE_KINDS = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];
const NODE_FIELDS = [
  "type",
  "name",
  "id",
  "self_size",
  "edge_count",
  "trace_node_id",
  "detachedness",
];

/** The id of a node, as V8 numbers the objects of the heap. */
export const idOf = (node: number): number => 2 * node + 1;

/** The name of an edge from the key or the table of an entry of a WeakMap to the value. */
export function ephemeronName(serial: number, key: number, value: number, table: number): string {
  const pair = `key (Key @${idOf(key)}) -> value (Value @${idOf(value)})`;
  return `${serial} / part of ${pair} pair in WeakMap (table @${idOf(table)})`;
}

/** The text of the file. */
export function textOf({ nodes, edges }: SmallHeap): string {
  const strings: string[] = [];
  const indices = new Map<string, number>();
  const indexOf = (text: string): number => {
    let index = indices.get(text);
    if (index === undefined) {
      index = strings.push(text) - 1;
      indices.set(text, index);
    }
    return index;
  };
  const bySource = nodes.map((_, node) => edges.filter(({ from }) => from === node));
  return JSON.stringify({
    snapshot: {
      meta: {
        node_fields: NODE_FIELDS,
        node_types: [NODE_KINDS, "string", "number", "number", "number", "number", "number"],
        edge_fields: ["type", "name_or_index", "to_node"],
        edge_types: [EDGE_KINDS, "string_or_number", "node"],
        trace_function_info_fields: [],
        trace_node_fields: [],
        sample_fields: [],
        location_fields: ["object_index", "script_id", "line", "column"],
      },
      node_count: nodes.length,
      edge_count: edges.length,
      trace_function_count: 0,
    },
    nodes: nodes.flatMap(({ kind, name, bytes }, node) => [
      NODE_KINDS.indexOf(kind),
      indexOf(name),
      idOf(node),
      bytes,
      bySource[node]!.length,
      0,
      0,
    ]),
    edges: bySource
      .flat()
      .flatMap(({ kind, name, to }) => [
        EDGE_KINDS.indexOf(kind),
        typeof name === "number" ? name : indexOf(name),
        to * NODE_FIELDS.length,
      ]),
    trace_function_infos: [],
    trace_tree: [],
    samples: [],
    locations: [],
    strings,
  });
}

/** The columns of the file. Edges of one node keep their order. */
export function columnsOf(heap: SmallHeap): Promise<Columns> {
  return readColumns(piecesOf(textOf(heap)));
}

async function* piecesOf(text: string): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/**
 * Heaps with edges of all kinds, entries of WeakMaps, objects that only weak edges reach, user
 * roots, and the nodes and edges that have a part in distances.
 */
export const smallHeaps: fc.Arbitrary<SmallHeap> = fc
  .integer({ min: 1, max: 24 })
  .chain((count) =>
    fc.record({
      nodes: fc.array(nodes, { minLength: count, maxLength: count }),
      edges: fc.array(edgesAmong(count), { maxLength: 3 * count }),
      fromRoot: fc.array(edgesOfRoot(count), { maxLength: 4 }),
      entries: fc.array(entriesAmong(count), { maxLength: 4 }),
    }),
  )
  .map(({ nodes: [, ...others], edges: anywhere, fromRoot, entries }) => {
    const edges = [...fromRoot, ...entries.flatMap(edgesOfEntry), ...anywhere];
    // DevTools visits a user root once for each edge from the root, and throws if it visits more
    // nodes than there are. So there is another node for each of these edges.
    const lonely = edges
      .filter(({ from }) => from === 0)
      .map(() => ({ kind: "string", name: "lonely", bytes: 24 }));
    return { nodes: [{ kind: "synthetic", name: "", bytes: 0 }, ...others, ...lonely], edges };
  });

const nodes: fc.Arbitrary<SmallNode> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(...NODE_KINDS),
      name: fc.constantFrom("", "Thing", "system / Context"),
      bytes: fc.nat(100).map((bytes) => 8 * bytes),
    }),
  },
  ...[
    { kind: "synthetic", name: "(Document DOM trees)", bytes: 0 },
    { kind: "array", name: "(map descriptors)", bytes: 16 },
    { kind: "hidden", name: "system / NativeContext", bytes: 8 },
  ].map((node) => fc.constant(node)),
);

function edgesAmong(count: number): fc.Arbitrary<SmallEdge> {
  return named(
    fc.record({
      from: fc.nat(count - 1),
      to: fc.nat(count - 1),
      kind: fc.constantFrom(...EDGE_KINDS),
    }),
  );
}

function edgesOfRoot(count: number): fc.Arbitrary<SmallEdge> {
  return named(
    fc.record({
      from: fc.constant(0),
      to: fc.nat(count - 1),
      kind: fc.constantFrom("shortcut", "element"),
    }),
  );
}

function named(ends: fc.Arbitrary<Omit<SmallEdge, "name">>): fc.Arbitrary<SmallEdge> {
  const texts = fc.constantFrom("name", "sloppy_function_map", "1", "4", "map");
  return fc.tuple(ends, texts, fc.nat(9)).map(([edge, text, index]) => ({
    ...edge,
    name: edge.kind === "element" || edge.kind === "hidden" ? index : text,
  }));
}

interface Entry {
  readonly key: number;
  readonly value: number;
  readonly table: number;
  readonly serial: number;
  /** V8 writes both edges; a name that it cuts off, or a text in two lines, names no entry. */
  readonly form: "both" | "key" | "table" | "unnamed";
}

function entriesAmong(count: number): fc.Arbitrary<Entry> {
  const node = fc.nat(count - 1);
  return fc.record({
    key: node,
    value: node,
    table: node,
    serial: fc.nat(1000),
    form: fc.constantFrom("both" as const, "both", "both", "key", "table", "unnamed"),
  });
}

function edgesOfEntry({ key, value, table, serial, form }: Entry): SmallEdge[] {
  const edge = (from: number, number: number): SmallEdge => {
    const name = ephemeronName(number, key, value, table);
    const kind = "internal";
    return { from, to: value, kind, name: form === "unnamed" ? name.replace(" -> ", "\n") : name };
  };
  return [
    ...(form === "table" ? [] : [edge(key, serial)]),
    ...(form === "key" ? [] : [edge(table, serial + 1)]),
  ];
}
