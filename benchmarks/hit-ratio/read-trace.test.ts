import { truncateSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readTrace, sizesOf } from "./read-trace.ts";
import { numbers, useTraceFolder } from "./trace-folder.ts";

const folder = useTraceFolder();

describe("numbers", () => {
  test("dense ids are kept as they are", async () => {
    const path = folder.write("a.u32.gz", gzipSync(numbers(0, 1, 0, 2, 1)));

    const trace = await readTrace({ path });

    expect([...trace.ids]).toEqual([0, 1, 0, 2, 1]);
    expect(trace.keys).toBe(3);
  });

  test("other ids are numbered by first appearance", async () => {
    const path = folder.write("a.u32", numbers(4_294_967_295, 7, 4_294_967_295, 0));

    const trace = await readTrace({ path });

    expect([...trace.ids]).toEqual([0, 1, 0, 2]);
    expect(trace.keys).toBe(3);
  });

  test("ids that stop being dense keep the numbers that they have", async () => {
    const path = folder.write("a.u32", numbers(0, 1, 0, 9, 2, 1, 9));

    const trace = await readTrace({ path });

    expect([...trace.ids]).toEqual([0, 1, 0, 2, 3, 1, 2]);
    expect(trace.keys).toBe(4);
  });

  test("a truncated gzip file is an error", async () => {
    const whole = gzipSync(numbers(...Array.from({ length: 1_000 }, (_, i) => i * i)));
    const path = folder.write("a.u32.gz", whole.subarray(0, whole.length / 2));

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: a truncated file, expected a whole gzip file`,
    );
  });

  test("a number that is cut off is an error", async () => {
    const path = folder.write("a.u32.gz", gzipSync(numbers(1, 2).subarray(0, 7)));

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: 7 bytes, expected little-endian 32-bit numbers, a multiple of 4 bytes`,
    );
  });

  test("a file that is not gzip is an error", async () => {
    const path = folder.write("a.u32.gz", "these are words");

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: incorrect header check, expected a whole gzip file`,
    );
  });

  test("an empty file is an error", async () => {
    const path = folder.write("a.u32.gz", "");

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: an empty file, expected at least one key`,
    );
  });

  test("an empty gzip file is an error", async () => {
    const path = folder.write("a.u32.gz", gzipSync(""));

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: no keys, expected at least one key`,
    );
  });

  test.each([
    ["a.u32", 4 * 2 ** 32, "4,294,967,296 requests"],
    ["a.oracleGeneral", 24 * 2 ** 33, "8,589,934,592 requests"],
  ])("%s with too many requests is refused by its size", async (name, size, found) => {
    const path = folder.write(name, numbers(0, 0, 0, 0, 0xffffffff, 0xffffffff));
    truncateSync(path, size);

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: ${found}, expected at most 4,294,967,295, as in a part of it`,
    );
  });
});

describe("text", () => {
  test("each line is a key", async () => {
    const path = folder.write("a.txt", "/home\n/about\r\n/home\n");

    const trace = await readTrace({ path });

    expect([...trace.ids]).toEqual([0, 1, 0]);
    expect(trace.keys).toBe(2);
  });

  test("the last line needs no end", async () => {
    const path = folder.write("a.txt.gz", gzipSync("x\ny"));

    expect([...(await readTrace({ path })).ids]).toEqual([0, 1]);
  });

  test("an empty line between keys is an error with its number", async () => {
    const path = folder.write("a.txt", "x\n\ny\n");

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: line 2 is empty, expected one key per line`,
    );
  });

  test("a file of one line end is an error", async () => {
    const path = folder.write("a.txt", "\n");

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: line 1 is empty, expected one key per line`,
    );
  });

  test.each(["x\ny\n\n", "x\ny\n\n\r\n \t\n", "x\r\ny\r\n\r\n", "x\ry\r\r"])(
    "empty lines at the end of %j are skipped and counted",
    async (text) => {
      const trace = await readTrace({ path: folder.write("a.txt", text) });

      expect([...trace.ids]).toEqual([0, 1]);
      expect(trace.understood).toMatch(
        /2 different keys, \d lines? skipped \(\d empty; .*line 3\)$/,
      );
    },
  );

  test("a binary file is an error", async () => {
    const path = folder.write("a.txt", numbers(1, 2, 3));

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: a binary file, expected text with one key per line`,
    );
  });

  test("a text that becomes binary late is an error", async () => {
    const path = folder.write("a.txt", `${"/a\n".repeat(100_000)}\0\n`);

    await expect(readTrace({ path })).rejects.toThrow(
      `Cannot read trace ${path}: a binary file, expected text with one key per line`,
    );
  });
});

describe("warnings", () => {
  async function warningsOf(name: string, text: string): Promise<string[]> {
    const { warnings } = await readTrace({ path: folder.write(name, text) });
    return warnings.map((warning) => warning.replace(folder.path, "…"));
  }

  test("a trace of different keys cannot hit", async () => {
    const lines = Array.from({ length: 3_000 }, (_, i) => `10:00:${i} GET /`).join("\n");

    expect(await warningsOf("a.txt", lines)).toEqual([
      "…/a.txt: all 3,000 requests have different keys, so no cache can hit: is the key a whole line? --column or --field names a part, --format the format",
    ]);
  });

  test("a few repeats make no difference", async () => {
    const lines = Array.from({ length: 3_000 }, (_, i) => `key ${Math.min(i, 2_990)}`).join("\n");

    const [warning] = await warningsOf("a.txt", lines);

    expect(warning).toMatch("2,991 different keys in 3,000 requests, so nearly no hits");
  });

  test("the advice names the column of a table, and the field of JSON lines", async () => {
    const rows = ["time,id", ...Array.from({ length: 20 }, (_, i) => `${i},${7 * i}`)].join("\n");
    const records = Array.from({ length: 20 }, (_, i) => `{"id":${i}}`).join("\n");

    expect(await warningsOf("a.csv", rows)).toEqual([expect.stringContaining("--column")]);
    expect(await warningsOf("a.jsonl", records)).toEqual([expect.stringContaining("--field")]);
  });

  test("a trace with one key says nothing", async () => {
    expect(await warningsOf("a.txt", "x\nx\nx\n")).toEqual([
      expect.stringContaining("…/a.txt: only one key in 3 requests"),
    ]);
  });

  test("a trace with repeats has no warning", async () => {
    expect(await warningsOf("a.txt", "x\ny\nx\n")).toEqual([]);
  });

  test("more lines skipped than read is a warning", async () => {
    const lines = `{"key":1}\n${'{"other":1}\n'.repeat(5)}{"key":1}\n{"key":2}\n`;

    expect(await warningsOf("a.jsonl", lines)).toEqual([
      "…/a.jsonl: more lines skipped than read: is this the right --format?",
    ]);
  });
});

test("the sizes depend on the number of keys by default", () => {
  expect(sizesOf({}, { keys: 20_000 })).toEqual([20, 200, 1_000, 2_000, 5_000]);
  expect(sizesOf({}, { keys: 300 })).toEqual([10, 15, 30, 75]);
});
