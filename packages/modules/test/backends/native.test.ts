import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ModuleHostEvents } from "@heapwise/modules";
import { expect, test } from "vitest";
import { Program } from "../lifecycle/program.ts";

test("an ES module is loaded by Node, and a reload makes another one", async () => {
  const program = new Program(
    {
      "a.mjs":
        "export let n = 1; export const add = () => ++n; export const { url } = import.meta;",
    },
    { backend: "native" },
  );
  const first = await program.host.load<{ n: number; add(): number; url: string }>("./a.mjs");
  expect(first.backend).toBe("native");
  expect(first.unloadable).toBe(false);
  first.exports.add();
  expect(first.exports.n).toBe(2);
  expect(Object.prototype.toString.call(first.exports)).toBe("[object Module]");
  expect(first.exports.url).toBe(pathToFileURL(join(program.root, "a.mjs")).href);
  program.write("a.mjs", "export const n = 10;");
  const second = await program.host.reload<{ n: number }>("a.mjs");
  expect([second.version, second.exports.n]).toEqual([2, 10]);
});

test("a module is not unloadable: the report, the zombies, and one event say so", async () => {
  const program = new Program({ "a.mjs": "export const n = 1;" }, { backend: "native" });
  const told: ModuleHostEvents["not-unloadable"][] = [];
  program.host.on("not-unloadable", (event) => void told.push(event));
  await program.host.load("./a.mjs");
  await program.host.reload("a.mjs");
  const report = await program.host.unload("a.mjs");
  expect(report.reclaimed).toBe(false);
  expect(report.retained.map(String).join()).toContain("module map of Node");
  expect(program.host.zombies().map(({ module }) => module)).toEqual(["a.mjs", "a.mjs"]);
  expect(told.map(({ module, version }) => `${module} ${version}`)).toEqual(["a.mjs 1"]);
  expect(told[0]!.reason).toContain("module map of Node");
});

test("CommonJS and JSON are required by Node, and a reload leaves its cache as it is", async () => {
  const program = new Program(
    { "a.cjs": "module.exports = { n: 1, self: module.filename };" },
    { backend: "native" },
  );
  program.writeText("b.json", '{"n":1}');
  const require = createRequire(join(program.root, "x.js"));
  const a = await program.host.load<{ n: number }>("./a.cjs");
  expect(a.exports).toBe(require("./a.cjs"));
  const b = await program.host.load("./b.json");
  expect(b.exports).toEqual({ n: 1 });
  program.write("a.cjs", "exports.n = 2;");
  program.writeText("b.json", '{"n":2}');
  expect((await program.host.reload("a.cjs")).exports).toEqual({ n: 2 });
  expect((await program.host.reload("b.json")).exports).toEqual({ n: 2 });
  expect(require("./a.cjs")).toHaveProperty("n", 1);
});

test("an error of Node names the step, and the next load runs the file again", async () => {
  const program = new Program(
    {
      "syntax.mjs": "export const = 1;",
      "syntax.cjs": "const = 1;",
      "link.mjs": "import { missing } from './a.mjs'; missing;",
      "resolve.mjs": "import './nowhere.mjs';",
      "throws.mjs": "JSON.parse('{');",
      "throws.cjs": "JSON.parse('{');",
      "a.mjs": "export const n = 1;",
    },
    { backend: "native" },
  );
  program.writeText("bad.json", "{");
  const phase = async (name: string): Promise<unknown> => {
    const error: unknown = await program.host.load(name).catch((reason: unknown) => reason);
    return (error as { phase?: unknown }).phase;
  };
  expect(await phase("./syntax.mjs")).toBe("compile");
  expect(await phase("./syntax.cjs")).toBe("compile");
  expect(await phase("./bad.json")).toBe("compile");
  expect(await phase("./link.mjs")).toBe("link");
  expect(await phase("./resolve.mjs")).toBe("resolve");
  expect(await phase("./throws.mjs")).toBe("evaluate");
  expect(await phase("./throws.cjs")).toBe("evaluate");
  program.write("syntax.mjs", "export const fine = 1;");
  program.write("throws.cjs", "exports.fine = 1;");
  expect((await program.host.load("./syntax.mjs")).exports).toHaveProperty("fine", 1);
  expect((await program.host.load("./throws.cjs")).exports).toHaveProperty("fine", 1);
});

test("two hosts of one process get copies of their own", async () => {
  const program = new Program({ "a.mjs": "export const own = {};" }, { backend: "native" });
  const first = await program.host.load<{ own: object }>("./a.mjs");
  const { ModuleHost } = await import("@heapwise/modules");
  await using other = new ModuleHost({ root: program.root, backend: "native" });
  const second = await other.load<{ own: object }>("./a.mjs");
  expect(second.exports.own).not.toBe(first.exports.own);
});
