import { expect, test } from "vitest";
import { moduleOf, snippetsOf } from "./snippet.ts";

const page = [
  "# Page",
  "```ts",
  "const a = 1;",
  "```",
  "```ts fragment",
  "...",
  "```",
  "```sh",
  "npm ci",
  "```",
  " * ```ts",
  " * f(",
  " *   1);",
  " * ```",
].join("\n");

test("blocks fenced as ts are found with their lines", () => {
  expect(snippetsOf(page)).toEqual([
    { line: 2, lines: ["const a = 1;"] },
    { line: 11, lines: ["f(", "  1);"] },
  ]);
});

test("a block without an end is refused", () => {
  expect(() => snippetsOf("```ts\nx")).toThrow("Cannot read block: no end after line 1");
});

test("a line keeps its number in the module", () => {
  const [, second] = snippetsOf(page);

  expect(moduleOf(second!).split("\n")[11]).toBe("f(");
});

test.each([
  ["f(1); // => 2", "__equals((f(1)), 2);"],
  ["f(1) // => [1, 2]", "__equals((f(1)), [1, 2]);"],
  ["  await f(); // => undefined", "  __equals((await f()), undefined);"],
  ["console.log(f(1)); // => 2", "__equals((f(1)), 2);"],
  ["const a = f(1); // => 2", "const a = f(1); __equals(a, 2);"],
  ["let a: number = 1; // => 1", "let a: number = 1; __equals(a, 1);"],
  ["f(); // => throws RangeError", 'await __throws(async () => { f(); }, "RangeError");'],
  ["f(); // no assertion", "f(); // no assertion"],
])("%s", (line, expected) => {
  expect(moduleOf({ line: 1, lines: [line] }).split("\n")[1]).toBe(expected);
});
