import { describe, expect, test } from "vitest";
import { readColumns } from "../../src/graph/read-columns.ts";
import { chromiumOptions, launchChromium } from "../chromium.ts";
import { analyzeWithChrome } from "./chrome.ts";
import { expectSameNumbers } from "./expect-agreement.ts";

// Runs in the page: elements outside the document, with entries of a WeakMap and a listener.
const FILL_PAGE = `
  const detached = Array.from({ length: 50 }, (_, index) => {
    const parent = document.createElement("div");
    parent.innerHTML = "<span>" + index + "</span><b></b>";
    return parent.firstChild;
  });
  const notes = new WeakMap(detached.map((element) => [element, { element }]));
  document.body.addEventListener("click", () => notes.get(detached[0]));
`;

describe("a snapshot of a page", chromiumOptions(), () => {
  test("has the nodes, edges, dominators, retained bytes and distances of DevTools", async () => {
    const pieces: string[] = [];
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.setContent("<main><p>text</p><iframe srcdoc='<b>text</b>'></iframe></main>");
      await page.evaluate(FILL_PAGE);
      const session = await page.context().newCDPSession(page);
      session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => pieces.push(chunk));
      await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    } finally {
      await browser.close();
    }
    const encoded = (async function* () {
      for (const piece of pieces) yield new TextEncoder().encode(piece);
    })();
    const columns = await readColumns(encoded);
    expect(columns.nodeCount).toBeGreaterThan(10_000);
    expectSameNumbers(columns, await analyzeWithChrome(pieces));
  });
});
