import { expect, test } from "vitest";
import { expectAgreement } from "./expect-agreement.ts";

test("a heap above 100 MB has the nodes, edges, retained bytes and distances of DevTools", async () => {
  const { nodeCount, totalBytes } = await expectAgreement("large");
  expect(nodeCount).toBeGreaterThan(1_000_000);
  expect(totalBytes).toBeGreaterThan(100 * 2 ** 20);
});
