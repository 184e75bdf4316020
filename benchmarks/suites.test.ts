import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { SUITE_NAMES, SUITES } from "./suites.ts";

describe("the list of suites", () => {
  test("holds every folder with a suite, and each name is the name of a folder", () => {
    const here = new URL("./", import.meta.url);
    const folders = readdirSync(here).filter((name) =>
      existsSync(new URL(`${name}/suite.ts`, here)),
    );

    expect([...SUITE_NAMES].sort()).toEqual(folders.sort());
  });

  test.each(SUITES)("$name has a unique title, and an existing module", (suite) => {
    expect(SUITES.filter(({ title }) => title === suite.title)).toEqual([suite]);
    expect(existsSync(fileURLToPath(suite.module).replace(/\.js$/, ".ts"))).toBe(true);
  });
});
