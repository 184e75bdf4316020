import { beforeAll, expect, test } from "vitest";
import { runProgram, type Output } from "./run-program.ts";

const canLinkNow = Number(process.versions.node.split(".")[0]) >= 22;

let output: Output<Record<string, unknown>>;
const resultOf = (name: string): unknown => output.result[name];

beforeAll(async () => {
  output = await runProgram("vm-module-program.ts");
}, 240_000);

test("modules of V8 have live bindings, also in a cycle", () => {
  expect(resultOf("live bindings in a cycle")).toEqual(["vm-module", 2, "[object Module]"]);
});

test("CommonJS, JSON and builtins are imported as Node does it", () => {
  expect(resultOf("interop")).toEqual({
    data: { x: 1 },
    keys: ["default", "one", "two"],
    one: 1,
    same: true,
    sep: "/",
    two: 2,
  });
});

test("JSON needs an import attribute", () => {
  expect(resultOf("JSON without an attribute")).toEqual([
    "link ERR_IMPORT_ATTRIBUTE_MISSING",
    "ERR_IMPORT_ATTRIBUTE_MISSING",
  ]);
});

test("import.meta has what Node gives, and hot", () => {
  expect(resultOf("import.meta")).toEqual({
    b: "file://ROOT/b.mjs",
    dirname: "ROOT",
    filename: "ROOT/a.mjs",
    hot: "function",
    keys: ["dirname", "filename", "resolve", "url", "hot"],
    url: "file://ROOT/a.mjs",
  });
});

test("import() gives the version that the module has, and errors of Node", () => {
  expect(resultOf("dynamic import")).toEqual([
    true,
    true,
    1,
    { c: 1 },
    "function",
    "ERR_MODULE_NOT_FOUND",
  ]);
});

test("modules with top-level await run in the order of the specification", () => {
  expect(resultOf("top-level await runs in order")).toEqual(["b1", "c1", "c2", "b2", "a"]);
});

test("errors name the module, the step, and the place", () => {
  expect(resultOf("errors")).toEqual([
    "compile: compile.mjs compile SyntaxError compile.mjs:2",
    "link: link.mjs link SyntaxError undefined",
    "deep: link.mjs link SyntaxError undefined",
    "resolve: ./nowhere.mjs resolve Error undefined",
    "evaluate: evaluate.mjs evaluate Error evaluate.mjs:3:9",
    "above: evaluate.mjs evaluate Error evaluate.mjs:3:9",
    "cjs: throws.cjs evaluate Error throws.cjs:1:7",
    "later: later.mjs evaluate TypeError later.mjs:1:19",
  ]);
});

test("after a failed load the next one runs the mended file", () => {
  const name = "a failed load leaves nothing, and a file that was mended loads";
  expect(resultOf(name)).toEqual(["evaluate Error: no", 1]);
});

test("a reload makes changed dependencies anew, shares the others, and hands data on", () => {
  expect(resultOf("reload shares what has not changed")).toEqual([{ n: 2 }, false, true, { n: 1 }]);
});

test("CommonJS requires an ES module that waits for nothing, if this Node can link at once", () => {
  expect(resultOf("require of an ES module")).toEqual(
    canLinkNow ? [1, "ERR_REQUIRE_ASYNC_MODULE"] : "ERR_REQUIRE_ESM",
  );
});

test("timers and listeners end with the module, and its own variables of such names stay", () => {
  expect(resultOf("globals are scoped")).toEqual(["plainly", 2, 0]);
});

test("columns of the first line are those of the text", () => {
  expect(resultOf("positions in the first line")).toBe("a.mjs:1:48");
});

test("types are removed", () => {
  expect(resultOf("TypeScript")).toBe(1);
});

test("what holds the code is named", () => {
  expect(resultOf("held code is named")).toEqual([false, true]);
});

test("nothing is written to the standard error", () => {
  expect(output.errors).toBe("");
});
