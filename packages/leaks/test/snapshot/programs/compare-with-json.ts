import { rmSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeHeapSnapshot } from "node:v8";
import { Graph } from "../../../src/graph/graph.ts";
import { readColumns } from "../../../src/graph/read-columns.ts";

// Reads a snapshot of this process twice, once with JSON.parse, and prints how many nodes, edges,
// strings and locations differ.

interface Parsed {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: string[];
      readonly node_types: [string[]];
      readonly edge_types: [string[]];
    };
  };
  readonly nodes: number[];
  readonly edges: number[];
  readonly locations: number[];
  readonly strings: string[];
}

const path = writeHeapSnapshot(join(tmpdir(), `compare-${process.pid}.heapsnapshot`));
const parsed = JSON.parse(readFileSync(path, "utf8")) as Parsed;
const graph = new Graph(await readColumns(path));
rmSync(path);

const { meta } = parsed.snapshot;
const { nodes, edges, locations, strings } = parsed;
const width = meta.node_fields.length;
const place = (name: string): number => meta.node_fields.indexOf(name);
const { columns } = graph;

let differences = 0;
const expectEqual = (found: unknown, wanted: unknown): void => {
  if (found !== wanted) differences += 1;
};

expectEqual(graph.nodeCount, nodes.length / width);
expectEqual(graph.edgeCount, edges.length / 3);
let edge = 0;
for (let node = 0; node < graph.nodeCount; node++) {
  const at = node * width;
  const id = nodes[at + place("id")]!;
  expectEqual(graph.kindOf(node), meta.node_types[0][nodes[at + place("type")]!]);
  expectEqual(graph.nameOf(node), strings[nodes[at + place("name")]!]);
  expectEqual(graph.idOf(node), id);
  expectEqual(graph.selfBytesOf(node), nodes[at + place("self_size")]);
  expectEqual(columns.detachedness?.[node], nodes[at + place("detachedness")]);
  expectEqual(graph.ordinalOf(id), node);
  expectEqual(columns.firstEdges[node], edge);
  edge += nodes[at + place("edge_count")]!;
}
expectEqual(columns.firstEdges[graph.nodeCount], edge);
for (edge = 0; edge < graph.edgeCount; edge++) {
  const kind = meta.edge_types[0][edges[edge * 3]!];
  const name = edges[edge * 3 + 1]!;
  expectEqual(graph.edgeKindOf(edge), kind);
  expectEqual(
    graph.edgeNameOf(edge),
    kind === "element" || kind === "hidden" ? name : strings[name],
  );
  expectEqual(columns.edgeTargets[edge]! * width, edges[edge * 3 + 2]);
}
expectEqual(columns.locations.length, locations.length);
for (const [index, value] of locations.entries())
  expectEqual(columns.locations[index]! * (index % 4 === 0 ? width : 1), value);
expectEqual(columns.strings.length, strings.length);
for (const [index, text] of strings.entries()) expectEqual(columns.strings.at(index), text);

const { nodeCount, edgeCount } = graph;
console.log(JSON.stringify({ nodeCount, edgeCount, differences }));
