import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { readSettings, type ModuleHostOptions } from "../host/options.ts";
import type { ModuleInstance } from "../instances/module-instance.ts";
import { Resolver } from "../resolution/resolver.ts";
import { canTransform, moduleSource, moduleSourceNow, type ModuleSource } from "./module-source.ts";

const root = mkdtempSync(join(tmpdir(), "heapwise-source-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const canStrip = "stripTypeScriptTypes" in nodeModule;

/** The code that is compiled for a file. */
async function sourceOf(
  name: string,
  text: string,
  options: ModuleHostOptions = {},
): Promise<ModuleSource> {
  const [instance, settings] = setUp(name, text, options);
  return await moduleSource(instance, settings);
}

function setUp(
  name: string,
  text: string,
  options: ModuleHostOptions = {},
): [ModuleInstance, ReturnType<typeof readSettings>] {
  writeFileSync(join(root, name), text);
  const settings = readSettings({ root, ...options });
  const spec = new Resolver(settings).resolve(`./${name}`, undefined, "import");
  return [{ spec, version: 1, digest: undefined } as ModuleInstance, settings];
}

test("CommonJS and JSON stay as they are, without a mark of their byte order", async () => {
  expect(await sourceOf("a.cjs", "\uFEFFexports.a = 1;")).toEqual({
    text: "exports.a = 1;",
    code: "exports.a = 1;",
  });
  expect((await sourceOf("a.json", "{}")).code).toBe("{}");
});

test("an ES module becomes a function body by the vite that is installed here", async () => {
  const { code } = await sourceOf("a.mjs", "import x from 'y';\nexport const z = x;");
  expect(code).toContain("__vite_ssr_import__");
  expect(code).toContain('__vite_ssr_exportName__("z"');
});

test("types are removed from CommonJS and ES modules, with enums too", async () => {
  const cjs = await sourceOf("a.cts", "const x: number = 1;\nexports.x = x as unknown;");
  expect(cjs.code).not.toContain("number");
  const { code } = await sourceOf("b.mts", "export enum E { A = 1 }\nexport const x: E = E.A;");
  expect(code).toContain("__vite_ssr_exportName__");
  expect(code).not.toContain("enum");
});

test("types are removed without a warning on the standard error", async () => {
  if (!canStrip) return;
  const emit = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const { code } = await sourceOf("c.cts", "let x: string;\nlet y = <T>(z: T): T => z;");
  expect(code).toMatch(/^let x {8};\nlet y = {4}\(z {3}\) {4}=> z;$/);
  expect(emit).not.toHaveBeenCalled();
  emit.mockRestore();
});

test("a transform of the user gets the text without types, and its result is checked", async () => {
  const seen: unknown[] = [];
  const transform = (source: string, context: object) => {
    seen.push(source, context);
    return { code: "body", map: '{"version":3}' };
  };
  expect(await sourceOf("d.mjs", "export {};", { transform })).toEqual({
    text: "export {};",
    code: "body",
    map: '{"version":3}',
  });
  expect(seen[1]).toMatchObject({ format: "module" });
  const bad = (made: unknown) =>
    sourceOf("d.mjs", "export {};", { transform: () => made as never });
  await expect(bad(null)).rejects.toMatchObject({
    phase: "transform",
    message: 'Cannot load module "d.mjs": transform returned null, expected { code }',
  });
  await expect(bad({ code: "", errors: [{ message: "Unexpected token" }] })).rejects.toThrow(
    "Unexpected token",
  );
});

test("a text that cannot be parsed fails in the phase transform, with the place", async () => {
  const failed = await sourceOf("e.mjs", "export const = 1;").catch((error: unknown) => error);
  expect(failed).toMatchObject({ phase: "transform", module: "e.mjs", version: 1 });
  expect((failed as Error).cause).toBeInstanceOf(Error);
});

test("without waiting, an ES module needs a transform that answers at once", () => {
  const transform = () => ({ code: "body" });
  expect(moduleSourceNow(...setUp("f.mjs", "export {};", { transform })).code).toBe("body");
  const late = async () => ({ code: "body" });
  expect(() => moduleSourceNow(...setUp("f.mjs", "export {};", { transform: late }))).toThrow(
    "expected import()",
  );
  expect(() => moduleSourceNow(...setUp("f.mjs", "export {};"))).toThrow("expected import()");
});

test("a missing file fails in the phase read", async () => {
  const [instance, settings] = setUp("g.cjs", "");
  rmSync(join(root, "g.cjs"));
  await expect(moduleSource(instance, settings)).rejects.toMatchObject({
    phase: "read",
    message: 'Cannot load module "g.cjs": the file does not exist, expected a readable file',
  });
  expect(() => moduleSourceNow(instance, settings)).toThrow("the file does not exist");
});

test("says whether ES modules can be transformed", () => {
  expect(canTransform(readSettings({ root }))).toBe(true);
  expect(canTransform(readSettings({ root, transform: () => ({ code: "" }) }))).toBe(true);
});
