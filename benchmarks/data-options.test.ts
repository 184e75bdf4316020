import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readOptions } from "./options.ts";

const read = (...args: string[]): ReturnType<typeof readOptions> => readOptions(args, resolve("/"));

describe("the user's own traces", () => {
  test("select the suite that replays them", () => {
    expect(read("--trace", "a.csv")?.only).toEqual(["hit-ratio"]);
    expect(read("--traces", "mine")?.only).toEqual(["hit-ratio"]);
    expect(read("--traces", "mine", "--full")?.only).toEqual(["hit-ratio"]);
    expect(read("--traces", "mine", "--only", "gc,hit-ratio")?.only).toEqual(["gc", "hit-ratio"]);
  });

  test("are files, in repeated options or one after the other, and a folder", () => {
    expect(read("--trace", "a.csv", "b,c.csv", "--trace=/d.csv")?.traceFiles).toEqual([
      resolve("/a.csv"),
      resolve("/b,c.csv"),
      resolve("/d.csv"),
    ]);
    expect(read("--traces", "mine", "--trace", "a.csv")).toMatchObject({
      traces: resolve("/mine"),
      traceFiles: [resolve("/a.csv")],
    });
  });

  test("have options for how to read them", () => {
    const options = [
      "--format",
      "CSV",
      "--column",
      "3",
      "--separator",
      ";",
      "--encoding",
      "Latin1",
    ];

    expect(read("--trace", "a", ...options)?.reading).toEqual({
      format: "csv",
      column: "3",
      separator: ";",
      encoding: "latin1",
    });
    expect(read("--trace", "a", "--field", "request.url")?.reading).toEqual({
      field: "request.url",
    });
    expect(read("--trace", "a")).not.toHaveProperty("reading");
  });

  test.each(["tab", "\\t", "\t"])("can have tabs between columns: %j", (text) => {
    expect(read("--trace", "a", "--separator", text)?.reading?.separator).toBe("\t");
  });

  test.each(["utf16", "UTF-16", "utf16le", "UTF-16LE"])("can be UTF-16: %s", (name) => {
    expect(read("--trace", "a", "--encoding", name)?.reading?.encoding).toBe("utf16le");
  });

  test("have options for the time of a miss and the sizes", () => {
    expect(read("--trace", "a", "--miss-cost", "2.5", "--capacities", "10, 200")).toMatchObject({
      missCostMs: 2.5,
      capacities: [10, 200],
    });
    expect(
      read("--trace", "a", "--capacities", "10", "--capacities", "16777216")?.capacities,
    ).toEqual([10, 2 ** 24]);
  });

  test("the report can be written to another folder", () => {
    expect(read("--report", "new")?.report).toBe(resolve("/new"));
    expect(() => read("--report", "no/such/folder")).toThrow("Cannot write --report");
    expect(() => read("--report", "")).toThrow("Cannot write --report");
    expect(() => read("--report", import.meta.filename)).toThrow("Cannot write --report");
  });

  const missing = "no data of your own, expected --trace FILE or --traces FOLDER too";
  const sizes = "expected whole numbers of entries from 1 to 16,777,216";
  test.each([
    [["--trace", ""], "Cannot read --trace: an empty argument, expected the path of a file"],
    [["--trace", "a", " "], "Cannot read --trace: an empty argument, expected the path of a file"],
    [["--traces", ""], "Cannot read --traces: an empty argument, expected the path of a folder"],
    [["--traces", "a", "--traces", "b"], 'Cannot read --traces: "a" and "b", expected one'],
    [["--trace", "a", "--only", "gc"], "Cannot use --trace: gc alone, expected hit-ratio too"],
    [["--traces", "a", "--only", "gc"], "Cannot use --traces: gc alone, expected hit-ratio too"],
    [["--format", "csv"], `Cannot use --format: ${missing}`],
    [["--column", "1"], `Cannot use --column: ${missing}`],
    [["--separator", ";"], `Cannot use --separator: ${missing}`],
    [["--field", "a"], `Cannot use --field: ${missing}`],
    [["--encoding", "utf8"], `Cannot use --encoding: ${missing}`],
    [["--miss-cost", "5"], `Cannot use --miss-cost: ${missing}`],
    [["--capacities", "5"], `Cannot use --capacities: ${missing}`],
    [["--only", "hit-ratio", "--miss-cost", "5"], `Cannot use --miss-cost: ${missing}`],
    [["--trace", "a", "--format", "xml"], 'Cannot read --format: "xml", expected lines, csv, tsv'],
    [["--trace", "a", "--format", ""], 'Cannot read --format: "", expected lines'],
    [["--trace", "a", "--column", ""], "Cannot read --column: an empty argument, expected"],
    [["--trace", "a", "--field", " "], "Cannot read --field: an empty argument, expected a name"],
    [
      ["--trace", "a", "--separator", ";;"],
      'Cannot read --separator: ";;", expected one character',
    ],
    [["--trace", "a", "--separator", ""], 'Cannot read --separator: "", expected one character'],
    [["--trace", "a", "--encoding", "koi8"], 'Cannot read --encoding: "koi8", expected utf8'],
    [["--trace", "a", "--miss-cost", "0"], 'Cannot read --miss-cost: "0", expected ms above 0'],
    [["--trace", "a", "--miss-cost", "-1"], 'Cannot read --miss-cost: "-1", expected ms above 0'],
    [["--trace", "a", "--miss-cost", "ten"], 'Cannot read --miss-cost: "ten", expected ms above 0'],
    [["--trace", "a", "--miss-cost", "20ms"], 'Cannot read --miss-cost: "20ms", expected ms'],
    [["--trace", "a", "--miss-cost", ""], 'Cannot read --miss-cost: "", expected ms above 0'],
    [["--trace", "a", "--miss-cost", "1e999"], 'Cannot read --miss-cost: "1e999", expected ms'],
    [["--trace", "a", "--capacities", "0"], `Cannot read --capacities: 0, ${sizes}`],
    [["--trace", "a", "--capacities", "-5"], `Cannot read --capacities: "-5", ${sizes}`],
    [["--trace", "a", "--capacities", "1.5"], `Cannot read --capacities: "1.5", ${sizes}`],
    [["--trace", "a", "--capacities", "1k"], `Cannot read --capacities: "1k", ${sizes}`],
    [["--trace", "a", "--capacities", "1e3"], `Cannot read --capacities: "1e3", ${sizes}`],
    [["--trace", "a", "--capacities", ""], `Cannot read --capacities: "", ${sizes}`],
    [["--trace", "a", "--capacities", "10,"], `Cannot read --capacities: "", ${sizes}`],
    [["--trace", "a", "--capacities", "16777217"], `Cannot read --capacities: 16777217, ${sizes}`],
    [
      ["--trace", "a", "--capacities", "20,10"],
      "Cannot read --capacities: 10 after 20, expected sizes in ascending order, each once",
    ],
    [
      ["--trace", "a", "--capacities", "20,20"],
      "Cannot read --capacities: 20 after 20, expected sizes in ascending order, each once",
    ],
    [["--node", ""], "Cannot read --node: no version, expected 24 or 26"],
  ])("%j is an error", (args, message) => {
    const fail = (): unknown => read(...args);

    expect(fail).toThrow(RangeError);
    expect(fail).toThrow(message);
    expect(fail).not.toThrow("\n");
  });
});
