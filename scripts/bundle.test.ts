import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const tsx = resolve(import.meta.dirname, "../node_modules/tsx/dist/cli.mjs");
const bundle = resolve(import.meta.dirname, "bundle.ts");
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bundle-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Bundles a package of these sources, all of which are entries, and returns its files of JavaScript. */
function bundled(sources: Readonly<Record<string, string>>): Map<string, string> {
  const names = Object.keys(sources);
  const exports = names.map((name) => [`./${name}`, { "@heapwise/source": `./src/${name}` }]);
  mkdirSync(join(folder, "src"));
  const manifest = { type: "module", exports: Object.fromEntries(exports) as unknown };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  for (const name of names) writeFileSync(join(folder, "src", name), sources[name]!);
  const { status, stderr } = spawnSync(process.execPath, [tsx, bundle], {
    cwd: folder,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  const files = readdirSync(join(folder, "dist")).filter((name) => name.endsWith(".js"));
  return new Map(files.map((name) => [name, readFileSync(join(folder, "dist", name), "utf8")]));
}

async function load(name: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(folder, "dist", name)).href)) as Record<string, unknown>;
}

test("what a module declares is constant, unless it is assigned to", async () => {
  const files = bundled({
    "fixed.ts": `export const fixed = Math.random();`,
    "index.ts": `
      import { fixed } from "./fixed.ts";
      let counted = 0;
      export const count = () => ++counted;
      let swapped = 1, other = 2;
      export const swap = () => { [swapped, other] = [other, swapped]; return [swapped, other]; };
      let lazy: object | undefined;
      export const ensure = () => (lazy ??= {});
      export const own = fixed + fixed;
      export let live = 0;
      export const revive = () => { for (live of [1, 2, 3]); };
      export class Node { static none: Node = new Node(); isNone() { return this === Node.none; } }
    `,
  });
  const code = [...files.values()].join("\n");
  expect(code).not.toMatch(/^var /m);
  expect(code).toMatch(/^const fixed = /m);
  const module = await load("index.js");
  const call = (name: string): unknown => (module[name] as () => unknown)();
  expect([call("count"), call("count")]).toEqual([1, 2]);
  expect(call("swap")).toEqual([2, 1]);
  expect(call("ensure")).toBe(call("ensure"));
  call("revive");
  expect(module["live"]).toBe(3);
  const Node = module["Node"] as { name: string; none: { isNone(): boolean } };
  expect([Node.name, Node.none.isNone()]).toEqual(["Node", true]);
});

test("source maps lead to the lines of the source", () => {
  const files = bundled({
    "far.ts": `export const far = (): number => Math.random();\n`,
    "near.ts": `import { far } from "./far.ts";\nexport const near = (): number => far();\n`,
    "index.ts": `export { near } from "./near.ts";

/** Fails. */
export function fail(text: string): never {
  const error = new Error(text);

  throw error;
}
`,
  });
  let checked = 0;
  for (const [name, code] of files) {
    const path = join(folder, "dist", `${name}.map`);
    const payload = JSON.parse(readFileSync(path, "utf8")) as SourceMapPayload;
    const map = new SourceMap(payload);
    for (const [line, text] of code.split("\n").entries()) {
      for (const marked of text.matchAll(/Math\.random|far\(\)|throw |new Error/g)) {
        const entry = map.findEntry(line, marked.index);
        if (!("originalSource" in entry)) throw new Error(`${name}:${line + 1} leads nowhere`);
        const source = payload.sourcesContent[payload.sources.indexOf(entry.originalSource)]!;
        expect(source.split("\n")[entry.originalLine]).toContain(marked[0]);
        checked++;
      }
    }
  }
  expect(checked).toBe(4);
});
