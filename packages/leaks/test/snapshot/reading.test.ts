import { gzipSync } from "node:zlib";
import { checkAsyncProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Columns } from "../../src/graph/columns.ts";
import { Graph } from "../../src/graph/graph.ts";
import { readColumns } from "../../src/graph/read-columns.ts";
import { bytesOf, cut, NODE_20, snapshotText, type Form, type NodeSpec } from "./snapshot-text.ts";

const anyText = fc.oneof(
  fc.constantFrom("Session", "constructor", "", '"', "\\", "\u00e9", "\ud83d\ude00", "\n\u0000]"),
  fc.string({ unit: "binary" }),
);
const anyId = fc.oneof(fc.integer({ min: 1, max: 2 ** 32 - 1 }), fc.maxSafeNat());
const anyForm: fc.Arbitrary<Form> = fc
  .record({
    nodeFields: fc.shuffledSubarray([...NODE_20.nodeFields, "future_field"], { minLength: 6 }),
    edgeFields: fc.shuffledSubarray([...NODE_20.edgeFields, "weight"], { minLength: 3 }),
  })
  .map(({ nodeFields, edgeFields }) => ({
    ...NODE_20,
    nodeKinds: [...NODE_20.nodeKinds, "hologram"],
    nodeFields: withAll(nodeFields, ["type", "name", "id", "self_size", "edge_count"]),
    edgeFields: withAll(edgeFields, NODE_20.edgeFields),
  }));

function withAll(fields: readonly string[], needed: readonly string[]): string[] {
  return [...fields, ...needed.filter((field) => !fields.includes(field))];
}

const anyNodes: fc.Arbitrary<NodeSpec[]> = fc
  .integer({ min: 1, max: 12 })
  .chain((count) =>
    fc
      .uniqueArray(anyId, { minLength: count, maxLength: count })
      .chain((ids) => fc.tuple(...ids.map((id) => anyNode(id, count)))),
  );

function anyNode(id: number, count: number): fc.Arbitrary<NodeSpec> {
  const to = fc.nat({ max: count - 1 });
  const index = fc.nat({ max: 2 ** 32 - 1 });
  const named = fc.constantFrom("context", "property", "internal", "shortcut", "weak");
  const edge = fc.oneof(
    fc.record({ kind: named, name: anyText, to }),
    fc.record({ kind: fc.constantFrom("element", "hidden"), name: index, to }),
  );
  return fc.record({
    kind: fc.constantFrom("object", "closure", "hologram", "synthetic"),
    name: anyText,
    id: fc.constant(id),
    selfBytes: fc.oneof(fc.nat(), fc.maxSafeNat()),
    detachedness: fc.nat({ max: 2 }),
    edges: fc.array(edge, { maxLength: 5 }),
  });
}

function nodesOf(graph: Graph): NodeSpec[] {
  const { firstEdges, edgeTargets, detachedness } = graph.columns;
  return Array.from({ length: graph.nodeCount }, (_, node) => ({
    kind: graph.kindOf(node),
    name: graph.nameOf(node),
    id: graph.idOf(node),
    selfBytes: graph.selfBytesOf(node),
    detachedness: detachedness?.[node] ?? 0,
    edges: Array.from({ length: firstEdges[node + 1]! - firstEdges[node]! }, (_none, index) => {
      const edge = firstEdges[node]! + index;
      return {
        kind: graph.edgeKindOf(edge),
        name: graph.edgeNameOf(edge),
        to: edgeTargets[edge]!,
      };
    }),
  }));
}

const read = (text: string, lengths = [7]): Promise<Columns> =>
  readColumns(cut(bytesOf(text), lengths));

const ROOT: NodeSpec = { kind: "synthetic", name: "", id: 1 };

