import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { BASELINE, RIVALS } from "./adapters/catalogue.ts";
import { readOptions } from "./options.ts";
import { SUITE_NAMES, SUITES } from "./suites.ts";

const read = (...args: string[]): ReturnType<typeof readOptions> => readOptions(args, resolve("/"));

const NODE_SUITES = SUITES.filter(({ takesNodes }) => takesNodes).map(({ name }) => name);
const PICTURE_SUITES = SUITES.filter(({ picture }) => picture).map(({ name }) => name);

describe("options", () => {
  test("without any, every suite but designs runs against every rival", () => {
    expect(read()).toEqual({
      full: false,
      only: SUITE_NAMES.filter((name) => name !== "designs"),
      nodes: [],
      rivals: RIVALS.filter((name) => name !== BASELINE),
    });
  });

  test("designs run if everything is measured, or if they are named", () => {
    expect(read("--full")?.only).toEqual(SUITE_NAMES);
    expect(read("--only", "designs")?.only).toEqual(["designs"]);
  });

  test("suites and rivals may be repeated or separated with commas", () => {
    const options = read(
      "--only",
      "memory",
      "--only=gc,hit-ratio",
      "--rivals",
      "lru.min, mnemonist",
    );

    expect(options?.only).toEqual(["gc", "memory", "hit-ratio"]);
    expect(options?.rivals).toEqual(["mnemonist", "lru.min"]);
  });

  test("the baseline may be named and is always measured", () => {
    expect(read("--rivals", "lru-cache")?.rivals).toEqual([]);
  });

  test("json is printed, or written to a file in the folder of the command", () => {
    expect(read("--json")?.json).toBe(true);
    expect(read("--json", "out.json")?.json).toBe(resolve("/out.json"));
    expect(read("--json", import.meta.filename)?.json).toBe(import.meta.filename);
    expect(read("--json", "--full")).toMatchObject({ json: true, full: true });
  });

  test("files must be in existing folders", () => {
    const message = /expected a file in an existing folder/;
    expect(() => read("--json", "no/such/out.json")).toThrow(message);
    expect(() => read("--markdown", "no/such/out.md")).toThrow(message);
    expect(() => read("--markdown", import.meta.dirname)).toThrow(message);
  });

  test("pictures need the suites that have one, and a folder that exists or can be made", () => {
    const options = read("--images", import.meta.dirname);
    expect(options?.images).toBe(import.meta.dirname);
    expect(options?.only).toEqual(PICTURE_SUITES);
    expect(read("--images", "images", "--only", "memory,keys")?.only).toEqual(["keys", "memory"]);
    expect(read("--images", "images")?.images).toBe(resolve("/images"));
    expect(() => read("--images", "no/such/folder")).toThrow(/^Cannot write --images: /);
  });

  test("other Nodes are major versions, or paths relative to the folder of the command", () => {
    expect(read("--node", "a,/b/node,24")?.nodes).toEqual([resolve("/a"), "/b/node", "24"]);
    expect(read("--only", "keys", "--node=26")?.nodes).toEqual(["26"]);
  });

  test("paths of traces are relative to the folder of the command", () => {
    expect(read("--traces", "mine")?.traces).toBe(resolve("/mine"));
  });

  test.each([
    [["--only", "speed"], `Cannot read --only: "speed", expected ${SUITE_NAMES.join(", ")}`],
    [["--only", ","], `Cannot read --only: no name, expected ${SUITE_NAMES.join(", ")}`],
    [["--rivals", "lru"], `Cannot read --rivals: "lru", expected ${RIVALS.join(", ")}`],
    [
      ["--fast"],
      "Cannot read the command line: unknown option '--fast', expected the options that --help lists",
    ],
    [
      ["--only"],
      "Cannot read the command line: option '--only <suites>' argument missing, expected the options that --help lists",
    ],
    [
      ["--only", "gc,memory", "--traces", "mine"],
      "Cannot use --traces: gc, memory alone, expected hit-ratio too",
    ],
    [
      ["--only", "weak", "--node", "/b/node"],
      `Cannot use --node: weak alone, expected ${NODE_SUITES.join(" or ")} too`,
    ],
    [
      ["--images", "images", "--only", "keys"],
      `Cannot use --images: keys alone, expected ${PICTURE_SUITES.join(" or ")} too`,
    ],
    [
      ["--images", "images", "--traces", "mine"],
      "Cannot use --images: --traces is set too, expected one of them",
    ],
    [
      ["--images", "images", "--node", "24"],
      "Cannot use --images: --node is set too, expected one of them",
    ],
    [
      ["throughput"],
      'Cannot read the command line: "throughput" without an option, expected --trace FILE for a trace, or an option that --help lists',
    ],
    [
      ["--capacities", "10", "20", "30"],
      'Cannot read the command line: "20" without an option, expected --trace FILE for a trace, or an option that --help lists',
    ],
  ])("%j is an error", (args, message) => {
    expect(() => read(...args)).toThrow(new RangeError(message));
  });
});
