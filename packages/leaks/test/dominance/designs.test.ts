import { checkProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, test } from "vitest";
import { lengauerTarjan, queueOf, randomGraph } from "./designs/graphs.ts";
import { iterative } from "./designs/iterative.ts";
import { semiNca } from "./designs/semi-nca.ts";

test("three algorithms find the same dominators in random graphs of up to 3000 nodes", () => {
  checkProperty(
    fc.property(
      fc.integer({ min: 1, max: 3000 }),
      fc.double({ min: 1, max: 4, noNaN: true }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      (count, degree, numbers) => {
        const graph = randomGraph(count, degree, () => numbers.next().value as number);
        const dominators = lengauerTarjan(graph);
        expect(dominators).toEqual(iterative(graph));
        expect(dominators).toEqual(semiNca(graph));
      },
    ),
    { runs: 50 },
  );
});

test("objects of a long queue hang on its first element", () => {
  const graph = queueOf(1000);
  const dominators = lengauerTarjan(graph);
  expect(dominators).toEqual(iterative(graph));
  expect(dominators).toEqual(semiNca(graph));
  expect([...dominators.subarray(1001)]).toEqual(Array.from({ length: 1000 }, () => 1));
});
