import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { pathOf, printFile } from "../../src/paths/working-directory.ts";

it("a file inside the working directory is relative to it, and one outside is a path", () => {
  const inside = resolve("src", "a b.js");
  expect(printFile(inside)).toBe(join("src", "a b.js"));
  expect(printFile(pathToFileURL(inside).href)).toBe(join("src", "a b.js"));
  const outside = resolve("..", "elsewhere", "a.js");
  expect(printFile(pathToFileURL(outside).href)).toBe(outside);
});

it("a query is left out, as loaders make another one in each run", () => {
  expect(printFile(`${pathToFileURL(resolve("a.mjs")).href}?v=1`)).toBe("a.mjs");
  expect(printFile(`${resolve("a.ts")}?namespace=4a9110a2`)).toBe("a.ts");
});

it("an address that is no file stays as it is, and one with data is cut", () => {
  for (const address of ["node:fs", "https://example.com/a.js?v=1", "evalmachine.<anonymous>"]) {
    expect(printFile(address)).toBe(address);
    expect(pathOf(address)).toBeUndefined();
  }
  const data = printFile(`data:text/javascript,${"x".repeat(500)}`);
  expect(data).toMatch(/^data:text\/javascript,x+…$/);
  expect(data).toHaveLength(60);
  expect(printFile("data:text/javascript,%")).toBe("data:text/javascript,%");
});

it("a module that tsx put into an address has the name of its file", () => {
  const code = `__filename="${resolve("session.ts").replaceAll("\\", "/")}";(()=>{})()`;
  const printed = printFile(`data:text/javascript,${encodeURIComponent(code)}`);
  expect(printed).toMatch(/session\.ts$/);
});
