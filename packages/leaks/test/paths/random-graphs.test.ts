import { checkAsyncProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Graph } from "../../src/graph/graph.ts";
import { readColumns } from "../../src/graph/read-columns.ts";
import { findPath, findPaths, findPathsByRoot } from "../../src/paths/find-paths.ts";
import type { RetainingPath } from "../../src/paths/retaining-path.ts";
import {
  bytesOf,
  cut,
  snapshotText,
  type EdgeSpec,
  type NodeSpec,
} from "../snapshot/snapshot-text.ts";

// A graph of the root, two roots of V8, the global object and a few ordinary objects, and a model
// that goes over all edges again and again until nothing becomes shorter.

const GLOBAL = 4;
const STACK = 2;
const HANDLES = 3;
const FIRST = 5;
const TABLE_ID = 99;

type Kind = "property" | "element" | "weak" | "map" | "proto" | "key" | "table";

interface Link {
  readonly from: number;
  readonly to: number;
  readonly kind: Kind;
}

interface Sketch {
  readonly objects: number;
  readonly links: readonly Link[];
}

const anySketch: fc.Arbitrary<Sketch> = fc.integer({ min: 1, max: 9 }).chain((objects) =>
  fc.record({
    objects: fc.constant(objects),
    links: fc.array(
      fc.record({
        from: fc.integer({ min: STACK, max: FIRST + objects - 1 }),
        to: fc.integer({ min: FIRST, max: FIRST + objects - 1 }),
        kind: fc.constantFrom<Kind>(
          "property",
          "property",
          "element",
          "weak",
          "map",
          "proto",
          "key",
          "table",
        ),
      }),
      { maxLength: 24 },
    ),
  }),
);

const idOf = (node: number): number => node * 2 + 1;

function edgeOf({ from, to, kind }: Link, index: number): EdgeSpec {
  const pair = (table: number): string =>
    `${index} / part of key (Key @1) -> value (Value @2) pair in WeakMap (table @${table})`;
  switch (kind) {
    case "property":
    case "weak":
      return { kind, name: `p${index}`, to };
    case "element":
      return { kind, name: index, to };
    case "map":
      return { kind: "internal", name: "map", to };
    case "proto":
      return { kind: "property", name: "__proto__", to };
    case "key":
      return { kind: "internal", name: pair(TABLE_ID), to };
    case "table":
      return { kind: "internal", name: pair(idOf(from)), to };
  }
}

async function build({ objects, links }: Sketch): Promise<Graph> {
  const names = ["", "(GC roots)", "(Stack roots)", "(Global handles)", "global"];
  const nodes = Array.from({ length: FIRST + objects }, (_, node): NodeSpec => {
    const edges = links.map((link, index) => ({ link, edge: edgeOf(link, index) }));
    const own = edges.filter(({ link }) => link.from === node).map(({ edge }) => edge);
    if (node === 0) {
      own.push({ kind: "element", name: 1, to: 1 }, { kind: "shortcut", name: 2, to: GLOBAL });
    }
    if (node === 1) {
      own.push({ kind: "element", name: 1, to: STACK }, { kind: "element", name: 2, to: HANDLES });
    }
    const kind = node < GLOBAL ? "synthetic" : "object";
    return { kind, name: names[node] ?? `Thing${node}`, id: idOf(node), edges: own };
  });
  return new Graph(await readColumns(cut(bytesOf(snapshotText(nodes)), [4096])));
}

const retains = ({ kind, from, to }: Link): boolean =>
  kind !== "weak" && kind !== "table" && from !== to;
const isDeferred = ({ kind }: Link): boolean => kind === "map" || kind === "proto";

interface Cost {
  readonly deferred: number;
  readonly length: number;
}

/** The least cost from each node to the target, over ordinary objects only. */
function costsTo(target: number, { objects, links }: Sketch): (Cost | undefined)[] {
  const costs: (Cost | undefined)[] = [];
  costs[target] = { deferred: 0, length: 0 };
  for (let round = 0; round < objects + 2; round++) {
    for (const link of links) {
      const rest = costs[link.to];
      // A start is never in the middle of a path.
      if (rest === undefined || link.to < FIRST || !retains(link)) continue;
      const cost = { deferred: rest.deferred + Number(isDeferred(link)), length: rest.length + 1 };
      const known = costs[link.from];
      if (known === undefined || compare(cost, known) < 0) costs[link.from] = cost;
    }
  }
  return costs;
}

function compare(one: Cost, other: Cost): number {
  return one.deferred - other.deferred || one.length - other.length;
}

/** Checks that the path leads from its start to the target over edges that retain. */
function costOf(path: RetainingPath, { links }: Sketch): Cost {
  const nodes = path.steps.map(({ id }) => (id! - 1) / 2);
  let deferred = 0;
  for (let at = 1; at < nodes.length; at++) {
    const fitting = links.filter(
      (link) => link.from === nodes[at - 1] && link.to === nodes[at] && retains(link),
    );
    expect(fitting).not.toEqual([]);
    deferred += fitting.every(isDeferred) ? 1 : 0;
  }
  return { deferred, length: nodes.length - 1 };
}

