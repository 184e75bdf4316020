import { expect, test } from "vitest";
import { toCommonJs } from "./commonjs.ts";

/** Runs a file as CommonJS, and returns its exports. */
function run(code: string): Record<string, unknown> {
  const exports: Record<string, unknown> = {};
  new Function("exports", "require", code)(exports, () => ({}));
  return exports;
}

test.each([
  ["alone", "let live = 0;"],
  ["behind another one", "let other = 1, live = 0;"],
  ["on a later line of its statement", "let list = [\n  1\n], live = 0;"],
  ["in a pattern", "let { live } = { live: 0 };"],
  ["without a value", "let live;\nlive = 0;"],
])("an export that is assigned to is read each time, if it is declared %s", (_, declaration) => {
  const { code, live } = toCommonJs(
    `${declaration}\nconst count = () => ++live;\nexport {\n  count,\n  live as seen\n};\n`,
  );
  expect(live).toEqual(["seen"]);
  const copy = run(code);
  expect((copy["count"] as () => number)()).toBe(1);
  expect(copy["seen"]).toBe(1);
});

test.each([
  ["const", "const fixed = [\n  1\n], other = 2;"],
  ["const, joined to what is assigned to", "let other = 1, fixed = [\n  1\n];\nother = 2;"],
  ["function", "async function fixed() {\n}"],
  ["generator", "function* fixed() {\n}"],
  ["class", "class fixed {\n}"],
  ["name of an import", 'import { fixed } from "./part.js";'],
])("an export is a plain property, if it is declared as a %s", (_, declaration) => {
  const { code, live } = toCommonJs(
    `let mutable = { fixed: 1 };\n${declaration}\nmutable = 2;\nexport {\n  fixed\n};\n`,
  );
  expect(live).toEqual([]);
  expect(Object.getOwnPropertyDescriptor(run(code), "fixed")).toHaveProperty("value");
});

test.each(['import path from "node:path";\nexport {\n  path\n};\n', "await 1;\n"])(
  "a file that the copy cannot follow is refused: %j",
  (code) => {
    expect(() => toCommonJs(code)).toThrow(/Cannot copy a file as CommonJS/);
  },
);
