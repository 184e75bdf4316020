import { describe, expect, test } from "vitest";
import { parseBytes } from "./parse-bytes.ts";

describe("parseBytes", () => {
  test.each([
    ["64mb", 64e6],
    ["1.5gib", 1.5 * 2 ** 30],
    [1024, 1024],
    ["10", 10],
    ["1 KiB", 1024],
    ["  2kB ", 2000],
    [".5kb", 500],
    ["3b", 3],
    ["1tb", 1e12],
    ["64b", 64],
    ["64B", 64],
    ["7k", 7e3],
    ["64m", 64e6],
    ["64M", 64e6],
    ["2g", 2e9],
    ["1t", 1e12],
    ["1ki", 2 ** 10],
    ["1Mi", 2 ** 20],
    ["1Gi", 2 ** 30],
    ["2Ti", 2 ** 41],
    ["1TIB", 2 ** 40],
    ["1.5gi", 1.5 * 2 ** 30],
    ["0.5Ki", 512],
    ["64 m", 64e6],
    ["\t1.k\n", 1000],
    // The product 1.001 * 1000 is less than 1001.
    ["1.001kb", 1001],
    ["0.000001m", 1],
    ["1.0009765625ki", 1025],
    ["1.0009k", 1000],
    [0, 0],
    [1.9, 1],
  ])("%j is %d bytes", (size, bytes) => {
    expect(parseBytes(size)).toBe(bytes);
  });

  test.each([
    ["", "mb", " ", "k", "Ki", "b", ".", ".k", "i"],
    ["1e3", "1e6", "1E6", "1e+6", "0x10", "0b1", "0o7", "Infinity", "NaN", "25%"],
    ["-1", "-1k", "+1k", "\u22121k", "1_000", "1,000", "1'000", "1.2.3mb", "1..k", "1,5gb"],
    [
      "64 parsecs",
      "64mbit",
      "64 m b",
      "64i",
      "64ib",
      "64bi",
      "64kk",
      "64bk",
      "64bb",
      "64pb",
      "6 4k",
    ],
    [
      "1mb 2mb",
      "1k1",
      "\uff11k",
      "\u0661k",
      "\u00b2",
      "64\u212a",
      "64k\u0131",
      "64\u0130b",
      "1k\0",
    ],
    ["10000t", "9007199254740992", "99999999gib", "1".repeat(400)],
    [NaN, -1, Infinity, -Infinity, 2 ** 53, -0.5],
  ])("a text that is not a size is a RangeError: %j, %j, %j, and so on", (...sizes) => {
    for (const size of sizes) expect(() => parseBytes(size), String(size)).toThrow(RangeError);
  });

  test("an error shows the size and names the forms", () => {
    const expected =
      `Cannot parse bytes: size is "1e6", expected bytes or a size such as ` +
      `'64mb', '64m', '1.5gib' or '1.5gi'`;
    expect(() => parseBytes("1e6")).toThrow(new RangeError(expected));
  });

  test("a long text is a RangeError at once", () => {
    for (const text of [`1${" ".repeat(1e6)}!`, `${"1".repeat(1e6)}!`, `.${"1".repeat(1e6)}!`]) {
      expect(() => parseBytes(text)).toThrow(RangeError);
    }
  });

  test("names of properties of an object are not units", () => {
    expect(() => parseBytes("1constructor")).toThrow(RangeError);
  });

  test("a value that is neither a number nor a string is a TypeError", () => {
    expect(() => parseBytes(undefined as never)).toThrow(TypeError);
    expect(() => parseBytes({ toString: () => "1mb" } as never)).toThrow(TypeError);
  });
});
