import { expect, test } from "vitest";
import { exportsOf, program } from "./program.ts";

test("imports see later assignments", async () => {
  const { exports } = await program({
    "a.mjs": "import { n, add } from './b.mjs'; export const before = n; add(); export { n };",
    "b.mjs": "export let n = 1; export const add = () => { n++; };",
  }).host.load("./a.mjs");
  expect(exports).toMatchObject({ before: 1, n: 2 });
});

test("a function of a module in a cycle can be called before the module runs", async () => {
  const exports = await exportsOf({
    "a.mjs": "import { value } from './b.mjs'; export { value }; export function f() { return 5; }",
    "b.mjs": "import { f } from './a.mjs'; export const value = f();",
  });
  expect(exports).toHaveProperty("value", 5);
});

test("modules with await run next to each other, and their importers after them", async () => {
  const exports = await exportsOf({
    "a.mjs":
      "import './b.mjs'; import './c.mjs'; import { log } from './log.mjs'; log.push('a'); export { log };",
    "b.mjs": "import { log } from './log.mjs'; log.push('b1'); await 0; log.push('b2');",
    "c.mjs": "import { log } from './log.mjs'; log.push('c');",
    "log.mjs": "export const log = [];",
  });
  expect(exports["log"]).toEqual(["b1", "c", "b2", "a"]);
});

test("unloaded ES modules are reclaimed", async () => {
  const { host } = program({
    "a.mjs": "import { f } from './b.mjs'; await 0; export const g = () => f();",
    "b.mjs": "import './a.mjs'; export const f = () => import.meta.url;",
  });
  await host.load("./a.mjs");
  expect(await host.unload("a.mjs")).toMatchObject({ reclaimed: "plainly" });
});
