import { HeapGraph } from "@heapwise/leaks/snapshot";
import { describe, expect, it } from "vitest";
import { bytesOf, cut, snapshotText, type NodeSpec } from "./snapshot-text.ts";

const graphOf = (nodes: readonly NodeSpec[]): Promise<HeapGraph> =>
  HeapGraph.read(cut(bytesOf(snapshotText(nodes)), [1000]));

const property = (name: string, to: number): { kind: string; name: string; to: number } => ({
  kind: "property",
  name,
  to,
});

// root -> global -> class Session <-> its prototype; global -> two sessions, which share a text.
const HEAP: NodeSpec[] = [
  { kind: "synthetic", name: "", id: 1, edges: [{ kind: "shortcut", name: "global", to: 1 }] },
  {
    kind: "object",
    name: "global",
    id: 3,
    selfBytes: 10,
    edges: [property("Session", 2), property("a", 4), property("b", 5)],
  },
  { kind: "closure", name: "Session", id: 5, selfBytes: 20, edges: [property("prototype", 3)] },
  { kind: "object", name: "Session", id: 7, selfBytes: 30, edges: [property("constructor", 2)] },
  { kind: "object", name: "Session", id: 9, selfBytes: 100, edges: [property("text", 6)] },
  {
    kind: "object",
    name: "Session",
    id: 11,
    selfBytes: 100,
    edges: [property("text", 6), { kind: "weak", name: "other", to: 4 }],
  },
  { kind: "string", name: "hello", id: 13, selfBytes: 1000 },
];

describe("A HeapGraph", () => {
  it("counts nodes, references and bytes", async () => {
    const graph = await graphOf(HEAP);
    expect([graph.nodeCount, graph.edgeCount, graph.totalBytes]).toEqual([7, 9, 1260]);
  });

  it("describes a node", async () => {
    const graph = await graphOf(HEAP);
    expect({ ...graph.node(9) }).toMatchObject({
      id: 9,
      kind: "object",
      name: "Session",
      type: "Session",
      selfBytes: 100,
      retainedBytes: 100,
      distance: 2,
    });
    expect({ ...graph.node(13) }).toMatchObject({ name: "hello", type: "(string)", distance: 3 });
    expect({ ...graph.node(3) }).toMatchObject({ retainedBytes: 1260, distance: 1 });
  });

  it("lists references in both directions", async () => {
    const graph = await graphOf(HEAP);
    expect(graph.references(11)).toEqual([
      { kind: "property", name: "text", from: 11, to: 13 },
      { kind: "weak", name: "other", from: 11, to: 9 },
    ]);
    expect(graph.referrers(9)).toEqual([
      { kind: "property", name: "a", from: 3, to: 9 },
      { kind: "weak", name: "other", from: 11, to: 9 },
    ]);
    expect([graph.references(13), graph.referrers(1)]).toEqual([[], []]);
    for (const { id } of HEAP)
      for (const edge of graph.references(id))
        expect(graph.referrers(edge.to)).toContainEqual(edge);
  });

  it("finds instances by type, and neither the class nor its prototype", async () => {
    const graph = await graphOf(HEAP);
    expect(graph.byType("Session")).toEqual([9, 11]);
    expect(graph.byType("Sess")).toEqual([]);
    expect(graph.byType(/^Sess|^glob/)).toEqual([3, 9, 11]);
    expect(graph.byType("(closure)")).toEqual([5]);
    const sticky = /Session/gy;
    sticky.lastIndex = 3;
    expect([graph.byType(sticky), sticky.lastIndex]).toEqual([[9, 11], 3]);
    expect(() => graph.byType(5 as never)).toThrow(
      "Cannot find nodes by type: name is 5, expected a string or a RegExp",
    );
  });

  it("takes a sample that is spread evenly and always the same", async () => {
    const nodes = Array.from({ length: 101 }, (_, index) => ({
      kind: index === 0 ? "synthetic" : "object",
      name: "A",
      id: index,
    }));
    const graph = await graphOf(nodes);
    expect(graph.sample("A", 4)).toEqual([13, 38, 63, 88]);
    expect(graph.sample(/A/, 1)).toEqual([51]);
    expect(graph.sample("A", 1000)).toEqual(graph.byType("A"));
    expect(new Set(graph.sample("A", 99)).size).toBe(99);
    expect([graph.sample("A", 0), graph.sample("B", 5)]).toEqual([[], []]);
    expect(() => graph.sample("A", -1)).toThrow(
      new RangeError("Cannot sample nodes: count is -1, expected an integer from 0"),
    );
  });

  it("knows the dominator of a node, and what a node dominates", async () => {
    const graph = await graphOf(HEAP);
    expect([1, 3, 9, 13].map((id) => graph.dominator(id))).toEqual([undefined, 1, 3, 3]);
    expect(graph.dominated(3)).toEqual([5, 9, 11, 13]);
    expect(graph.dominated(13)).toEqual([]);
  });

  it("sums up types, each byte once", async () => {
    const graph = await graphOf(HEAP);
    expect(graph.typeStats()).toEqual([
      { type: "(synthetic)", count: 1, selfBytes: 0, retainedBytes: 1260 },
      { type: "global", count: 1, selfBytes: 10, retainedBytes: 1260 },
      { type: "(string)", count: 1, selfBytes: 1000, retainedBytes: 1000 },
      { type: "Session", count: 3, selfBytes: 230, retainedBytes: 230 },
      { type: "(closure)", count: 1, selfBytes: 20, retainedBytes: 50 },
    ]);
    expect(graph.typeStats({ by: "count", top: 1 }).map(({ type }) => type)).toEqual(["Session"]);
    expect(graph.typeStats({ by: "selfBytes", top: 2 }).map(({ type }) => type)).toEqual([
      "(string)",
      "Session",
    ]);
    expect(() => graph.typeStats({ by: "size" as never })).toThrow(
      'Cannot list types: by is "size", expected "count" or "selfBytes" or "retainedBytes"',
    );
    expect(() => graph.typeStats({ top: -1 })).toThrow(RangeError);
  });

  it("counts a list whose nodes dominate each other once", async () => {
    const list = Array.from({ length: 50_000 }, (_, index) => ({
      kind: index === 0 ? "synthetic" : "object",
      name: "Link",
      id: index + 1,
      selfBytes: 1,
      edges: index === 49_999 ? [] : [property("next", index + 1)],
    }));
    const [row] = (await graphOf(list)).typeStats({ by: "count", top: 1 });
    expect(row).toEqual({ type: "Link", count: 49_999, selfBytes: 49_999, retainedBytes: 49_999 });
  });

  it("refuses an id that the snapshot does not have", async () => {
    const graph = await graphOf(HEAP);
    const calls = [
      () => graph.node(2),
      () => graph.references(2),
      () => graph.referrers(2),
      () => graph.dominator(2),
      () => graph.dominated(2),
      () => graph.retainingPath(2),
      () => graph.retainingPaths(2),
      () => graph.pathsByRoot(2),
    ];
    for (const call of calls) {
      expect(call).toThrow(RangeError);
      expect(call).toThrow("the snapshot has no node @2, expected an id of this snapshot");
    }
    expect(() => graph.node(1.5)).toThrow(RangeError);
    expect(() => graph.node("1" as never)).toThrow(TypeError);
  });
});

