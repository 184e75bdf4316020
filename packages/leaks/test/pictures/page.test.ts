import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PageOptions } from "../../src/pictures/picture-options.ts";
import { toHtml } from "../../src/pictures/to-html.ts";
import { chromiumOptions, launchChromium } from "../chromium.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { leakView, SmallView } from "./small-view.ts";

/** The checks as a script, since this file is not for browsers. */
const CHECKS = buildSync({
  entryPoints: [join(import.meta.dirname, "../../page/page-checks.ts")],
  bundle: true,
  format: "iife",
  globalName: "checks",
  write: false,
}).outputFiles[0]!.text;

/** Milliseconds. A loaded machine takes ten times as long as a quiet one to start a browser. */
const LIMIT = 120_000;
const folder = mkdtempSync(join(tmpdir(), "graph-page-"));
const thousand = Array.from({ length: 1000 }, (_, at) => 100 + at * 10);

describe("the page of toHtml in Chromium", chromiumOptions(), () => {
  let browser: Browser;
  let page: Page;
  /** Errors of the page, and whatever it writes to the console or asks of the network. */
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(LIMIT);
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("dialog", (dialog) => complaints.push(dialog.message()));
    page.on("request", (request) => {
      if (!/^(?:file|data):/.test(request.url())) complaints.push(request.url());
    });
  }, LIMIT);

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  }, LIMIT);

  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });

  /** Opens the page of the view from a file, as users do. */
  async function open(
    view: SmallView,
    ids: number | number[] = 100,
    options: PageOptions = {},
    scheme: "light" | "dark" = "light",
  ): Promise<void> {
    const path = join(folder, "graph.html");
    writeFileSync(path, toHtml(view, ids, options));
    await page.emulateMedia({ colorScheme: scheme, media: "screen" });
    await page.goto(pathToFileURL(path).href);
  }

  const check = <Result>(name: string): Promise<Result> =>
    page.evaluate(`${CHECKS}; checks.${name}()`);
  const shown = (): Promise<number[]> => check("drawnIds");
  const node = (id: number): string => `[data-node][aria-label*=" @${id}."]`;
  const focused = (): Promise<string> => check("focused");
  const status = (): Promise<string> => page.innerText("#status");

  it("shows the node, its path from the root and its neighbours at the start", async () => {
    await open(leakView(40));
    expect(await shown()).toEqual([2, 3, 4, 5, 6, 100, 101, 102, 103]);
    expect(await page.title()).toBe("Session @100");
    expect(await page.locator(".edge.on-path").count()).toBe(5);
    expect(await page.locator(".node.on-path").count()).toBe(6);
    expect(await page.locator(".path li").allInnerTexts()).toContain(
      ".handleRequest closure handleRequest",
    );
    const details = await page.innerText("#details");
    expect(details).toContain("12.3 kB (12,345 B)");
    expect(details).toContain("file:///srv/app/src/session.ts:7:3");
    expect(await page.innerText("#count")).toMatch(/^Showing 9 of the \d+ nodes in this page/);
  });

  it("shows and hides neighbours by a click", async () => {
    await open(leakView(40));
    await page.click(`${node(6)} [data-toggle="references"]`);
    expect(await shown()).toHaveLength(19);
    expect(await status()).toBe("references of (object elements) shown");
    // The focus moves the drawing, so that the note is in view.
    await page.focus(".rest[role]");
    await page.click(".rest[role]");
    expect(await shown()).toHaveLength(29);
    await page.click(`${node(6)} [data-toggle="references"]`);
    expect(await shown()).toHaveLength(9);
    await page.click(`${node(2)} .text`);
    expect(await shown()).toContain(1);
    await page.click(`${node(2)} .text`);
    expect(await shown()).not.toContain(1);
  });

  it("can be used without a mouse", async () => {
    await open(leakView(40));
    // Tab reaches the search, the four buttons, the graph once, and the details.
    const stops: string[] = [];
    for (let at = 0; at < 7; at++) {
      await page.keyboard.press("Tab");
      stops.push((await focused()).slice(0, 12));
    }
    expect(stops).toEqual([
      "search",
      "zoom-out",
      "zoom-in",
      "fit",
      "theme",
      "Session, obj",
      "details",
    ]);
    await page.keyboard.press("Shift+Tab");
    expect(await focused()).toMatch(/^Session, object @100\. The page is about this node\. On the/);
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toMatch(/^\(object elements\), array @6\. On the retaining path\. /);
    expect(await page.innerText("#details h2")).toBe("(object elements)");
    for (let at = 0; at < 4; at++) await page.keyboard.press("ArrowUp");
    expect(await focused()).toMatch(/^Module, object @2/);
    await page.keyboard.press("Enter");
    expect(await shown()).toContain(1);
    expect(await focused()).toMatch(/^Module, object @2/);
    await page.keyboard.press("Space");
    expect(await shown()).not.toContain(1);
    await page.keyboard.press("Shift+ArrowDown");
    expect(await shown()).toContain(7);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).not.toMatch(/^Module/);
    await page.keyboard.press("Home");
    expect(await focused()).toMatch(/^Session, object @100/);
    const box = 'document.querySelector(".node:focus .box")';
    expect(await page.evaluate(`getComputedStyle(${box}).strokeWidth`)).toBe("4px");
  });

  it("finds nodes, and shows the way to them", async () => {
    await open(leakView(40));
    await page.keyboard.press("/");
    await page.keyboard.type("user-3");
    expect(await page.innerText("#result-count")).toMatch(/^\d+ nodes$/);
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toContain('"user-3"');
    await page.keyboard.press("Enter");
    expect(await focused()).toMatch(/^"user-3", string @131/);
    expect(await shown()).toEqual(expect.arrayContaining([130, 131]));
    expect(await page.isVisible("#results")).toBe(false);
    await page.fill("#search", "no such node");
    expect(await page.innerText("#result-count")).toBe("0 nodes");
  });

  it("starts with a few of a thousand nodes, and shows more of them", async () => {
    await open(leakView(1000), thousand);
    expect(await page.locator(".subject").count()).toBe(4);
    await page.click(".rest:has-text('and 996 more like these')");
    expect(await page.locator(".subject").count()).toBe(14);
    expect(await page.innerText("#count")).toMatch(/of the 1,500 nodes in this page/);
  });

  it("refuses to draw more than anybody can read", async () => {
    await open(leakView(1000), thousand, { tooMany: 200 });
    for (let clicks = 0; clicks < 3; clicks++) {
      await page.focus(".rest:has-text('more like these')");
      await page.keyboard.press("Enter");
    }
    expect(await status()).toBe("The drawing is full. Hide some nodes first.");
    expect((await shown()).length).toBeLessThan(800);
  });

  it("zooms and pans", async () => {
    await open(leakView(40));
    const box = async (): Promise<{ x: number; y: number; width: number }> =>
      (await page.locator(node(100)).boundingBox())!;
    const before = await box();
    await page.click("#zoom-in");
    expect((await box()).width).toBeCloseTo(before.width * 1.25, 0);
    await page.click("#fit");
    expect(await box()).toEqual(before);
    await page.mouse.move(40, 400);
    await page.mouse.down();
    await page.mouse.move(140, 450, { steps: 5 });
    await page.mouse.up();
    expect((await box()).x).toBeCloseTo(before.x + 100, 0);
    expect((await box()).y).toBeCloseTo(before.y + 50, 0);
    const { width } = await box();
    await page.mouse.wheel(0, -300);
    await expect.poll(async () => (await box()).width).toBeGreaterThan(width * 1.2);
  });

  it("is light or dark as the reader wants", async () => {
    const background = (): Promise<string> =>
      page.evaluate("getComputedStyle(document.body).backgroundColor");
    await open(leakView(2));
    const light = await background();
    await page.click("#theme");
    const dark = await background();
    expect(dark).not.toBe(light);
    await open(leakView(2), 100, {}, "dark");
    expect(await background()).toBe(dark);
    await page.click("#theme");
    expect(await background()).toBe(light);
  });

  it("has enough contrast, and a name for each control", async () => {
    for (const scheme of ["light", "dark"] as const) {
      await open(leakView(40), 100, { highlight: ({ type }) => type === "Map" }, scheme);
      expect(await check("faintTexts")).toEqual([]);
      expect(await check("namelessControls")).toEqual([]);
    }
    await open(leakView(1));
    expect(await page.getAttribute("html", "lang")).toBe("en");
    expect(await page.locator("h1").count()).toBe(1);
    const ids: string[] = await page.evaluate(
      '[...document.querySelectorAll("[id]")].map(({ id }) => id)',
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  const long = new SmallView(
    Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [at + 1, `${"LongName".repeat(25)}${at}`]),
    ),
    Array.from({ length: 29 }, (_, at) => [Math.floor(at / 3) + 1, at + 2, "property".repeat(25)]),
  );
  const cycle = new SmallView({ 1: "A", 2: "B", 3: "C" }, [
    [1, 2, "b"],
    [2, 3, "c"],
    [3, 1, "a"],
    [2, 1, "back"],
  ]);
  it.each([
    ["a leak", leakView(40), 100],
    ["one node", new SmallView({ 1: "Alone" }, []), 1],
    ["a class", leakView(1000), thousand],
    ["long names", long, 1],
    ["cycles", cycle, 1],
  ] as const)("has no texts on top of each other: %s", async (_, view, ids) => {
    await open(view, ids as number);
    expect(await check("overlaps")).toEqual([]);
    await page.evaluate(`${CHECKS}; checks.openNodes(40)`);
    expect(await check("overlaps")).toEqual([]);
  });

  it("shows hostile names as text", async () => {
    const nodes = Object.fromEntries(
      HOSTILE_NAMES.map((name, at) => [
        at + 1,
        { type: name, name, kind: name, location: { url: name, line: 1, column: 1 } },
      ]),
    );
    const view = new SmallView(
      nodes,
      HOSTILE_NAMES.slice(1).map((name, at) => [1, at + 2, name]),
    );
    const [name] = HOSTILE_NAMES;
    view.path = { root: name!, steps: [{ edge: name!, node: name!, id: 1 }] };
    await open(view, 1, { tooMany: 100, title: name! });
    await page.focus(".rest[role]");
    await page.keyboard.press("Enter");
    expect(await shown()).toHaveLength(HOSTILE_NAMES.length);
    await page.fill("#search", "<");
    expect(await page.locator("#results button").count()).toBeGreaterThan(3);
    expect(await page.evaluate('"broken" in globalThis')).toBe(false);
    expect(await page.locator("img, a, iframe, b, svg svg, [onload], [onerror]").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(2);
    expect(await check("overlaps")).toEqual([]);
  });

  it("prints the whole drawing on white", async () => {
    await open(leakView(40), 100, {}, "dark");
    await page.click("#zoom-in");
    await page.emulateMedia({ media: "print" });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await check("clippedNodes")).toBe(0);
    expect(await page.isVisible("#search")).toBe(false);
    const color = await page.evaluate('getComputedStyle(document.querySelector("h1")).color');
    expect(color).toBe("rgb(27, 32, 41)");
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await page.getAttribute("#graph", "viewBox")).toBeNull();
  });
});
