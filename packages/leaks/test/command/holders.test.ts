import { expect, test } from "vitest";
import { goesThrough, holdersOf } from "../../src/command/print-paths.ts";
import type { HeapGraph } from "../../src/heap-graph/heap-graph.ts";
import type { PathStep, RetainingPath } from "../../src/paths/retaining-path.ts";

/** A path of edges and nodes, such as ".sessions Map". */
function path(root: RetainingPath["root"], ...steps: readonly string[]): RetainingPath {
  const all = steps.map((step): PathStep => {
    const [edge, node] = step.split(" ") as [string, string];
    return { edge, node };
  });
  return { root, steps: all, toString: () => steps.join("\n") };
}

/** The counts of the holders of objects, of which each has these paths. */
function countsOf(...paths: readonly RetainingPath[][]): number[] {
  const graph = { pathsByRoot: (id: number) => paths[id]! } as unknown as HeapGraph;
  return holdersOf(graph, [...paths.keys()], 5, () => {}).map(({ count }) => count);
}

test.each([
  ['.get("a") Session', '.get("b\\"]") Session'],
  ["[1] Session", "[23] Session"],
  [".get(1) Session", ".get(-2.5) Session"],
])("paths that differ in a key or an index are one holder: %s, %s", (one, other) => {
  const start = ".sessions Map";
  expect(countsOf([path("global", start, one)], [path("global", start, other)])).toEqual([2]);
});

test("paths from another root, through another property or class are holders of their own", () => {
  const [global, module] = [path("global", ".a Map", ".b C"), path("module", ".a Map", ".b C")];
  expect(countsOf([global], [module])).toEqual([1, 1]);
  expect(countsOf([global], [path("global", ".a Map", ".c C")])).toEqual([1, 1]);
  expect(countsOf([global], [path("global", ".a Set", ".b C")])).toEqual([1, 1]);
});

test("the holder of most objects comes first, and counts an object once", () => {
  const [rare, common] = [path("timer", ".x C"), path("module", "[0] C")];
  const same = path("module", "[1] C");
  expect(countsOf([rare], [common, same], [common], [same])).toEqual([3, 1]);
});

test("a part is kept through its owner, in the same way", () => {
  const owner = path("module", ".sessions Map", '.get("a") Session');
  const part = path("module", ".sessions Map", '.get("b") Session', ".user Object");
  expect(goesThrough(part, owner)).toBe(true);
  expect(goesThrough(owner, part)).toBe(false);
  expect(goesThrough(owner, owner)).toBe(false);
  const other = path("timer", ".sessions Map", ".x C", ".user Object");
  expect(goesThrough(other, owner)).toBe(false);
});
