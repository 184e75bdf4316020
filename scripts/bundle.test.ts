import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire, SourceMap, type SourceMapPayload } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { conditionsOf } from "./packaging/entries.ts";

const tsx = resolve(import.meta.dirname, "../node_modules/tsx/dist/cli.mjs");
const bundle = resolve(import.meta.dirname, "bundle.ts");
const require = createRequire(import.meta.url);
const base = resolve(import.meta.dirname, "../tsconfig.base.json");
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bundle-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/**
 * Bundles a package of these sources, all of which are entries by default, and returns its
 * JavaScript files.
 */
function bundled(
  sources: Readonly<Record<string, string>>,
  {
    entries = Object.keys(sources),
    ...fields
  }: { entries?: string[]; bin?: object; sideEffects?: string[] } = {},
): Map<string, string> {
  const names = Object.keys(sources);
  const exports = entries.map((name) => {
    const entry = name.slice(0, -".ts".length);
    return [entry === "index" ? "." : `./${entry}`, conditionsOf(entry)];
  });
  mkdirSync(join(folder, "src"));
  const manifest = { type: "module", exports: Object.fromEntries(exports) as unknown, ...fields };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  for (const name of names) writeFileSync(join(folder, "src", name), sources[name]!);
  const compilerOptions = { rootDir: "src", outDir: "dist", emitDeclarationOnly: true };
  const config = { extends: base, compilerOptions, include: ["src"] };
  writeFileSync(join(folder, "tsconfig.build.json"), JSON.stringify(config));
  const { status, stderr } = run();
  expect([status, stderr]).toEqual([0, ""]);
  const files = readdirSync(join(folder, "dist")).filter((name) => name.endsWith(".js"));
  return new Map(files.map((name) => [name, readFileSync(join(folder, "dist", name), "utf8")]));
}

/** Runs the script in the folder. */
function run(): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [tsx, bundle], { cwd: folder, encoding: "utf8" });
}

async function load(name: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(join(folder, "dist", name)).href)) as Record<string, unknown>;
}

/** Loads a file of the CommonJS copy. */
function loadCopy(name: string): Record<string, unknown> {
  return require(join(folder, "dist/cjs", name)) as Record<string, unknown>;
}

function read(path: string): string {
  return readFileSync(join(folder, path), "utf8");
}