describe("Reading a heap snapshot", () => {
  it("gives back what was written, however it is cut and wherever the fields stand", async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    const property = fc.asyncProperty(
      anyNodes,
      anyForm,
      cuts,
      fc.boolean(),
      async (nodes, form, lengths, isPacked) => {
        const bytes = bytesOf(snapshotText(nodes, { form }));
        const graph = new Graph(
          await readColumns(cut(isPacked ? gzipSync(bytes) : bytes, lengths)),
        );
        const hasDetachedness = form.nodeFields.includes("detachedness");
        const expected = nodes.map((node) =>
          hasDetachedness ? node : { ...node, detachedness: 0 },
        );
        expect(nodesOf(graph)).toEqual(expected);
        for (const [node, { id, name }] of nodes.entries()) {
          expect(graph.ordinalOf(id)).toBe(node);
          const { strings } = graph.columns;
          expect(strings.indexOf(name)).toBe(graph.columns.nodeNames[node]);
        }
      },
    );
    await checkAsyncProperty(property, { runs: 150 });
  });

  it("gives equal columns for pieces of one byte and for one piece", async () => {
    const nodes: NodeSpec[] = [
      { ...ROOT, edges: [{ kind: "element", name: 4000000000, to: 1 }] },
      { kind: "object", name: "S\u00e4ss\\ion", id: 3, selfBytes: 5000000000, detachedness: 2 },
    ];
    const text = snapshotText(nodes, { locations: [[1, 7, 20, 300]] });
    expect(await read(text, [1])).toEqual(await read(text, [text.length]));
    expect(await read(text, [1, 2, 3])).toEqual(await read(text, [text.length]));
  });

  it("has no detachedness and no locations if the file has none", async () => {
    const form = { ...NODE_20, nodeFields: NODE_20.nodeFields.slice(0, 5) };
    const text = snapshotText([ROOT], { form }).replace(',"location_fields"', ',"other_fields"');
    const columns = await read(text);
    expect(columns.detachedness).toBeUndefined();
    expect(columns.locations).toHaveLength(0);
  });

  it("needs 64-bit columns only for ids and bytes above 32 bits, and for negative ones", async () => {
    const small = await read(snapshotText([{ ...ROOT, selfBytes: 2 ** 32 - 1 }]));
    expect([small.selfBytes, small.nodeIds]).toEqual([
      Uint32Array.of(2 ** 32 - 1),
      Uint32Array.of(1),
    ]);
    const large = await read(snapshotText([{ ...ROOT, id: -5, selfBytes: 2 ** 32 }]));
    expect([large.selfBytes, large.nodeIds]).toEqual([
      Float64Array.of(2 ** 32),
      Float64Array.of(-5),
    ]);
    expect(new Graph(large).ordinalOf(-5)).toBe(0);
  });

  it("knows the place of a node, unless V8 does not", async () => {
    const closure: NodeSpec = { kind: "closure", name: "f", id: 3 };
    const locations = [
      [0, 5, -1, 0],
      [1, 5, 2, 10],
    ] as const;
    const graph = new Graph(await read(snapshotText([ROOT, closure], { locations })));
    expect(graph.locationOf(0)).toBeUndefined();
    expect(graph.locationOf(1)).toEqual({ scriptId: 5, line: 2, column: 10 });
  });

  it("names a kind that the header lacks by its number", async () => {
    const text = snapshotText([{ ...ROOT, edges: [{ kind: "weak", name: "a", to: 0 }] }]);
    const graph = new Graph(
      await read(
        text.replace('"nodes":[9,', '"nodes":[99,').replace('"edges":[6,', '"edges":[66,'),
      ),
    );
    expect([graph.kindOf(0), graph.typeOf(0)]).toEqual(["unknown 99", "(unknown 99)"]);
    expect([graph.edgeKindOf(0), graph.edgeNameOf(0)]).toEqual(["unknown 66", "a"]);
  });

  it("reads a file with white space between all parts", async () => {
    const text = snapshotText([ROOT, { kind: "object", name: "A", id: 3 }]);
    const spaced = JSON.stringify(JSON.parse(text), undefined, 2);
    expect(await read(`\ufeff${spaced}\n\n`.slice(1))).toEqual(await read(text));
  });

  it("finds a string that crosses the blocks in which the bytes are kept", async () => {
    const long = "x".repeat(200_000);
    const nodes = ["a", "b", "c"].map((letter, index) => ({
      ...ROOT,
      id: index + 1,
      name: letter + long,
    }));
    const graph = new Graph(await read(snapshotText(nodes), [65_536]));
    expect([0, 1, 2].map((node) => graph.nameOf(node))).toEqual(nodes.map(({ name }) => name));
    expect(graph.columns.strings.indexOf(`b${long}`)).toBe(graph.columns.nodeNames[1]);
  });
});
