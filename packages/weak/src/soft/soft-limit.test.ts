import { describe, expect, it } from "vitest";
import { readSoftLimit, type SoftLimit } from "./soft-limit.ts";

const MB = 1e6;
const HEAP = {
  used_heap_size: 100 * MB,
  heap_size_limit: 4000 * MB,
  external_memory: 50 * MB,
};

describe("A soft limit", () => {
  it.each<[SoftLimit, number]>([
    ["512mb", 512e6],
    ["512 MB", 512e6],
    ["64m", 64e6],
    ["64M", 64e6],
    ["1g", 1e9],
    ["1Gi", 2 ** 30],
    ["1gi", 2 ** 30],
    ["1.5gib", 1.5 * 2 ** 30],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["600000kb", 600e6],
    [" 512mb ", 512e6],
    ["512000000", 512e6],
    ["512000000b", 512e6],
    ["0.5tb", 0.5e12],
    [512e6, 512e6],
    [512e6 + 0.5, 512e6],
    [2, 2],
    ["5", 5],
  ])("of %s is bytes of heap and buffers", (softLimit, bytes) => {
    const { used, limit, end } = readSoftLimit(softLimit)(HEAP);
    expect([used, limit]).toEqual([150 * MB, bytes]);
    expect(end).toBe(Math.max(bytes, Math.min(HEAP.heap_size_limit, bytes * 1.25)));
  });

  it.each([
    ["70%", 2800],
    ["100%", 4000],
    ["0.5%", 20],
    ["62.5%", 2500],
    [" 50 % ", 2000],
  ])("of %s is a part of the heap's limit, buffers apart", (softLimit, megabytes) => {
    const { used, limit, end } = readSoftLimit(softLimit)(HEAP);
    expect([used, Math.round(limit), end]).toEqual([100 * MB, megabytes * MB, 4000 * MB]);
  });

  it.each([
    "0mb",
    "0",
    "0%",
    "1b",
    "120%",
    "100.5%",
    "-5%",
    "-5mb",
    "half",
    "",
    "%",
    "5%%",
    "50%mb",
    "1e6",
    "1_000",
    "1,000",
    "64mbb",
    "64 m b",
    "1e3mb",
    "9999999tb",
    0,
    1,
    0.7,
    -5,
    NaN,
    Infinity,
  ])("of %s is a RangeError that names it", (softLimit) => {
    const found = typeof softLimit === "string" ? `"${softLimit}"` : String(softLimit);
    expect(() => readSoftLimit(softLimit)).toThrow(RangeError);
    expect(() => readSoftLimit(softLimit)).toThrow(
      `Cannot create cache: softLimit is ${found}, expected `,
    );
  });

  it.each([
    ["0%", "expected at least 1 byte"],
    ["120%", "or a part of the memory such as '25%'"],
    ["100.5%", "or a part of the memory such as '25%'"],
    [0.7, "expected at least 1 byte"],
    [1, "expected at least 2 bytes"],
  ])("of %s is refused with what is wrong", (softLimit, wanted) => {
    expect(() => readSoftLimit(softLimit)).toThrow(wanted);
  });

  it.each([true, null, {}, [], 5n, Symbol("s"), () => 5])("is not %s", (softLimit) => {
    expect(() => readSoftLimit(softLimit as never)).toThrow(TypeError);
  });
});
