import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listFindings, mapFindings } from "./tarball.ts";

const exports = { ".": {}, "./core": {}, "./package.json": {} };
const built = (name: string): string[] => [
  `dist/${name}.js`,
  `dist/${name}.js.map`,
  `dist/${name}.d.ts`,
  `dist/${name}.d.ts.map`,
  `dist/cjs/${name}.js`,
  `dist/cjs/${name}.d.ts`,
  `src/${name}.ts`,
];
const whole = [
  "LICENSE",
  "README.md",
  "package.json",
  "core/package.json",
  "dist/cjs/package.json",
  "dist/chunk-ABCD2345.js",
  "dist/chunk-ABCD2345.js.map",
  "dist/cjs/chunk-ABCD2345.js",
  ...["index", "core"].flatMap(built),
  "dist/store/slots.d.ts",
  "dist/cjs/store/slots.d.ts",
  "src/store/slots.ts",
];

describe("listFindings", () => {
  test("finds nothing in a complete tarball", () => {
    expect(listFindings(whole, exports)).toEqual([]);
  });

  test.each(["core/package.json", "dist/cjs/package.json", "dist/cjs/core.js", "src/index.ts"])(
    "misses %s",
    (path) => {
      const paths = whole.filter((each) => each !== path);
      expect(listFindings(paths, exports)).toContain(`${path} is absent`);
    },
  );

  test.each([
    "policies/package.json",
    "core/index.js",
    "dist/old.js",
    "dist/cjs/old.d.ts",
    "dist/cjs/core.js.map",
    "dist/cjs/store/package.json",
    "src/slots.test.ts",
    "tsconfig.json",
  ])("refuses %s", (path) => {
    expect(listFindings([...whole, path], exports)).toEqual([`${path} is stray`]);
  });
});

describe("listFindings of a package with a command", () => {
  const bin = { heapwise: "./dist/cli.js" };
  const command = ["dist/cli.js", "dist/cli.js.map", "src/cli.ts", "src/command/main.ts"];

  test("wants its source and its built file", () => {
    expect(listFindings([...whole, ...command], exports, bin)).toEqual([]);
    expect(listFindings(whole, exports, bin)).toEqual([
      "dist/cli.js is absent",
      "src/cli.ts is absent",
    ]);
  });

  test.each(["dist/cjs/cli.js", "dist/cli.d.ts", "dist/cjs/cli.d.ts"])(
    "refuses %s, which nothing could use",
    (path) => {
      expect(listFindings([...whole, ...command, path], exports, bin)).toEqual([
        `${path} is stray`,
      ]);
    },
  );
});

describe("mapFindings", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tarball-"));
    write("src/index.ts", "// One.\nexport class One {}\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  /** Writes a declaration and its map, which leads to a line of the source. */
  function declare(lines: string, fields: object = {}): void {
    write("dist/index.d.ts", `export declare class One {\n}\n//# sourceMappingURL=index.d.ts.map`);
    const sources = ["../src/index.ts"];
    const map = { version: 3, sources, names: [], mappings: lines, ...fields };
    write("dist/index.d.ts.map", JSON.stringify(map));
  }

  test("follows a map to the sources", () => {
    declare("AACA,qBAAa");
    expect(mapFindings(folder)).toEqual({ findings: [], places: 1 });
  });

  test("finds a map that leads to another place, or nowhere, or that has a copy of its sources", () => {
    declare("AAEA,qBAAa");
    expect(mapFindings(folder).findings).toEqual([
      "index.d.ts leads to another line than the line of One",
    ]);
    declare("AACA,qBAAa", { sources: ["../../src/index.ts"] });
    expect(mapFindings(folder).findings).toEqual(["index.d.ts has no ../../src/index.ts"]);
    declare("AACA,qBAAa", { sourcesContent: ["export class One {}"] });
    expect(mapFindings(folder).findings).toEqual([
      "index.d.ts has a map with a copy of its sources",
    ]);
    rmSync(join(folder, "dist/index.d.ts.map"));
    expect(mapFindings(folder).findings).toEqual(["index.d.ts has no map"]);
  });
});
