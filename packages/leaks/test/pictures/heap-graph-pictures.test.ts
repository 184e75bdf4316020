import { createHash } from "node:crypto";
import { HeapGraph } from "@heapwise/leaks/snapshot";
import { expect, test } from "vitest";
import { snapshotText, type EdgeSpec, type NodeSpec } from "../snapshot/snapshot-text.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { parseDot } from "./parse-dot.ts";

/** A global variable `app` that holds a Map of sessions with these names. */
function programWith(names: readonly string[]): string {
  const sessions = names.map((name, at): NodeSpec => {
    return { kind: "string", name, id: 100 + at, selfBytes: 16 };
  });
  const held = sessions.map((_, at) => ({ kind: "internal", name: at + "", to: 5 + at }));
  const edge = (name: string, to: number, kind = "property"): readonly EdgeSpec[] => [
    { kind, name, to },
  ];
  return snapshotText([
    { kind: "synthetic", name: "", id: 1, edges: edge("1", 1, "shortcut") },
    { kind: "object", name: "global", id: 3, selfBytes: 24, edges: edge("app", 2) },
    { kind: "object", name: "App", id: 5, selfBytes: 24, edges: edge("sessions", 3) },
    { kind: "object", name: "Map", id: 7, selfBytes: 32, edges: edge("table", 4, "internal") },
    { kind: "array", name: "", id: 9, selfBytes: 64, edges: held },
    ...sessions,
  ]);
}

const read = (names: readonly string[]): Promise<HeapGraph> =>
  HeapGraph.read(new Blob([programWith(names)]));

test("a snapshot is drawn in DOT and Mermaid", async () => {
  const graph = await read(["Ada", "Bob"]);
  const { nodes, edges } = parseDot(graph.toDot(100, { depth: 9 }));
  const texts = [...nodes.values()].map((text) => text.split("\n")[0]);
  expect(texts).toEqual(['"Ada"', "(array)", "Map", "App", "global", "(synthetic)"]);
  expect(edges.map(({ label }) => label)).toContain(".sessions");
  expect(graph.toMermaid([100, 101])).toContain('  n9 -->|"(0)"| n100\n');
  expect(graph.toDot(5, { direction: "references", depth: 1 })).toContain("retains 152 B");
});

test("the page of a snapshot runs under its own policy, and has the path", async () => {
  const page = (await read(["Ada", "Bob"])).toHtml([100, 101], { title: "Sessions" });
  const [, script, style] = /script-src '([^']+)'; style-src '([^']+)'/.exec(page)!;
  const hashOf = (text: string): string =>
    `sha256-${createHash("sha256").update(text).digest("base64")}`;
  const start = page.lastIndexOf("<script>") + "<script>".length;
  expect(hashOf(page.slice(start, page.lastIndexOf("</script>")))).toBe(script);
  expect(hashOf(/<style>(.*?)<\/style>/s.exec(page)![1]!)).toBe(style);
  expect(page).toContain("<title>Sessions</title>");
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
  const { nodes, path, subjects } = JSON.parse(json!) as {
    nodes: { id: number }[];
    path: { chain: number[] };
    subjects: number;
  };
  expect(subjects).toBe(2);
  expect(path.chain.map((index) => nodes[index]!.id).slice(-4)).toEqual([5, 7, 9, 100]);
});

test("hostile names of a snapshot stay text", async () => {
  const names = HOSTILE_NAMES.filter((name) => name.length < 1000);
  const graph = await read(names);
  const ids = names.map((_, at) => 100 + at);
  expect(parseDot(graph.toDot(ids)).nodes.size).toBeGreaterThan(names.length);
  const page = graph.toHtml(ids, { maxNodes: 200 });
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page).not.toContain("<img");
});