const startOf = (path: RetainingPath): number => (path.steps[0]!.id! - 1) / 2;

it("the path to each object is the best of the best root, and only weak references give none", async () => {
  await checkAsyncProperty(
    fc.asyncProperty(anySketch, async (sketch) => {
      const graph = await build(sketch);
      for (let target = FIRST; target < FIRST + sketch.objects; target++) {
        const costs = costsTo(target, sketch);
        const best = [GLOBAL, HANDLES, STACK].find((start) => costs[start] !== undefined);
        const path = findPath(graph, target);
        if (best === undefined) {
          expect(path).toBeUndefined();
          continue;
        }
        expect(startOf(path!)).toBe(best);
        expect(path!.steps.at(-1)!.id).toBe(idOf(target));
        const cost = costOf(path!, sketch);
        expect(cost.length).toBe(costs[best]!.length);
        expect(cost.deferred).toBe(costs[best]!.deferred);
      }
    }),
  );
});

it("the holders are all edges of the global object from which the object can be reached", async () => {
  await checkAsyncProperty(
    fc.asyncProperty(anySketch, async (sketch) => {
      const graph = await build(sketch);
      const target = FIRST;
      const costs = costsTo(target, sketch);
      const level = costs[GLOBAL]?.deferred;
      const expected = sketch.links
        .map((link, index) => ({ link, name: nameOf(link, index) }))
        .filter(({ link }) => link.from === GLOBAL && retains(link))
        .filter(({ link }) => {
          const rest = costs[link.to];
          return rest !== undefined && rest.deferred + Number(isDeferred(link)) === level;
        })
        .map(({ link, name }) => `${name} Thing${link.to}`);
      const found = findPathsByRoot(graph, target).filter((path) => startOf(path) === GLOBAL);
      const holders = found.map(({ steps }) => `${steps[1]!.edge} ${steps[1]!.node}`);
      expect(holders.sort()).toEqual([...new Set(expected)].sort());
      for (const path of found) costOf(path, sketch);
    }),
  );
});

it("an ignored path is followed by the next one, each of them once", async () => {
  await checkAsyncProperty(
    fc.asyncProperty(anySketch, async (sketch) => {
      const graph = await build(sketch);
      const all = findPaths(graph, FIRST, {});
      for (const path of all) costOf(path, sketch);
      expect(new Set(all.map(String)).size).toBe(all.length);
      const refused = all.slice(0, 2).map(String);
      const path = findPath(graph, FIRST, { ignore: (found) => refused.includes(String(found)) });
      expect(path?.toString()).toBe(all[2]?.toString());
      expect(findPaths(graph, FIRST, { count: 2 }).map(String)).toEqual(refused);
    }),
  );
});

it("of paths with one edge of no meaning the shortest wins, wherever the edge is", async () => {
  const link = (from: number, to: number, kind: Kind = "property"): Link => ({ from, to, kind });
  const [target, near, nearer, far, farther, farthest, last] = [5, 6, 7, 8, 9, 10, 11] as const;
  const sketch: Sketch = {
    objects: 7,
    links: [
      link(near, target, "map"),
      link(nearer, near),
      link(GLOBAL, nearer),
      link(far, target),
      link(farther, far),
      link(farthest, farther),
      link(last, farthest, "map"),
      link(GLOBAL, last),
    ],
  };
  const path = findPath(await build(sketch), target);
  expect(path!.steps.map(({ id }) => id)).toEqual([GLOBAL, nearer, near, target].map(idOf));
});

it("what V8 keeps until the end of a job is no path", async () => {
  const toTable: EdgeSpec = { kind: "internal", name: "weak_refs_keep_during_job", to: 3 };
  const nodes: NodeSpec[] = [
    { kind: "synthetic", name: "", id: 1, edges: [{ kind: "element", name: 1, to: 1 }] },
    { kind: "synthetic", name: "(GC roots)", id: 3, edges: [{ kind: "element", name: 1, to: 2 }] },
    { kind: "synthetic", name: "(Strong roots)", id: 5, edges: [toTable] },
    { kind: "array", name: "", id: 7, edges: [{ kind: "internal", name: "5", to: 4 }] },
    { kind: "object", name: "Thing", id: 9 },
  ];
  const graph = new Graph(await readColumns(cut(bytesOf(snapshotText(nodes)), [4096])));
  expect(findPath(graph, 4)).toBeUndefined();
  expect(findPathsByRoot(graph, 4)).toEqual([]);
});

/** What the path prints for an edge of the global object. */
function nameOf({ kind }: Link, index: number): string {
  if (kind === "property") return `.p${index}`;
  if (kind === "element") return `[${index}]`;
  if (kind === "map") return "(map)";
  return kind === "proto" ? ".__proto__" : "value in a WeakMap";
}
