import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import { GROUPS } from "./groups.ts";
import { readResults, type Result } from "./results.ts";
import { replaceTable, tableOf } from "./table.ts";

const root = resolve(import.meta.dirname, "../../..");
const document = join(root, "docs/where-it-works.md");
const setups = GROUPS.flatMap((group) => group.setups);

const result: Result = {
  title: "Jest",
  date: "2026-11-30",
  runtime: "Node 20.20.2",
  tools: { jest: "30.5.2" },
};

test("the page has the results of all set-ups", async () => {
  const results = readResults(join(root, "scripts/consumers/results.json"));
  const text = readFileSync(document, "utf8");
  const options = await resolveConfig(document);
  const written = replaceTable(text, tableOf(results));
  expect(await format(written, { ...options, parser: "markdown" })).toBe(text);
  expect(Object.keys(results)).toEqual(setups.map(({ name }) => name));
  for (const { name, title, failing } of setups) {
    expect(results[name]?.title).toBe(title);
    expect(results[name]?.remedy).toBe(failing?.remedy);
  }
});

test("each set-up has a unique name, and its tools are pinned", () => {
  expect(new Set(setups.map(({ name }) => name)).size).toBe(setups.length);
  for (const { folder, variant = "files" } of GROUPS) {
    const path = join(import.meta.dirname, "../projects", folder, variant, "package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as Record<string, object>;
    for (const version of Object.values(manifest["devDependencies"] ?? {})) {
      expect(version, path).toMatch(/^(?:npm:(?:@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+$/);
    }
  }
});

test("set-ups of one title share a row, unless only some of them work", () => {
  const table = tableOf({
    a: result,
    b: { ...result, runtime: "Node 24.21.0", date: "2026-11-29" },
    c: { ...result, remedy: "take another" },
    d: { ...result, title: "Node", tools: {} },
  });
  expect(table.split("\n").slice(2)).toEqual([
    "| Jest | works | jest 30.5.2 | Node 20.20.2, Node 24.21.0 | 2026-11-29 |",
    "| Jest | **fails**: take another | jest 30.5.2 | Node 20.20.2 | 2026-11-30 |",
    "| Node | works |  | Node 20.20.2 | 2026-11-30 |",
  ]);
});

const START = "<!-- results of npm run test:consumers -->";
const END = "<!-- end of the results -->";

test("a new table replaces the older one", () => {
  const once = replaceTable(`a\n${START}\n${END}\nb`, "old");
  expect(replaceTable(once, "new")).toBe(`a\n${START}\n\nnew\n\n${END}\nb`);
});

test.each([
  ["no marker", ""],
  ["no start", END],
  ["no end", START],
  ["the wrong order", `${END}${START}`],
  ["an end in front", `${END}${START}${END}`],
  ["two starts", `${START}${START}${END}`],
  ["two ends", `${START}${END}${END}`],
])("a page with %s is refused", (_, text) => {
  expect(() => replaceTable(text, "table")).toThrow(/^Cannot write table: expected "/);
});
