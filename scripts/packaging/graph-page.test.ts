import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { GRAPH_PAGE, makeGraphPage } from "./graph-page.ts";

const root = resolve(import.meta.dirname, "../..");

test("the texts of the page are those of its sources and of the installed dagre", async () => {
  const made = await makeGraphPage(root);
  // The message is short: the text has 70 kB.
  const isCurrent = readFileSync(join(root, GRAPH_PAGE), "utf8") === made;
  expect(isCurrent, `${GRAPH_PAGE} is stale, expected the text that npm run page writes`).toBe(
    true,
  );
});

test("the hashes fit the texts, and the licences of dagre are in the script", async () => {
  const made = await makeGraphPage(root);
  const texts = new Map(
    [...made.matchAll(/^export const (\w+): string =\n {2}(".*");$/gm)].map(([, name, text]) => [
      name,
      JSON.parse(text!) as string,
    ]),
  );
  for (const name of ["PAGE_SCRIPT", "PAGE_STYLE"]) {
    const hash = createHash("sha256").update(texts.get(name)!).digest("base64");
    expect(texts.get(`${name}_HASH`)).toBe(`sha256-${hash}`);
  }
  const script = texts.get("PAGE_SCRIPT")!;
  expect(script).toMatch(/^\/\*! @dagrejs\/dagre\nCopyright/);
  expect(script).toMatch(/\/\*! @dagrejs\/graphlib\nCopyright/);
  expect(script.match(/The above copyright notice and this permission notice/g)).toHaveLength(2);
});
