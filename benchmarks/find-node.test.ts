import { expect, test } from "vitest";
import { findNode } from "./find-node.ts";

test("an executable is used as it is", () => {
  expect(findNode(process.execPath)).toBe(process.execPath);
});

test("a path without a file and an unknown version are errors", () => {
  expect(() => findNode("/no/such/node")).toThrow(
    "Cannot read --node: no file /no/such/node, expected a major version or a Node executable",
  );
  expect(() => findNode(import.meta.dirname)).toThrow(/^Cannot read --node: no file/);
  expect(() => findNode("7")).toThrow("Cannot read --node: 7 cannot be installed");
});
