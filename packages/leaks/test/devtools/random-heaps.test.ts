import { checkAsyncProperty } from "@heapwise/testkit/vitest";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compare } from "./agreement.ts";
import { analyzeWithChrome } from "./chrome.ts";
import { columnsOf, smallHeaps, textOf } from "../dominance/small-heap.ts";

test("random heaps have the dominators, retained bytes and distances of DevTools", async () => {
  await checkAsyncProperty(
    fc.asyncProperty(smallHeaps, async (heap) => {
      const theirs = await analyzeWithChrome([textOf(heap)]);
      const { dominators, retainedBytes, distances } = compare(await columnsOf(heap), theirs);
      expect({ dominators, retainedBytes, distances }).toEqual({
        dominators: {},
        retainedBytes: {},
        distances: {},
      });
    }),
    { runs: 300 },
  );
});
