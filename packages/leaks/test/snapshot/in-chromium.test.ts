import { fileURLToPath } from "node:url";
import { HeapGraph } from "@heapwise/leaks/snapshot";
import { buildSync } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bodyOf } from "../../src/heap-graph/heap-graph.ts";
import { chromiumOptions, launchChromium } from "../chromium.ts";

/** The value of `Columns.detachedness` for an element that no document has. */
const DETACHED = 2;

type Snapshots = typeof import("@heapwise/leaks/snapshot");

/** Global variable of the page with the exports of the entry. */
declare const heapwise: Snapshots;

/** The entry as a page gets it. A top-level import of Node would be an error of esbuild. */
function bundle(): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(import.meta.resolve("@heapwise/leaks/snapshot"))],
    bundle: true,
    write: false,
    format: "iife",
    globalName: "heapwise",
    platform: "browser",
    target: "es2022",
    conditions: ["@heapwise/source"],
  });
  return outputFiles[0]!.text;
}

/** A snapshot of a page, as DevTools saves it. */
async function snapshotOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const pieces: string[] = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => void pieces.push(chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.takeHeapSnapshot");
  await session.detach();
  return pieces.join("");
}

describe("In Chromium", chromiumOptions(), () => {
  let browser: Browser;
  let page: Page;
  let text: string;

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    await page.evaluate(`
      class Parcel { content = "a gift" }
      globalThis.parcels = [new Parcel(), new Parcel()];
      globalThis.detached = document.createElement("aside");
    `);
    text = await snapshotOf(page);
    await page.addScriptTag({ content: bundle() });
  }, 240_000);
  afterAll(() => browser?.close());

  it("a page reads a snapshot from a Blob, packed or not, and from a stream", async () => {
    const read = await page.evaluate(async (snapshot) => {
      const packed = new Blob([snapshot]).stream().pipeThrough(new CompressionStream("gzip"));
      const graphs = [
        await heapwise.HeapGraph.read(new Blob([snapshot])),
        await heapwise.HeapGraph.read(new Blob([snapshot]).stream()),
        await heapwise.HeapGraph.read(packed),
      ];
      return graphs.map((graph) => {
        const [id] = graph.byType("Parcel");
        return {
          nodeCount: graph.nodeCount,
          edgeCount: graph.edgeCount,
          totalBytes: graph.totalBytes,
          parcels: graph.byType("Parcel").length,
          path: String(graph.retainingPath(id!)),
          retainedBytes: graph.node(id!).retainedBytes,
        };
      });
    }, text);
    expect(read[1]).toEqual(read[0]);
    expect(read[2]).toEqual(read[0]);
    expect(read[0]).toMatchObject({ parcels: 2, path: expect.stringContaining("parcels") });

    const graph = await HeapGraph.read(new Blob([text]));
    const { nodeCount, edgeCount, totalBytes, retainedBytes } = read[0]!;
    const [id] = graph.byType("Parcel");
    expect([
      graph.nodeCount,
      graph.edgeCount,
      graph.totalBytes,
      graph.node(id!).retainedBytes,
    ]).toEqual([nodeCount, edgeCount, totalBytes, retainedBytes]);
  });

  it("a page cannot read a path, and cannot take a snapshot of itself", async () => {
    const messages = await page.evaluate(() => {
      const messageOf = (error: unknown): string => String(error);
      return Promise.all([
        heapwise.HeapGraph.read("a.heapsnapshot").then(() => "", messageOf),
        heapwise.HeapGraph.capture().then(() => "", messageOf),
      ]);
    });
    expect(messages).toEqual([
      "TypeError: Cannot read heap snapshot: source is a path and there are no files, expected a Blob or a ReadableStream",
      "Error: Cannot take heap snapshot: the host has no v8.getHeapSnapshot, expected Node",
    ]);
  });

  it("a page gets the same errors for a file that is no snapshot", async () => {
    const errors = await page.evaluate(async (snapshot) => {
      const packed = new Blob([snapshot]).stream().pipeThrough(new CompressionStream("gzip"));
      const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
      const sources = [
        new Blob(["{}"]),
        new Blob([snapshot.slice(0, -5)]),
        new Blob([bytes.subarray(0, bytes.length - 9)]),
      ];
      const reasonOf = (error: unknown): string =>
        error instanceof heapwise.HeapSnapshotError ? error.reason : String(error);
      return Promise.all(
        sources.map((source) => heapwise.HeapGraph.read(source).then(() => "", reasonOf)),
      );
    }, text);
    expect(errors).toEqual(["foreign", "truncated", "gzip"]);
  });

  it("a snapshot of a page shows elements outside of the document", async () => {
    const graph = await HeapGraph.read(new Blob([text]));
    const elements = graph.byType("(native)").filter((id) => /<aside/.test(graph.node(id).name));
    const body = bodyOf(graph);
    const states = elements.map((id) => body.columns.detachedness![body.ordinalOf(id)!]);
    expect(states).toContain(DETACHED);
    expect(elements.map((id) => String(graph.retainingPath(id))).join()).toContain(".detached");
  });
});
