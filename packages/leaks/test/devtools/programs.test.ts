import { expect, test } from "vitest";
import { expectAgreement } from "./expect-agreement.ts";

test("a small program has the nodes, edges, retained bytes and distances of DevTools", async () => {
  const { nodeCount } = await expectAgreement("small");
  expect(nodeCount).toBeGreaterThan(10_000);
});

test("an HTTP server has the nodes, edges, retained bytes and distances of DevTools", async () => {
  const { nodeCount } = await expectAgreement("server");
  expect(nodeCount).toBeGreaterThan(50_000);
});
