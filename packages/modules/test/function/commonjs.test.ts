import { expect, test } from "vitest";
import { exportsOf, program } from "./program.ts";

test("module.hot and import.meta.hot are those of the version", async () => {
  const { host } = program({
    "a.cjs": "exports.hot = module.hot; exports.b = require('./b.mjs');",
    "b.mjs": "export const hot = import.meta.hot;",
  });
  const { exports } = await host.load<{ hot: object; b: { hot: object } }>("./a.cjs", {
    data: { seed: 1 },
  });
  expect(exports.hot).toMatchObject({ data: { seed: 1 } });
  expect(exports.b.hot).toHaveProperty("dispose");
  expect(exports.b.hot).not.toBe(exports.hot);
});

test("the arguments of a module are the five of Node", async () => {
  const exports = await exportsOf({
    "a.cjs": "exports.all = [...arguments].map((v) => typeof v);",
  });
  expect(exports["all"]).toEqual(["object", "function", "object", "string", "string"]);
});

test("an unloaded module cannot require or import", async () => {
  const { host } = program({
    "a.cjs":
      "exports.require = () => require('./b.cjs'); exports.import = () => import('./b.cjs'); exports.resolve = () => require.resolve('./b.cjs'); exports.module = module;",
    "b.cjs": "",
  });
  const { exports } = await host.load<{
    require(): void;
    import(): Promise<void>;
    resolve(): string;
    module: { children: unknown[]; parent: unknown; hot: unknown };
  }>("./a.cjs");
  exports.require();
  expect(exports.module.children).toHaveLength(1);
  await host.unload("a.cjs", { verify: false });
  expect(exports.require).toThrow("is unloaded");
  expect(exports.resolve).toThrow("is unloaded");
  await expect(exports.import()).rejects.toThrow("is unloaded");
  expect(exports.module).toMatchObject({ children: [], parent: undefined, hot: undefined });
});

test("a parent that is unloaded is let go of by its children", async () => {
  const { host } = program({
    "a.cjs": "exports.b = require('./b.cjs');",
    "c.cjs": "exports.b = require('./b.cjs');",
    "b.cjs": "exports.module = module;",
  });
  await host.load("./a.cjs");
  await host.load("./c.cjs");
  expect(await host.unload("a.cjs")).toMatchObject({ reclaimed: "plainly" });
  const { exports } = (await host.load("./c.cjs")) as { exports: { b: { module: object } } };
  expect(exports.b.module).toHaveProperty("parent", undefined);
});

test("import() is found in code, and left alone elsewhere", async () => {
  const { exports } = await program({
    "a.cjs": [
      "const o = { import(x) { return x; }, y: 1 };",
      "exports.text = 'import(1)' + `import(2) ${o.import('import(3)')}` + /import(4)/.source;",
      "exports.half = 8 / 2 / o.y; // import(5)",
      "class C { static import(x) { return x; } }",
      "exports.method = C.import (6);",
      "exports.found = import /* of */ ('./b.cjs');",
      "exports.nested = (x) => { if (x) /import\\(/.test('x'); return import('./b' + '.cjs'); };",
    ].join("\n"),
    "b.cjs": "exports.x = 'b';",
  }).host.load<{ found: Promise<unknown>; nested(x: boolean): Promise<unknown> }>("./a.cjs");
  expect(exports).toMatchObject({
    text: "import(1)import(2) import(3)import(4)",
    half: 4,
    method: 6,
  });
  expect(await exports.found).toHaveProperty("x", "b");
  expect(await exports.nested(true)).toHaveProperty("x", "b");
});

test("an ES module that a CommonJS module requires by a literal is transformed before", async () => {
  const exports = await exportsOf({
    "a.cjs": "exports.x = require('./b.mjs').x;",
    "b.mjs": "import { y } from './c.mjs'; export const x = y + 1;",
    "c.mjs": "export const y = 1;",
  });
  expect(exports).toHaveProperty("x", 2);
});
