import { expect } from "vitest";
import type { Columns } from "../../src/graph/columns.ts";
import { readColumns } from "../../src/graph/read-columns.ts";
import { compare } from "./agreement.ts";
import { analyzeWithChrome, type ChromeResult } from "./chrome.ts";
import { takeSnapshot, type ProgramName } from "./take-snapshot.ts";

/** Expects the same count of nodes and of edges, and the same numbers for each node. */
export function expectSameNumbers(columns: Columns, theirs: ChromeResult): void {
  const { nodes, edges, ...differences } = compare(columns, theirs);
  expect(nodes[0]).toBe(nodes[1]);
  expect(edges[0]).toBe(edges[1]);
  expect(differences).toEqual({ retainedBytes: {}, dominators: {}, distances: {} });
}

/**
 * Takes a snapshot of a program, and expects each node to be the same for this package and for
 * DevTools. Returns its size.
 */
export async function expectAgreement(
  program: ProgramName,
): Promise<{ nodeCount: number; totalBytes: number }> {
  await using file = await takeSnapshot(program);
  const columns = await readColumns(file.path);
  const theirs = await analyzeWithChrome(file.pieces());
  expectSameNumbers(columns, theirs);

  // What users of DevTools see: the own bytes of an array belong to the object that has it.
  const seen = await analyzeWithChrome(file.pieces(), { movesBytes: true });
  const moved = Object.keys(compare(columns, seen).retainedBytes);
  expect(moved).not.toEqual([]);
  expect(moved.filter((kind) => kind !== "array" && kind !== "hidden")).toEqual([]);
  return { nodeCount: columns.nodeCount, totalBytes: theirs.retainedBytes[0]! };
}
