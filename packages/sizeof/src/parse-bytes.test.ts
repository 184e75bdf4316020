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
    [0, 0],
    [1.9, 1],
  ])("%j is %d bytes", (size, bytes) => {
    expect(parseBytes(size)).toBe(bytes);
  });

  test.each(["", "mb", "64 parsecs", "1e3", "-1", "1.2.3mb", "0x10", "25%", NaN, -1, Infinity])(
    "%j is refused",
    (size) => {
      expect(() => parseBytes(size)).toThrow(RangeError);
    },
  );

  test("the names of an object are no units", () => {
    expect(() => parseBytes("1constructor")).toThrow(RangeError);
  });

  test("what is neither number nor string is a TypeError", () => {
    expect(() => parseBytes(undefined as never)).toThrow(TypeError);
    expect(() => parseBytes({ toString: () => "1mb" } as never)).toThrow(TypeError);
  });
});
