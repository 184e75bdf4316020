import { gzipSync } from "node:zlib";
import { HeapGraph, HeapSnapshotError } from "@heapwise/leaks/snapshot";
import { describe, expect, it } from "vitest";
import { bytesOf, snapshotText } from "./snapshot-text.ts";

const TEXT = snapshotText(
  [
    { kind: "synthetic", name: "", id: 1, edges: [{ kind: "property", name: "a", to: 1 }] },
    { kind: "object", name: "A", id: 3, selfBytes: 24 },
  ],
  { locations: [[1, 1, 1, 1]] },
);

async function errorOf(bytes: string | Uint8Array): Promise<HeapSnapshotError> {
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const error: unknown = await HeapGraph.read(blob).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(HeapSnapshotError);
  return error as HeapSnapshotError;
}

/** The valid text with one part replaced. */
function changed(from: string | RegExp, to: string): string {
  const text = TEXT.replace(from, to);
  expect(text).not.toBe(TEXT);
  return text;
}

describe("A file that is no heap snapshot", () => {
  it.each([
    ["a CPU profile", '{"nodes":[{"id":1}],"startTime":1,"samples":[1]}'],
    ["a sampled heap profile", '{"head":{"callFrame":{}},"samples":[]}'],
    ["an empty object", "{}"],
    ["a list", "[1,2,3]"],
    ["a text", "hello"],
    ["white space", " \n "],
    ["a program", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0)],
    ["a key without an end", `{"${"x".repeat(1000)}`],
  ])("is foreign: %s", async (_name, bytes) => {
    const error = await errorOf(bytes);
    expect([error.name, error.code, error.reason]).toEqual([
      "HeapSnapshotError",
      "SNAPSHOT_UNREADABLE",
      "foreign",
    ]);
    expect(error.message).toMatch(
      /^Cannot read heap snapshot: it is another kind of file, expected one that starts with \{"snapshot": at byte \d+$/,
    );
  });

  it("is empty", async () => {
    const error = await errorOf("");
    expect([error.reason, error.message]).toEqual([
      "empty",
      "Cannot read heap snapshot: there are no bytes",
    ]);
  });

  it("is truncated, at every length", async () => {
    for (let length = 1; length < TEXT.length; length++) {
      const error = await errorOf(TEXT.slice(0, length));
      expect([length, error.reason, error.offset]).toEqual([length, "truncated", length]);
    }
  });

  it.each([
    ["a letter among numbers", changed("\n,3,", "\n,x,"), 'found "x", expected a number'],
    ["a fraction", changed(",24,", ",2.4,"), 'found ".", expected a number'],
    ["two signs", changed(",24,", ",--24,"), 'found "-", expected a number'],
    ["a sign alone", changed(/\n\](?=,\n"edges")/, ",-]"), 'found "]", expected a number'],
    ["a row that is cut", changed(",0,0,0\n]", ",0,0\n]"), "the last row of a section is cut"],
    [
      "fewer nodes than the header says",
      changed('"node_count":2', '"node_count":3'),
      "section nodes has 2 rows, expected node_count 3",
    ],
    [
      "more nodes than the header says",
      changed('"node_count":2', '"node_count":1'),
      "section nodes has more rows, expected node_count 1",
    ],
    [
      "other edges than its nodes have",
      changed('"edge_count":1', '"edge_count":2'),
      "its nodes have 1 edges, expected edge_count 2",
    ],
    ["no nodes", snapshotText([]), "there are 0 nodes, expected a root"],
    [
      "an edge into the middle of a node",
      changed(/("edges":\[2,\d+),7/, "$1,8"),
      "edge 0 has the to_node 8",
    ],
    [
      "an edge behind the last node",
      changed(/("edges":\[2,\d+),7/, "$1,14"),
      "edge 0 has the to_node 14",
    ],
    ["a negative name", changed(/"nodes":\[9,\d+/, '"nodes":[9,-1'), "node 0 has the name -1"],
    [
      "a negative size",
      snapshotText([{ kind: "synthetic", name: "", id: 1, selfBytes: -16 }]),
      "node 0 has the self_size -16",
    ],
    ["a huge kind", changed('"nodes":[9', '"nodes":[256'), "node 0 has the kind 256"],
    [
      "a location of no node",
      changed('"locations":[7', '"locations":[14'),
      "location 0 has the object_index 14",
    ],
    [
      "strings that are missing",
      changed(/"strings":\[.*\]/s, '"strings":["a"]'),
      /^string \d is missing: there are 1$/,
    ],
    ["a number among strings", changed('"<dummy>"', "7"), 'found "7", expected a string'],
    ["a section twice", changed('"edges":[', '"nodes":['), "section nodes comes twice"],
    [
      "a section that is no list",
      changed('"nodes":[', '"nodes":{'),
      'found "{", expected a list as the section nodes',
    ],
    [
      "a missing section",
      changed('"locations":', '"nothing":').replace('"edges":', '"ridges":'),
      "a section is missing, expected nodes, edges and strings",
    ],
    ["no colon", changed('"edges":', '"edges";'), 'found ";", expected a colon'],
    ["no comma", changed('],\n"strings"', ']"strings"'), /^found "\\"", expected a comma/],
    ["more after the end", `${TEXT}{}`, 'found "{", expected nothing after the closing bracket'],
    [
      "a header that is no JSON",
      changed('"node_count":2', '"node_count":'),
      "its header has a fault: it is not JSON",
    ],
    [
      "a header without fields",
      changed('"node_fields"', '"fields"'),
      "its header has a fault: node_fields is no list of names",
    ],
    [
      "a header without a field that is needed",
      changed('"self_size"', '"size"'),
      "its header has a fault: there is no field self_size",
    ],
    [
      "a header without kinds",
      changed('"edge_types":[', '"edge_types":[5,'),
      "its header has a fault: edge_types has no list of kinds",
    ],
    [
      "a header with a count that is not a number",
      changed('"node_count":2', '"node_count":-2'),
      "its header has a fault: node_count is -2, expected an integer from 0",
    ],
    ["a header without meta", '{"snapshot":{}}', "its header has a fault: there is no meta"],
    ["a header that is a text", '{"snapshot":"a"}', "expected an object as the header"],
  ])("is damaged: it has %s", async (_name, text, detail) => {
    const error = await errorOf(text);
    expect(error.reason).toBe("damaged");
    const found = error.message
      .slice("Cannot read heap snapshot: ".length)
      .replace(/ at byte \d+$/, "");
    if (typeof detail === "string") expect(found).toContain(detail);
    else expect(found).toMatch(detail);
    expect(error.offset).toBeLessThanOrEqual(text.length);
  });

  it("promises more nodes than fit into memory", async () => {
    const error = await errorOf(
      changed('"node_count":2', '"node_count":4294967294').replace(
        '"edge_count":1',
        '"edge_count":4294967294',
      ),
    );
    expect(["memory", "damaged"]).toContain(error.reason);
  });

  it("starts as gzip does, and is cut, spoiled, or followed by more", async () => {
    const packed = gzipSync(bytesOf(TEXT));
    const spoiled = Uint8Array.from(packed);
    spoiled[40]! ^= 0xff;
    for (const bytes of [packed.subarray(0, 3), packed.subarray(0, -4), spoiled]) {
      const error = await errorOf(bytes);
      expect(error.reason).toBe("gzip");
      expect(error.cause).toBeDefined();
    }
    // What is inside may be foreign too.
    expect((await errorOf(gzipSync("hello"))).reason).toBe("foreign");
  });

  it("names the byte of the fault, after unpacking", async () => {
    const text = changed("\n,3,", "\n,x,");
    const offset = text.indexOf("x,");
    expect((await errorOf(text)).offset).toBe(offset);
    expect((await errorOf(gzipSync(bytesOf(text)))).offset).toBe(offset);
  });
});
