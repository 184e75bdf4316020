import { expect, it } from "vitest";
import { LRUCache } from "../../src/index.ts";

it.each([
  [{ remeasure: "x" }, 'remeasure is "x", expected "onGet" or { ms }'],
  [{ remeasure: true }, 'remeasure is true, expected "onGet" or { ms }'],
  [{ remeasure: 5 }, 'remeasure is 5, expected "onGet" or { ms }'],
  [{ remeasure: null }, 'remeasure is null, expected "onGet" or { ms }'],
  [{ remeasure: () => 1 }, 'remeasure is a function, expected "onGet" or { ms }'],
  [{ detachTexts: "shallow" }, 'detachTexts is "shallow", expected true, false or "deep"'],
  [{ detachTexts: 1 }, 'detachTexts is 1, expected true, false or "deep"'],
  [{ detachTexts: null }, 'detachTexts is null, expected true, false or "deep"'],
])("%j is refused by name, with what is wanted", (options, text) => {
  const act = (): unknown => new LRUCache({ maxBytes: 1000, ...(options as object) });
  expect(act).toThrow(`Cannot create cache: ${text}`);
});
