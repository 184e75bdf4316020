import { heldBytes } from "@heapwise/testkit";
import { expect, test } from "vitest";
import { detachDeep, exceeds, measure, sizeOf, tally } from "../src/index.ts";

const fractions = (i: number): number[] => Array.from({ length: 500 }, (_, j) => i + j + 0.5);

/** Arrays with elements of all kinds, so that the engine compiles one read for all of them. */
const others: unknown[] = [
  [1, 2, 3],
  ["a", "b", "c"],
  [[1.5], [2.5], [{}]],
  {
    rows: [
      [1, 2.5],
      ["x", 1.5],
    ],
    list: [{ id: 1 }, { id: 2 }],
  },
];

// Code that reads arrays of several kinds is compiled so that it turns them into one kind, in which
// each double has a box.
test.each<[string, (value: unknown) => unknown]>([
  ["sizeOf", (value) => sizeOf(value)],
  ["sizeOf, plain", (value) => sizeOf(value, { plain: true })],
  ["tally", (value) => tally(value)],
  ["measure", (value) => measure(value)],
  ["exceeds", (value) => exceeds(value, 1e9)],
  ["detachDeep", (value) => detachDeep(value)],
])("%s leaves arrays of fractions as small as they are", async (_name, read) => {
  for (let i = 0; i < 20_000; i++) read(i % 8 === 7 ? [0.5, 1.5, i] : others[(i % 8) >> 1]);
  const arrays = Array.from({ length: 200 }, (_, i) => [fractions(i), fractions(i + 1)]);
  const before = await heldBytes();
  for (const array of arrays) read(array);
  const grown = (await heldBytes()) - before;
  expect(arrays[199]![1]![499]).toBe(699.5);
  // With a box each of the 200,000 numbers takes 16 bytes more.
  expect(grown).toBeLessThan(400_000);
});
