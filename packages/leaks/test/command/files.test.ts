import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./run-in-process.ts";
import { heapOf, tinySnapshot } from "./tiny-snapshot.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const before = (): string => at("before.heapsnapshot");
const after = (): string => at("after.heapsnapshot");
const later = (): string => at("later.heapsnapshot");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leaks-"));
  writeFileSync(before(), heapOf([101, 103]));
  writeFileSync(after(), heapOf([101, 105, 107, 109]));
  writeFileSync(later(), heapOf([101, 105, 107, 111]));
  writeFileSync(at("packed.heapsnapshot.gz"), gzipSync(heapOf([101, 103])));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The lines of the standard output of a command that ends well. */
async function linesOf(...args: readonly string[]): Promise<string[]> {
  const { code, out, err } = await run(args);
  expect([code, err]).toEqual([0, ""]);
  expect(out.endsWith("\n")).toBe(true);
  return out.slice(0, -1).split("\n");
}

async function jsonOf(...args: readonly string[]): Promise<unknown> {
  return JSON.parse((await linesOf(...args, "--json")).join("\n"));
}

/** The only line of the standard error output of a command that fails with 2. */
async function errorOf(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await run(args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/^heapwise-leaks: [^\n]+\n$/);
  return err.slice("heapwise-leaks: ".length, -1);
}

describe("types", () => {
  test("lists the types by what they retain", async () => {
    expect(await linesOf("types", before())).toEqual([
      "8 nodes, 3.2 kB, 7 types",
      "",
      "count  self size  retained  type",
      "    1        0 B    3.2 kB  (synthetic)",
      "    1      100 B    3.2 kB  global",
      "    1       40 B    3.1 kB  Cache",
      "    1     1.0 kB    3.0 kB  (array)",
      "    2     2.0 kB    2.0 kB  Session",
      "    1       64 B      64 B  (closure)",
      "    1       16 B      16 B  (string)",
    ]);
  });

  test("lists as many as asked for, in the order asked for, and says how many there are", async () => {
    expect(await linesOf("types", before(), "--by", "count", "--top", "1")).toEqual([
      "8 nodes, 3.2 kB, 7 types, of which 1 are shown (--top)",
      "",
      "count  self size  retained  type",
      "    2     2.0 kB    2.0 kB  Session",
    ]);
    const [, , , first] = await linesOf("types", before(), "--by=self");
    expect(first).toContain("Session");
    for (const word of ["self", "retained"]) {
      const lines = await linesOf("types", before(), "--by", word);
      expect(await linesOf("types", before(), "--by", `${word}Bytes`)).toEqual(lines);
    }
  });

  test("lists those whose names contain a text", async () => {
    const lines = await linesOf("types", before(), "--filter", "ESS");
    expect(lines).toEqual([
      '8 nodes, 3.2 kB, 1 type with "ESS"',
      "",
      "count  self size  retained  type",
      "    2     2.0 kB    2.0 kB  Session",
    ]);
    expect(await linesOf("types", before(), "--filter", "nothing")).toHaveLength(1);
  });

  test("prints JSON with exact numbers", async () => {
    expect(await jsonOf("types", before(), "--filter", "session")).toEqual({
      nodeCount: 8,
      edgeCount: 8,
      totalBytes: 3244,
      typeCount: 1,
      types: [{ type: "Session", count: 2, selfBytes: 2000, retainedBytes: 2000 }],
    });
  });

  test("reads packed files, and the standard input", async () => {
    const lines = await linesOf("types", before());
    expect(await linesOf("types", at("packed.heapsnapshot.gz"))).toEqual(lines);
    const { code, out } = await run(["types", "-"], { input: heapOf([101, 103]) });
    expect([code, out]).toEqual([0, `${lines.join("\n")}\n`]);
  });

  test("fits into the width of a terminal", async () => {
    const path = at("long.heapsnapshot");
    const long = { kind: "object", name: "A".repeat(99), id: 3, selfBytes: 8 };
    const root = { kind: "synthetic", name: "", id: 1, selfBytes: 0 };
    writeFileSync(path, tinySnapshot([{ ...root, edges: [["element", 1, 3]] }, long]));
    const { out } = await run(["types", path, "--by", "self"], {
      width: 50,
      env: { NO_COLOR: "1" },
    });
    const lines = out.split("\n");
    expect(lines[3]).toBe(`    1        8 B       8 B  ${"A".repeat(11)}…${"A".repeat(10)}`);
    expect(Math.max(...lines.map((line) => line.length))).toBe(50);
  });

  test("has colours on a terminal only, and none with NO_COLOR", async () => {
    const coloured = await run(["types", before()], { width: 80 });
    expect(coloured.out).toContain("\u001B[1mcount");
    const plain = await run(["types", before()], { width: 80, env: { NO_COLOR: "1" } });
    expect(plain.out).not.toContain("\u001B");
    expect((await run(["types", before()])).out).not.toContain("\u001B");
  });

  test("shows how far it is on a terminal only, and removes that line", async () => {
    const { out, err } = await run(["types", before()], { showsProgress: true });
    expect(out).toContain("8 nodes");
    const lines = err.split("\r\u001B[K");
    expect(lines[1]).toMatch(/^Reading before\.heapsnapshot: \d+ % of [\d.]+ kB$/);
    expect([lines[0], lines.at(-1)]).toEqual(["", ""]);
    expect((await run(["types", before()])).err).toBe("");
  });
});

