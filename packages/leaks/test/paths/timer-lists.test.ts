import { expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.ts";
import { readColumns } from "../../src/graph/read-columns.ts";
import { findPath } from "../../src/paths/find-paths.ts";
import {
  bytesOf,
  cut,
  snapshotText,
  type EdgeSpec,
  type NodeSpec,
} from "../snapshot/snapshot-text.ts";

// Node has a map of lists by milliseconds, and an array of the same lists by the time at which they
// are due. V8 writes them in the order in which it meets them, which differs from run to run.
const object = (name: string, id: number, edges: readonly EdgeSpec[]): NodeSpec => ({
  kind: "object",
  name,
  id,
  edges,
});
const due = object("Array", 3, [{ kind: "element", name: 1, to: 3 }]);
const byLength = object("Object", 5, [{ kind: "element", name: 5000, to: 3 }]);

it.for([
  ["first", [due, byLength]],
  ["last", [byLength, due]],
] as const)(
  "a timer is named by its milliseconds if the array of lists comes %s",
  async ([, both]) => {
    const root = [1, 2].map((to): EdgeSpec => ({ kind: "element", name: to, to }));
    const nodes: NodeSpec[] = [
      { kind: "synthetic", name: "", id: 1, edges: root },
      ...both,
      object("TimersList", 7, [{ kind: "property", name: "_idleNext", to: 4 }]),
      object("Timeout", 9, [
        { kind: "property", name: "_idleNext", to: 3 },
        { kind: "property", name: "_onTimeout", to: 5 },
      ]),
      { kind: "closure", name: "onTimeout", id: 11, edges: [] },
    ];
    const graph = new Graph(await readColumns(cut(bytesOf(snapshotText(nodes)), [4096])));
    expect(String(findPath(graph, 5))).toMatch(/^timer: set\w+ of 5000 ms, callback/);
  },
);
