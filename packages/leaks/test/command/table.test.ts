import { describe, expect, test } from "vitest";
import { nearest } from "../../src/command/nearest.ts";
import {
  cutMiddle,
  printByteChange,
  printBytes,
  printChange,
  printCount,
  tableOf,
} from "../../src/command/table.ts";
import { visible } from "../../src/paths/visible.ts";

describe("numbers", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [1_250_000_000, "1.3 GB"],
    [-2048, "-2.0 kB"],
    [5e15, "5000.0 TB"],
  ])("%d bytes are %s", (bytes, text) => {
    expect(printBytes(bytes)).toBe(text);
  });

  test("counts have commas, and changes have signs", () => {
    expect([0, 999, 1000, 1_234_567].map(printCount)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([0, 1000, -1000].map(printChange)).toEqual(["0", "+1,000", "-1,000"]);
    expect([0, 1000, -1000].map(printByteChange)).toEqual(["0 B", "+1.0 kB", "-1.0 kB"]);
  });
});

describe("names", () => {
  test("a long name is cut in the middle, between whole letters", () => {
    expect(cutMiddle("ABCDEFGHIJ", 10)).toBe("ABCDEFGHIJ");
    expect(cutMiddle("ABCDEFGHIJ", 6)).toBe("ABC…IJ");
    expect(cutMiddle("😀😀😀😀", 3)).toBe("😀…😀");
  });

  test("a terminal does not obey a name", () => {
    expect(visible("a\u001B[31m\n\u009B\u202Eb")).toBe("a\\x1b[31m\\x0a\\x9b\\u{202e}b");
  });

  test("a table has any number of rows", () => {
    const rows = Array.from({ length: 1_000_000 }, () => ["1", "Session"]);
    const lines = tableOf([{ title: "n" }, { title: "type", isName: true }], rows, 80);
    expect(lines).toHaveLength(1_000_001);
  });

  test("numbers stand at the right, and the name takes the rest of the line", () => {
    const columns = [{ title: "n" }, { title: "size" }, { title: "type", isName: true }];
    const rows = [
      ["1,000", "1 B", "A".repeat(30)],
      ["2", "10.0 kB", "Session"],
    ];
    expect(tableOf(columns, rows, 34)).toEqual([
      "    n     size  type",
      "1,000      1 B  AAAAAAAAA…AAAAAAAA",
      "    2  10.0 kB  Session",
    ]);
    expect(tableOf(columns, rows, Infinity)[1]).toContain("A".repeat(30));
    expect(tableOf(columns, rows, 1)[1]).toMatch(/ A+…A+$/);
  });
});

describe("nearest", () => {
  test.each([
    ["typs", "types"],
    ["tpyes", "types"],
    ["PATHS", "paths"],
    ["patsh", "paths"],
    ["d", undefined],
    ["heap", undefined],
    ["", undefined],
  ])("of %j is %j", (name, expected) => {
    expect(nearest(name, ["types", "paths", "diff"])).toBe(expected);
  });
});