describe("paths", () => {
  test("prints what keeps the objects of a type, once for all that are kept alike", async () => {
    const lines = await linesOf("paths", after(), "--type", "Session");
    expect(lines.slice(0, 3)).toEqual(["Session: 4 objects", "", "1. other, 4 of 4 (@101)"]);
    expect(lines.slice(3).join("\n")).toMatch(
      /^ {3}other: global\b[^]+\.cache → Cache\n.* → Session$/,
    );
  });

  test("looks at one object by its id", async () => {
    const lines = await linesOf("paths", before(), "@11", "--count", "1");
    expect(lines.slice(0, 3)).toEqual(["(string) @11, retains 16 B", "", "1. other (@11)"]);
    expect(lines.at(-1)).toContain(".user");
  });

  test("prints no character of a name that a terminal would obey", async () => {
    const evil = "\u001B[2J\u009B31m\u202E\u{E0001}\nx";
    const nodes = [
      { kind: "synthetic", name: "", id: 1, selfBytes: 0, edges: [["element", 1, 3]] as const },
      { kind: "object", name: "global", id: 3, selfBytes: 8, edges: [["property", evil, 5]] },
      { kind: "object", name: evil, id: 5, selfBytes: 8, edges: [["property", evil, 7]] },
      { kind: "object", name: evil.repeat(100), id: 7, selfBytes: 8 },
    ] as const;
    writeFileSync(at("evil.heapsnapshot"), tinySnapshot(nodes));
    for (const words of [["@7"], ["@5"], ["--type", evil], ["--type", evil, "--json"]]) {
      const showsProgress = true;
      const args = ["paths", at("evil.heapsnapshot"), ...words];
      const { code, out, err } = await run(args, { showsProgress });
      expect(code).toBe(0);
      expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(err.replaceAll("\r\u001B[K", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      if (words.includes("--json")) expect(JSON.parse(out)).toMatchObject({ name: evil });
      else for (const line of out.split("\n")) expect(line.length).toBeLessThan(400);
    }
  });

  test("looks at as many objects as asked for, and says that there are more", async () => {
    const ids = Array.from({ length: 30 }, (_, i) => 101 + 2 * i);
    writeFileSync(at("many.heapsnapshot"), heapOf(ids));
    const args = ["paths", at("many.heapsnapshot"), "--type", "Session"];
    expect((await linesOf(...args))[0]).toBe(
      "Session: 30 objects, of which 10 are looked at (--sample)",
    );
    expect((await linesOf(...args, "--sample", "20"))[0]).toContain("20 are looked at (--sample)");
    const [head, , title] = await linesOf(...args, "--sample", "50");
    expect([head, title]).toEqual(["Session: 30 objects", "1. other, 30 of 30 (@101)"]);
    expect(await jsonOf(...args, "--sample", "3")).toMatchObject({ count: 30, sampled: 3 });
    expect(await errorOf(...args, "--sample", "0")).toContain("expected an integer from 1");
  });

  test("prints JSON with the steps", async () => {
    expect(await jsonOf("paths", before(), "--type", "Session")).toMatchObject({
      name: "Session",
      count: 2,
      sampled: 2,
      holders: [
        {
          root: "other",
          count: 2,
          id: 101,
          steps: [{ node: "global" }, { edge: ".cache", node: "Cache", id: 5 }, { id: 101 }],
        },
      ],
    });
  });

  test("names the nearest type, or the id, if there is no such object", async () => {
    expect(await errorOf("paths", before(), "--type", "Sesion")).toBe(
      "Cannot find Sesion: no object has this type, expected Session",
    );
    expect(await errorOf("paths", before(), "--type", "Zebra")).toContain("expected a type that");
    expect(await errorOf("paths", before(), "@4")).toContain("no node @4");
    const both = "Cannot choose objects: expected either --type NAME or one @ID";
    expect(await errorOf("paths", before())).toBe(both);
    expect(await errorOf("paths", before(), "@3", "--type", "Session")).toBe(both);
    expect(await errorOf("paths", before(), "@3", "@5")).toBe(both);
  });
});

describe("diff", () => {
  test("prints what two snapshots differ in", async () => {
    expect(await linesOf("diff", before(), after())).toEqual([
      "+2.0 kB: 3.2 kB before, 5.2 kB after",
      "",
      "added  removed  change     size  type",
      "    3        1      +2  +2.0 kB  Session",
    ]);
    expect(await jsonOf("diff", after(), before())).toEqual({
      nodes: -2,
      bytes: -2000,
      typeCount: 1,
      types: [{ type: "Session", added: 1, removed: 3, bytes: -2000 }],
    });
    expect(await linesOf("diff", before(), before())).toEqual(["0 B: 3.2 kB before, 3.2 kB after"]);
  });

  test("prints classes before the engine's kinds, and no type with as many objects as before", async () => {
    const root = { kind: "synthetic", name: "", id: 1, selfBytes: 0 };
    const kept = { kind: "object", name: "Kept", id: 3, selfBytes: 8 };
    const [small, large] = [at("few.heapsnapshot"), at("more.heapsnapshot")];
    writeFileSync(small, tinySnapshot([root, kept, { ...kept, id: 5, name: "Swapped" }]));
    const grown = [
      { kind: "array", name: "", id: 7, selfBytes: 999 },
      { kind: "object", name: "Added", id: 9, selfBytes: 8 },
      { kind: "object", name: "Swapped", id: 11, selfBytes: 800 },
    ];
    writeFileSync(large, tinySnapshot([root, kept, ...grown]));
    expect(await linesOf("diff", small, large)).toEqual([
      "+1.8 kB: 16 B before, 1.8 kB after",
      "",
      "added  removed  change    size  type",
      "    1        0      +1    +8 B  Added",
      "    1        0      +1  +999 B  (array)",
    ]);
    const { types } = (await jsonOf("diff", small, large)) as { types: { type: string }[] };
    expect(types.map(({ type }) => type)).toEqual(["(array)", "Swapped", "Added"]);
  });

  test("warns of snapshots of different processes, in which other objects have the same ids", async () => {
    const other = at("other.heapsnapshot");
    writeFileSync(other, heapOf([101, 103]).replaceAll('"Session"', '"Request"'));
    const { code, err } = await run(["diff", before(), other]);
    expect(code).toBe(0);
    expect(err).toBe(
      `Warning: ${before()} and ${other} seem to be of different processes, ` +
        "as the same ids are of different objects.\n",
    );
    expect((await run(["diff", before(), after(), other])).err).toContain(
      `${after()} and ${other}`,
    );
  });

  test("of three snapshots prints what was made between the first two and is still alive", async () => {
    expect(await linesOf("diff", before(), after(), later())).toEqual([
      "2 nodes made between the first two that the last one still has",
      "",
      "count    size  one of them  type",
      "    2  2.0 kB         @105  Session",
    ]);
    expect(await jsonOf("diff", before(), after(), later())).toEqual({
      typeCount: 1,
      types: [{ type: "Session", count: 2, bytes: 2000, sample: 105 }],
    });
  });

  test("exits with 1 if a class grew by as much as is minded", async () => {
    const codeOf = async (...args: readonly string[]): Promise<number> =>
      (await run(["diff", ...args, "--fail-on-growth"])).code;
    expect(await codeOf(before(), after())).toBe(1);
    expect(await codeOf(before(), after(), "--at-least", "3")).toBe(0);
    expect(await codeOf(before(), after(), "--filter", "Cache")).toBe(0);
    expect(await codeOf(after(), before())).toBe(0);
    expect(await codeOf(before(), after(), later())).toBe(1);
    expect(await codeOf(before(), after(), later(), "--at-least", "3")).toBe(0);
    const { out, err } = await run(["diff", before(), after(), "--fail-on-growth", "--json"]);
    expect(err).toBe("heapwise-leaks: Session (+2) grew\n");
    expect(JSON.parse(out)).toMatchObject({ nodes: 2 });
  });

  test("the engine's own kinds are no growth that fails", async () => {
    const root = { kind: "synthetic", name: "", id: 1, selfBytes: 0 };
    const code = { kind: "code", name: "", id: 3, selfBytes: 8 };
    const [small, large] = [at("small.heapsnapshot"), at("large.heapsnapshot")];
    writeFileSync(small, tinySnapshot([root]));
    writeFileSync(large, tinySnapshot([{ ...root, edges: [["element", 1, 3]] }, code]));
    expect(await run(["diff", small, large, "--fail-on-growth"])).toMatchObject({ code: 0 });
  });
});

describe("show", () => {
  test.each([
    [".html", /^<!doctype html>/],
    [".dot", /^digraph /],
    [".GV", /^digraph /],
    [".mmd", /^flowchart /],
    [".md", /^```mermaid\nflowchart [^`]+\n```\n$/],
  ])("draws as %s", async (ending, expected) => {
    const out = at(`picture${ending}`);
    const [line] = await linesOf("show", before(), "--type", "Session", "--out", out);
    const text = readFileSync(out, "utf8");
    expect(line!.startsWith(`${out}: `)).toBe(true);
    expect(line!.endsWith(", @101 @103")).toBe(true);
    expect(text).toMatch(expected);
    expect(text).toContain("Session");
  });

  test("passes its options on", async () => {
    const out = at("small.dot");
    await linesOf("show", before(), "--type=Session", "--out", out, "--count=1", "--depth=0");
    expect(readFileSync(out, "utf8")).not.toContain("Cache");
    const args = ["show", before(), "@101", "--out", out, "--direction", "references"];
    expect(await jsonOf(...args)).toMatchObject({ out, ids: [101] });
    expect(readFileSync(out, "utf8")).toContain(".user");
  });

  test("says what is wrong with its path before it reads", async () => {
    const endings = "a path that ends in .html, .dot, .gv, .mmd, .md";
    expect(await errorOf("show", "absent", "@1")).toBe(
      `Cannot draw: --out is absent, expected ${endings}`,
    );
    expect(await errorOf("show", "absent", "@1", "--out", "a.png")).toBe(
      `Cannot draw a.png: expected ${endings}`,
    );
    const out = at("absent/a.dot");
    expect(await errorOf("show", before(), "@101", "--out", out)).toContain(
      `Cannot write ${out}: ENOENT`,
    );
  });
});

describe("files that cannot be read", () => {
  test.each([
    ["absent", undefined, "there is no such file, expected a heap snapshot"],
    ["empty", "", ""],
    ["foreign", '{"nodes":[],"startTime":1,"endTime":2}', ""],
    ["text", "no snapshot at all", ""],
    ["truncated", heapOf([101]).slice(0, 500), ""],
    ["damaged", heapOf([101]).replace('"nodes":[', '"nodes":[x'), ""],
  ])("%s", async (name, text, expected) => {
    const path = at(`${name}.heapsnapshot`);
    if (text !== undefined) writeFileSync(path, text);
    const error = await errorOf("types", path);
    expect(error.startsWith(`Cannot read ${path}: ${expected}`)).toBe(true);
    expect(error).not.toContain("Cannot read heap snapshot");
  });

  test("a folder, a packed file that is cut, and a broken standard input", async () => {
    expect(await errorOf("types", folder)).toBe(
      `Cannot read ${folder}: it is a folder, expected a heap snapshot`,
    );
    const cut = at("cut.heapsnapshot.gz");
    writeFileSync(cut, gzipSync(heapOf([101, 103])).subarray(0, 200));
    expect(await errorOf("types", cut)).toContain(`Cannot read ${cut}: `);
    expect(await errorOf("types", "-")).toContain("Cannot read standard input: ");
  });
});
