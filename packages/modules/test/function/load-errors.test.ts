import { ModuleLoadError } from "@heapwise/modules";
import { expect, test } from "vitest";
import { program } from "./program.ts";

async function failure(files: Readonly<Record<string, string>>): Promise<ModuleLoadError> {
  const { host } = program(files);
  const error: unknown = await host.load(`./${Object.keys(files)[0]!}`).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ModuleLoadError);
  return error as ModuleLoadError;
}

test("an error of a dependency names that module, its version, and the place", async () => {
  const error = await failure({
    "a.mjs": "import './b.cjs';",
    "b.cjs": "require('./lib/c.cjs');",
    "lib/c.cjs": "\n\n  null.x;",
  });
  expect(error).toMatchObject({ module: "lib/c.cjs", version: 1, phase: "evaluate" });
  expect(error.message).toMatch(
    /^Cannot load module "lib\/c\.cjs": TypeError: .*\(lib\/c\.cjs:3:8\)$/,
  );
  expect((error.cause as Error).stack).toContain("c.cjs:3:8");
});

test("the stack of an error in an ES module has the lines and columns of the file", async () => {
  const text = [
    "import {",
    "  f,",
    "  Base,",
    "} from './b.mjs';",
    "export class K extends Base {}",
    "const list = [f, f]; /* f */ list[0](f, () => {",
    "  const own = f; throw new Error('bad');",
    "});",
  ].join("\n");
  const error = await failure({
    "a.mjs": text,
    "b.mjs": "export const f = (x, run) => run(); export class Base {}",
  });
  expect(error.message).toBe('Cannot load module "a.mjs": Error: bad (a.mjs:7:24)');
  const stack = (error.cause as Error).stack!.split("\n");
  expect(stack.filter((line) => line.includes("a.mjs")).map((l) => /:\d+:\d+/.exec(l)![0])).toEqual(
    [":7:24", ":6:37"],
  );
});

test("a later error has the line of the file", async () => {
  const { host } = program({
    "a.mjs": "import {\n  f\n} from './b.mjs';\nexport function late() {\n  return f();\n}",
    "b.mjs": "\n\nexport const f = () => {\n  throw new Error('late');\n};",
  });
  const { exports } = await host.load<{ late(): void }>("./a.mjs");
  const prepare = Error.prepareStackTrace;
  Reflect.set(Error, "prepareStackTrace", undefined);
  try {
    expect(exports.late).toThrow("late");
    const error = (() => {
      try {
        exports.late();
      } catch (found) {
        return found as Error;
      }
      return undefined;
    })();
    expect(error!.stack).toMatch(/b\.mjs:4:9\)?\n.*a\.mjs:5:\d+/);
  } finally {
    Error.prepareStackTrace = prepare;
  }
});

test.each([
  ["the first line of CommonJS", { "a.cjs": "let x = ;" }, "a.cjs:1:9"],
  ["the end of CommonJS", { "a.cjs": "let x = 1;\n}" }, "a.cjs:2:1"],
  ["an end that is missing", { "a.cjs": "if (1) {\n  foo();\n" }, "a.cjs:3:1"],
  ["an escape", { "a.cjs": "f(); }, g(), function () {" }, "a.cjs:1:6"],
  ["a declaration over an escape", { "a.cjs": "f(); } g(); function h() {" }, "a.cjs:1:6"],
  ["two declarations", { "a.mjs": "import './b.mjs';\nlet x;\nlet x;", "b.mjs": "" }, "a.mjs:3:5"],
])("a syntax error in %s has its place", async (_, files, place) => {
  const error = await failure(files);
  expect(error.cause).toBeInstanceOf(SyntaxError);
  expect(error).toMatchObject({ phase: "compile", module: place.split(":")[0] });
  expect(error.message).toContain(`(${place})`);
});

test("what the transform refuses has its place", async () => {
  const error = await failure({ "a.mjs": "import './b.mjs';\nlet x = ;", "b.mjs": "" });
  expect(error).toMatchObject({ phase: "transform", module: "a.mjs" });
  expect(error.cause).toBeInstanceOf(SyntaxError);
  expect(error.message).toContain("(a.mjs:2:9)");
});

test("a missing import is an error of the phase link, and nothing has run", async () => {
  const error = await failure({
    "a.mjs": "import { x } from './b.mjs'; globalThis.hasRun = true;",
    "b.mjs": "globalThis.hasRun = true;",
  });
  expect(error).toMatchObject({ phase: "link", module: "a.mjs", version: 1 });
  expect(globalThis).not.toHaveProperty("hasRun");
});

test("JSON that cannot be parsed names its file", async () => {
  const error = await failure({ "a.json": "{ x" });
  expect(error).toMatchObject({ phase: "compile", module: "a.json" });
  expect(error.cause).toBeInstanceOf(SyntaxError);
});

test("a module that throws what is no error is named", async () => {
  const error = await failure({ "a.mjs": "throw 'text';" });
  expect(error).toMatchObject({ phase: "evaluate", module: "a.mjs", cause: "text" });
});

test("after a failed load the next one runs the module again", async () => {
  for (const file of ["a.mjs", "a.cjs"]) {
    const { host, write } = program({ [file]: "throw new Error('bad');" });
    await expect(host.load(`./${file}`)).rejects.toThrow("bad");
    write(file, "globalThis.ok = 1; delete globalThis.ok;");
    await expect(host.load(`./${file}`)).resolves.toMatchObject({ state: "active" });
  }
});
