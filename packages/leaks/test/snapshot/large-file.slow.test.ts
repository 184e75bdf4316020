import { constants } from "node:buffer";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeapGraph } from "@heapwise/leaks/snapshot";
import { afterAll, expect, it } from "vitest";
import { NODE_20 } from "./snapshot-text.ts";

const NODES = 14_000_000;
const folder = mkdtempSync(join(tmpdir(), "heapwise-large-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a chain of nodes, each of which refers to the next one, and the last one to the first. */
function writeChain(path: string): void {
  const file = openSync(path, "w");
  const write = (text: string): void => void writeSync(file, text);
  const writeRows = (rowOf: (index: number) => string): void => {
    for (let start = 0; start < NODES; start += 50_000) {
      const rows: string[] = [];
      for (let index = start; index < start + 50_000; index++) rows.push(rowOf(index));
      write((start === 0 ? "" : ",") + rows.join(","));
    }
  };
  const meta = {
    node_fields: NODE_20.nodeFields,
    node_types: [NODE_20.nodeKinds],
    edge_fields: NODE_20.edgeFields,
    edge_types: [NODE_20.edgeKinds],
  };
  const snapshot = { meta, node_count: NODES, edge_count: NODES };
  write(`{"snapshot":${JSON.stringify(snapshot)},\n"nodes":[`);
  writeRows((index) => `3,0,${1_000_000_001 + 2 * index},48,1,0,0\n`);
  write('],\n"edges":[');
  writeRows((index) => `2,1,${((index + 1) % NODES) * 7}\n`);
  write('],\n"strings":["Link",\n"next"]}');
  closeSync(file);
}

it("reads a file that is longer than a text can be", async () => {
  const path = join(folder, "large.heapsnapshot");
  writeChain(path);
  expect(statSync(path).size).toBeGreaterThan(constants.MAX_STRING_LENGTH);

  let bytesRead = 0;
  const graph = await HeapGraph.read(path, { onProgress: (bytes) => void (bytesRead = bytes) });
  expect(bytesRead).toBe(statSync(path).size);
  expect([graph.nodeCount, graph.edgeCount, graph.totalBytes]).toEqual([NODES, NODES, NODES * 48]);
  const last = 1_000_000_001 + 2 * (NODES - 1);
  expect(graph.references(last)).toEqual([
    { kind: "property", name: "next", from: last, to: 1_000_000_001 },
  ]);
  expect(graph.sample("Link", 3)).toHaveLength(3);
});