describe("A picture", () => {
  it("is drawn of one node or of several", async () => {
    const graph = await graphOf(HEAP);
    expect(graph.toDot(9)).toContain("n3 -> n9");
    expect(graph.toDot([9, 11], { direction: "references" })).toContain("n11 -> n13");
    expect(graph.toMermaid(9)).toMatch(/^flowchart/);
    expect(graph.toHtml([9, 11], { title: "Sessions" })).toMatch(/^<!doctype html>.*Sessions/is);
    expect(() => graph.toHtml(2)).toThrow(RangeError);
    expect(() => graph.toMermaid(2)).toThrow(RangeError);
  });
});

describe("A search for paths", () => {
  it("ends at a node without strong references", async () => {
    const graph = await graphOf([
      { kind: "synthetic", name: "", id: 1, edges: [property("global", 1)] },
      { kind: "object", name: "Cache", id: 5, edges: [{ kind: "weak", name: "1", to: 2 }] },
      { kind: "object", name: "A", id: 3 },
    ]);
    expect([graph.retainingPath(3), graph.retainingPaths(3), graph.pathsByRoot(3)]).toEqual([
      undefined,
      [],
      [],
    ]);
  });

  it("checks its options", async () => {
    const graph = await graphOf(HEAP);
    expect(() => graph.retainingPath(9, { to: 5 as never })).toThrow(
      "Cannot find retaining path: to is 5, expected a string, a RegExp or a function",
    );
    expect(() => graph.retainingPaths(9, { ignore: "a" as never })).toThrow(
      'Cannot find retaining paths: ignore is "a", expected a function',
    );
    expect(() => graph.pathsByRoot(9, { count: -1 })).toThrow(
      "Cannot find paths by root: count is -1, expected an integer from 0",
    );
    expect(() => graph.retainingPath(9, { count: 2 } as never)).toThrow('option "count"');
  });
});

describe("Snapshots of one process", () => {
  const heapWith = (...sessions: [id: number, bytes: number][]): Promise<HeapGraph> =>
    graphOf([
      { kind: "synthetic", name: "", id: 1, edges: sessions.map((_, i) => property("a", i + 1)) },
      ...sessions.map(([id, selfBytes]) => ({ kind: "object", name: "Session", id, selfBytes })),
    ]);

  it("differ by what was added, removed and resized", async () => {
    const before = await heapWith([3, 10], [5, 10]);
    const after = await heapWith([5, 15], [7, 10], [9, 10]);
    expect(after.diff(before)).toEqual([{ type: "Session", added: 2, removed: 1, bytes: 15 }]);
    expect(before.diff(after)).toEqual([{ type: "Session", added: 1, removed: 2, bytes: -15 }]);
    expect(after.diff(after)).toEqual([]);
    expect(after.newSince(before)).toEqual([7, 9]);
    expect(before.newSince(before)).toEqual([]);
  });

  it("differ in the type of an object that keeps its id", async () => {
    const before = await heapWith([3, 10]);
    const after = await graphOf([
      { kind: "synthetic", name: "", id: 1, edges: [property("a", 1)] },
      { kind: "object", name: "Closed", id: 3, selfBytes: 10 },
    ]);
    expect(after.diff(before)).toEqual([
      { type: "Closed", added: 1, removed: 0, bytes: 10 },
      { type: "Session", added: 0, removed: 1, bytes: -10 },
    ]);
    expect(after.newSince(before)).toEqual([]);
  });

  it("show what was born between two of them and is alive in a third", async () => {
    const first = await heapWith([3, 10]);
    const second = await heapWith([3, 10], [5, 10], [7, 10]);
    const third = await heapWith([3, 10], [7, 10], [9, 10]);
    expect(third.bornBetween(first, second)).toEqual([7]);
  });

  it("must be graphs", async () => {
    const graph = await graphOf(HEAP);
    expect(() => graph.diff({} as never)).toThrow(
      new TypeError("Cannot compare snapshots: older is an object, expected a HeapGraph"),
    );
    expect(() => graph.newSince(undefined as never)).toThrow(TypeError);
    expect(() => graph.bornBetween(graph, 5 as never)).toThrow("after is 5, expected a HeapGraph");
  });
});