test("declarations of a module are constants, unless the code assigns to them", async () => {
  const files = bundled({
    "fixed.ts": `export const fixed: number = Math.random();`,
    "index.ts": `
      import { fixed } from "./fixed.ts";
      let counted = 0;
      export const count = (): number => ++counted;
      let swapped = 1, other = 2;
      export const swap = (): number[] => { [swapped, other] = [other, swapped]; return [swapped, other]; };
      let lazy: object | undefined;
      export const ensure = (): object => (lazy ??= {});
      export const own: number = fixed + fixed;
      export let live: number = 0;
      export const revive = (): void => { for (live of [1, 2, 3]); };
      export class Node { static none: Node = new Node(); isNone(): boolean { return this === Node.none; } }
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

test("the CommonJS copy has the same exports, and its entries share the same code", async () => {
  bundled({
    "part.ts": `
      export const part: object = {};
      export function same(other: object): boolean { return other === part; }
    `,
    "index.ts": `
      // @ts-ignore: these packages know no types of Node.
      import { basename as nameOf } from "node:path";
      // @ts-ignore
      import * as path from "node:path";
      import { part, same } from "./part.ts";
      export { part as piece, same };
      export const base = (): string => nameOf("/a/b") + path.sep;
      export let live: number = 0;
      export const count = (): number => ++live;
    `,
  });
  const module = await load("index.js");
  const copy = loadCopy("index.js");
  expect(Object.keys(copy).sort()).toEqual(Object.keys(module).sort());
  expect(copy["__esModule"]).toBe(true);
  const call = (name: string, value?: unknown): unknown =>
    (copy[name] as (value?: unknown) => unknown)(value);
  expect(call("base")).toBe(`b${sep}`);
  expect([call("count"), copy["live"]]).toEqual([1, 1]);
  const { part } = loadCopy("part.js");
  expect([copy["piece"] === part, call("same", part)]).toEqual([true, true]);
  expect(part).not.toBe((await load("part.js"))["part"]);
});

test("a shared file may have constants and variables", () => {
  const shared = `
    let counted = 0;
    export const count = (): number => ++counted;
    export const start: number = Math.random();
  `;
  bundled({
    "shared.ts": `export { count, start } from "./part.ts";`,
    "part.ts": shared,
    "index.ts": `export { count, start } from "./part.ts";`,
  });
  const [one, other] = ["index.js", "shared.js"].map(loadCopy);
  expect([one!["count"], one!["start"]]).toEqual([other!["count"], other!["start"]]);
});

test("declarations name files that all versions of TypeScript find, in both copies", () => {
  bundled({
    "part.ts": `export interface Part { readonly at: import("./index.ts").Whole }`,
    "index.ts": `
      import type { Part } from "./part.ts";
      export type { Part };
      export interface Whole { readonly parts: readonly Part[] }
    `,
  });
  for (const copy of ["dist", "dist/cjs"]) {
    expect(read(`${copy}/part.d.ts`)).toContain('import("./index.js").Whole');
    expect(read(`${copy}/index.d.ts`)).toContain('import type { Part } from "./part.js";');
  }
  expect(JSON.parse(read("dist/cjs/package.json"))).toMatchObject({ type: "commonjs" });
});

test("a subpath has a folder for tools that do not read exports", () => {
  bundled({ "index.ts": `export const a = 1;`, "part.ts": `export const b = 2;` });
  const stub = JSON.parse(read("part/package.json")) as Record<string, string>;
  expect(stub).toEqual({
    type: "commonjs",
    main: "../dist/cjs/part.js",
    module: "../dist/part.js",
    types: "../dist/cjs/part.d.ts",
    sideEffects: false,
  });
  for (const field of ["main", "module", "types"]) read(join("part", stub[field]!));
  expect(existsSync(join(folder, "index"))).toBe(false);
});

test("the entry for a test runner keeps its effect, for bundlers too", () => {
  const files = bundled(
    {
      "index.ts": `export { a } from "./a.ts";`,
      "a.ts": `export const a = () => 1;`,
      "jest.ts": `export { a } from "./in-jest.ts";`,
      "in-jest.ts": `
        import { a } from "./a.ts";
        (globalThis as { done?: number }).done = a();
        export { a };
      `,
    },
    { entries: ["index.ts", "jest.ts"], sideEffects: ["./src/**/in-jest.ts"] },
  );
  expect(files.get("jest.js")).toContain("globalThis.done = a()");
  expect(read("dist/cjs/jest.js")).toContain("globalThis.done = a()");
  expect(JSON.parse(read("dist/cjs/package.json"))).toMatchObject({ sideEffects: ["./jest.js"] });
  expect(JSON.parse(read("jest/package.json"))).toMatchObject({ sideEffects: true });
});

test("a command is a program with the code of its package, and has no copy", () => {
  const files = bundled(
    {
      "index.ts": `export { greet } from "./greet.ts";`,
      "cli.ts": `#!/usr/bin/env node
import { main } from "./main.ts";

await main();
`,
      "main.ts": `
        import { greet } from "./greet.ts";
        declare const console: { log(text: string): void };
        export async function main(): Promise<void> { console.log(await greet()); }
      `,
      "greet.ts": `export async function greet(): Promise<string> { return "hello"; }`,
    },
    { entries: ["index.ts"], bin: { greet: "./dist/cli.js" } },
  );
  expect(files.get("cli.js")).toMatch(/^#!\/usr\/bin\/env node\nimport \{/);
  expect(files.get("cli.js")).not.toContain("hello");
  const program = join(folder, "dist/cli.js");
  const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
  expect([stdout, stderr]).toEqual(["hello\n", ""]);
  if (process.platform !== "win32") expect(statSync(program).mode & 0o111).toBe(0o111);
  for (const path of ["dist/cli.d.ts", "dist/cli.d.ts.map", "dist/cjs/cli.js", "dist/cjs/cli.d.ts"])
    expect(existsSync(join(folder, path))).toBe(false);
  expect(loadCopy("index.js")["greet"]).toBeTypeOf("function");
});

test.each(["./src/cli.ts", "dist/cli.js", "./dist/cjs/cli.js", "./dist/index.js"])(
  "a command at %s is refused",
  (path) => {
    const manifest = { exports: { ".": conditionsOf("index") }, bin: { greet: path } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    const { status, stderr } = run();
    expect(status).toBe(1);
    expect(stderr).toContain(`Cannot make a command: bin["greet"] is "${path}", expected`);
  },
);

test.each(["", { "@heapwise/source": "./src/part.ts" }])(
  "an entry that npm run manifests has not written is refused: %j",
  (target) => {
    const exports = { ".": conditionsOf("index"), "./part": target };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", exports }));
    const { status, stderr } = run();
    expect(status).toBe(1);
    expect(stderr).toContain(
      `Cannot bundle: exports["./part"] is ${JSON.stringify(target)}, expected the value that npm run manifests writes`,
    );
  },
);

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
  for (const name of files.keys()) {
    for (const copy of ["dist", "dist/cjs"]) {
      const code = read(`${copy}/${name}`);
      const [, url = ""] = /^\/\/# sourceMappingURL=(.*)$/m.exec(code) ?? [];
      const path = join(folder, copy, url);
      const payload = JSON.parse(readFileSync(path, "utf8")) as SourceMapPayload;
      const map = new SourceMap(payload);
      expect(payload.sourcesContent).toBeUndefined();
      for (const [line, text] of code.split("\n").entries()) {
        for (const marked of text.matchAll(/Math\.random|far\(\)|throw |new Error/g)) {
          const entry = map.findEntry(line, marked.index);
          if (!("originalSource" in entry)) throw new Error(`${name}:${line + 1} leads nowhere`);
          const source = readFileSync(join(dirname(path), entry.originalSource), "utf8");
          expect(source.split("\n")[entry.originalLine]).toContain(marked[0]);
          checked++;
        }
      }
    }
  }
  expect(checked).toBe(8);
});
