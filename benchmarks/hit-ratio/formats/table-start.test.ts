import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readTrace } from "../read-trace.ts";
import type { ReadOptions } from "../trace-file.ts";
import { useTraceFolder } from "../trace-folder.ts";

const folder = useTraceFolder();

/** Ids and the line about the file, without the path. */
async function read(name: string, content: Uint8Array | string, options: ReadOptions = {}) {
  const path = folder.write(name, content);
  const { ids, understood } = await readTrace({ path, options });
  return { ids: [...ids], understood: understood.slice(`${path}: `.length) };
}

const TABLE = "time,url\n1,/a\n2,/b\n3,/a\n";

describe("lines before a table", () => {
  test.each([
    ["# exported on 2024-05-01\n", 1],
    ["# exported, on, 2024-05-01\n", 1],
    ["# exported, on\n", 1],
    ["#exported\n#by somebody\n", 2],
    ["# exported\n\n", 2],
    ["\n# exported\n \n# by somebody\n", 4],
    ['"# exported, by ""somebody"""\n', 1],
    ["// exported\n", 1],
    ["-- exported by psql, in May\n", 1],
    ["% exported\n", 1],
    ["; exported\n", 1],
    ["sep=,\n", 1],
    ["SEP=,\n# exported\n", 2],
    ["Requests of May 2024\n", 1],
    ["Requests of May 2024\n\n", 2],
    ["Requests of May 2024,\n", 1],
    ['"Requests of ""May"""\n', 1],
  ])("%j is not taken for the header", async (before, count) => {
    const blank = before.split("\n").filter((line) => line.trim() === "").length - 1;
    const reasons = [...(blank > 0 ? [`${blank} empty`] : []), `${count - blank} before the table`];
    const found = {
      ids: [0, 1, 0],
      understood: expect.stringMatching(/^CSV \(guessed\), key: column 2 "url"( \(guessed\))?; /),
    };

    for (const name of ["a.csv", "a.txt", "a"]) {
      const { ids, understood } = await read(name, before + TABLE);
      expect({ ids, understood }).toEqual(found);
      expect(understood).toContain(`3 requests, 2 different keys, ${count} line`);
      for (const reason of reasons) expect(understood).toContain(reason);
    }
    expect(await read("a.csv", before + TABLE, { column: "url" })).toEqual(found);
    expect((await read("a.csv", before + TABLE, { column: "1" })).ids).toEqual([0, 1, 2]);
    expect((await read("a.csv", before + TABLE, { format: "csv" })).ids).toEqual([0, 1, 0]);
    for (const end of ["\r\n", "\r"])
      expect((await read("a.csv", (before + TABLE).replaceAll("\n", end))).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv.gz", gzipSync(`\uFEFF${before}${TABLE}`))).ids).toEqual([0, 1, 0]);
    const quoted = before + TABLE.replace("/b", '"/b"');
    expect((await read("a.csv", quoted)).ids).toEqual([0, 1, 0]);
  });

  test("the separator line of Excel names the separator of the table", async () => {
    const text = "sep=;\r\nZeit;Produkt;Preis\r\n1;a,1;3,5\r\n2;b,1;3,5\r\n3;a,1;4,5\r\n";

    expect(await read("a.csv", text, { column: "Produkt" })).toEqual({
      ids: [0, 1, 0],
      understood:
        'CSV (guessed), key: column 2 "Produkt"; 3 requests, 2 different keys, 1 line skipped (1 before the table; line 1)',
    });
    expect((await read("a.csv", "sep=;\nkey;n\na,1;1\nb,1;1\na,1;1\n")).ids).toEqual([0, 1, 0]);
  });

  test("a table with tabs, with semicolons, and of one column", async () => {
    const tabs = `# exported\n${TABLE.replaceAll(",", "\t")}`;

    for (const name of ["a.tsv", "a.txt"])
      expect((await read(name, tabs)).understood).toContain('TSV (guessed), key: column 2 "url"');
    expect((await read("a.csv", `# a; b; c\n${TABLE.replaceAll(",", ";")}`)).ids).toEqual([
      0, 1, 0,
    ]);
    expect((await read("a.csv", "# keys\nkey\na\nb\na\n")).ids).toEqual([0, 1, 0]);
  });

  test("a table without a header", async () => {
    const rows = "1583990400,/a,get\n1583990401,/b,get\n1583990402,/a,get\n";

    for (const before of ["# exported\n", "Requests of May\n", "sep=,\n"])
      expect((await read("a.csv", before + rows)).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", `# exported\n${rows}`, { column: "1" })).ids).toEqual([0, 1, 2]);
  });

  test("a header after a mark is the header", async () => {
    const text = TABLE.replace("time", "#time");

    expect(await read("a.csv", text)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining("3 requests, 2 different keys, no line skipped"),
    });
    expect((await read("a.csv", text, { column: "time" })).ids).toEqual([0, 1, 2]);
    expect((await read("a.csv", "#who,what\nann,x\nbob,x\n", { column: "who" })).ids).toEqual([
      0, 1,
    ]);
    expect((await read("a.csv", `# exported\n# ${TABLE}`)).ids).toEqual([0, 1, 0]);
  });

  test("rows are not read as comments", async () => {
    const tags = "#a,1\n#b,2\n#a,3\n";

    expect((await read("a.csv", tags, { column: "1" })).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", "a,\nb,\na,\n", { column: "1" })).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", "#a\n#b\n#a\n")).ids).toEqual([0, 1, 0]);
    expect((await read("a.txt", "#a\n#b\n#a\n")).ids).toEqual([0, 1, 0]);
  });

  test("a header of more than one line, and a long one", async () => {
    const text = '"time\nof May",url\n1,/a\n2,/b\n3,/a\n';
    const names = Array.from({ length: 2_000 }, (_, i) => `column ${i}`).join(",");

    expect((await read("a.csv", text)).ids).toEqual([0, 1, 0]);
    expect((await read("a.csv", `# exported\n${text}`)).ids).toEqual([0, 1, 0]);
    const wide = `url,${names}\n${["/a", "/b", "/a"].map((key) => `${key},${names}\n`).join("")}`;
    expect((await read("a.csv", `# ${"x".repeat(1e4)}\n${wide}`)).ids).toEqual([0, 1, 0]);
  });

  test("a libCacheSim table", async () => {
    const text = "# exported\n# time, object, size\n1, 7, 10\n2, 8, 10\n3, 7, 10\n";

    expect(await read("a.csv", text)).toMatchObject({
      ids: [0, 1, 0],
      understood: expect.stringContaining("libCacheSim CSV (guessed)"),
    });
  });
});

describe("the header", () => {
  test.each([
    ["of pandas, whose index has no name", ",time,url\n0,1,/a\n1,2,/b\n2,3,/a\n"],
    ["with a separator at its end", "time,url,\n1,/a,\n2,/b,\n3,/a,\n"],
    ["of pandas with an index alone", ",term\n0,/a\n1,/b\n2,/a\n"],
  ])("%s", async (_, text) => {
    for (const name of ["a.csv", "a.csv.gz"]) {
      const content = name === "a.csv" ? text : gzipSync(text);
      expect((await read(name, content)).ids).toEqual([0, 1, 0]);
    }
  });

  test("an empty field in the first row does not make it a header", async () => {
    expect((await read("a.csv", ",/a\n5,/b\n6,/a\n", { column: "2" })).ids).toEqual([0, 1, 0]);
  });
});
