import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Columns } from "../../src/graph/columns.ts";
import { Referrers } from "../../src/graph/referrers.ts";

/** Referrers of a graph whose nodes have the edges of `targets` in turn: so many each. */
function referrersOf(edgeCounts: readonly number[], targets: Uint32Array): Referrers {
  const firstEdges = new Uint32Array(edgeCounts.length + 1);
  edgeCounts.forEach((count, node) => (firstEdges[node + 1] = firstEdges[node]! + count));
  const counts = { nodeCount: edgeCounts.length, edgeCount: targets.length };
  return new Referrers({ ...counts, firstEdges, edgeTargets: targets } as unknown as Columns);
}

const edgeCounts = fc
  .array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(40)), { minLength: 1, maxLength: 60 })
  // Several groups of nodes, most of them without edges.
  .chain((counts) => fc.nat(900).map((more) => [...counts, ...Array<number>(more).fill(0)]));

test("the edges to each node, and the source of each edge, are those of a plain search", () => {
  checkProperty(
    fc.property(edgeCounts, fc.infiniteStream(fc.nat()), (counts, numbers) => {
      const sources = counts.flatMap((count, node) => Array<number>(count).fill(node));
      const near = Math.min(counts.length, 20);
      const targets = sources.map((_, edge) => {
        const number = numbers.next().value as number;
        return number % (edge % 3 === 0 ? counts.length : near);
      });
      const referrers = referrersOf(counts, Uint32Array.from(targets));
      expect(sources.map((_, edge) => referrers.sourceOf(edge))).toEqual(sources);
      for (const node of counts.keys()) {
        const expected = [...targets.keys()].filter((edge) => targets[edge] === node);
        expect([...referrers.edgesTo(node)]).toEqual(expected);
      }
    }),
    { runs: 50 },
  );
});

test("edges to one node may be far from each other", () => {
  const far = [5, 5 + 0x7f, 500, 500 + 0x3fff, 40_000, 40_000 + 0x1f_ffff, 5_000_000];
  const targets = new Uint32Array(5_000_001).fill(600);
  for (const edge of far) targets[edge] = 255;
  const referrers = referrersOf([...Array<number>(599).fill(0), targets.length, 0], targets);
  expect([...referrers.edgesTo(255)]).toEqual(far);
  expect(referrers.edgesTo(600)).toHaveLength(targets.length - far.length);
  expect([...referrers.edgesTo(254), ...referrers.edgesTo(256)]).toEqual([]);
  expect([0, 5_000_000].map((edge) => referrers.sourceOf(edge))).toEqual([599, 599]);
});

test("a graph without edges has none", () => {
  expect(referrersOf([0], new Uint32Array(0)).edgesTo(0)).toHaveLength(0);
});
