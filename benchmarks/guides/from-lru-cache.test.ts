import { readFileSync } from "node:fs";
import { LRUCache } from "lru-cache";
import { describe, expect, test } from "vitest";

const guide = readFileSync(new URL("../../docs/guides/from-lru-cache.md", import.meta.url), "utf8");
const firstCells = guide
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) => line.split(" | ")[0]!);

/** Options as the types of the installed version declare them. */
function optionNames(): string[] {
  const main = import.meta.resolve("lru-cache");
  const types = readFileSync(new URL(main.replace(/(?:\.min)?\.js$/, ".d.ts")), "utf8");
  const start = types.indexOf("interface OptionsBase<");
  const body = types.slice(start, types.indexOf("\n    }", start));
  return [...body.matchAll(/^ {8}(\w+)\??:/gm)].map(([, name]) => name!);
}

const members = [
  ...Object.getOwnPropertyNames(LRUCache.prototype),
  ...Object.getOwnPropertyNames(LRUCache),
].filter((name) => !["constructor", "length", "name", "prototype"].includes(name));

describe("the guide from lru-cache", () => {
  test("finds options and members in the types", () => {
    expect(optionNames()).toEqual(
      expect.arrayContaining(["max", "fetchMethod", "ignoreFetchAbort"]),
    );
    expect(members).toEqual(expect.arrayContaining(["getRemainingTTL", "unsafeExposeInternals"]));
  });

  test.each([...new Set([...optionNames(), ...members])])("has a row for %s", (name) => {
    expect(firstCells.some((cell) => new RegExp(`\`${name}\\b`).test(cell))).toBe(true);
  });
});
