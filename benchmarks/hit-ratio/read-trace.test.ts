import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { PACKAGE_FOLDER } from "../package-folder.ts";
import { listTraces, readTrace, sizesOf } from "./read-trace.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "traces-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function numbers(...ids: number[]): Buffer {
  const bytes = Buffer.alloc(4 * ids.length);
  ids.forEach((id, i) => bytes.writeUInt32LE(id, 4 * i));
  return bytes;
}

describe("numbers", () => {
  test("dense ids are kept as they are", () => {
    const path = write("a.u32.gz", gzipSync(numbers(0, 1, 0, 2, 1)));

    const trace = readTrace({ path });

    expect([...trace.ids]).toEqual([0, 1, 0, 2, 1]);
    expect(trace.keys).toBe(3);
  });

  test("other ids are numbered by first appearance", () => {
    const path = write("a.u32", numbers(4_294_967_295, 7, 4_294_967_295, 0));

    const trace = readTrace({ path });

    expect([...trace.ids]).toEqual([0, 1, 0, 2]);
    expect(trace.keys).toBe(3);
  });

  test("a truncated gzip file is an error", () => {
    const whole = gzipSync(numbers(...Array.from({ length: 1_000 }, (_, i) => i * i)));
    const path = write("a.u32.gz", whole.subarray(0, whole.length / 2));

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: a truncated file, expected a whole gzip file`,
    );
  });

  test("a number that is cut off is an error", () => {
    const path = write("a.u32.gz", gzipSync(numbers(1, 2).subarray(0, 7)));

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: 7 bytes, expected little-endian 32-bit numbers, a multiple of 4 bytes`,
    );
  });

  test("a file that is not gzip is an error", () => {
    const path = write("a.u32.gz", "these are words");

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: incorrect header check, expected a whole gzip file`,
    );
  });

  test("an empty file is an error", () => {
    const path = write("a.u32.gz", "");

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: an empty file, expected at least one key`,
    );
  });

  test("a gzip file of nothing is an error", () => {
    const path = write("a.u32.gz", gzipSync(""));

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: no keys, expected at least one key`,
    );
  });
});

describe("text", () => {
  test("each line is a key", () => {
    const path = write("a.txt", "/home\n/about\r\n/home\n");

    const trace = readTrace({ path });

    expect([...trace.ids]).toEqual([0, 1, 0]);
    expect(trace.keys).toBe(2);
  });

  test("the last line needs no end", () => {
    expect([...readTrace({ path: write("a.txt.gz", gzipSync("x\ny")) }).ids]).toEqual([0, 1]);
  });

  test("an empty line is an error with its number", () => {
    const path = write("a.txt", "x\n\ny\n");

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: line 2 is empty, expected one key per line`,
    );
  });

  test("a file of one line end is an error", () => {
    const path = write("a.txt", "\n");

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: line 1 is empty, expected one key per line`,
    );
  });

  test("a binary file is an error", () => {
    const path = write("a.txt", numbers(1, 2, 3));

    expect(() => readTrace({ path })).toThrow(
      `Cannot read trace ${path}: a binary file, expected text with one key per line`,
    );
  });
});

describe("folders", () => {
  test("without a manifest every trace is listed, but for sizes and documents", () => {
    for (const name of ["b.txt", "a.u32.gz", "a.sizes.u32.gz", "README.md", "LICENSE", ".hidden"])
      write(name, "x\n");

    expect(listTraces(folder).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("a manifest names the traces and their sizes", () => {
    const path = write("a.u32.gz", gzipSync(numbers(0, 1, 0)));
    write("other.u32.gz", gzipSync(numbers(0)));
    write(
      "manifest.json",
      JSON.stringify({ traces: [{ name: "A", file: "a.u32.gz", requests: 3, capacities: [2] }] }),
    );

    const [file, ...rest] = listTraces(folder);

    expect(rest).toEqual([]);
    expect(file).toEqual({ name: "A", path, title: "", requests: 3, capacities: [2] });
    expect(sizesOf(file!, readTrace(file!))).toEqual([2]);
  });

  test("without sizes they follow from the number of keys", () => {
    const ids = Uint32Array.from({ length: 20_000 }, (_, i) => i);

    expect(sizesOf({}, { name: "a", ids, keys: 20_000 })).toEqual([20, 200, 1_000, 2_000, 5_000]);
    expect(sizesOf({}, { name: "a", ids, keys: 300 })).toEqual([10, 15, 30, 75]);
  });

  test("fewer requests than the manifest says are an error", () => {
    const path = write("a.u32.gz", gzipSync(numbers(0, 1)));
    write(
      "manifest.json",
      JSON.stringify({ traces: [{ name: "A", file: "a.u32.gz", requests: 3 }] }),
    );

    expect(() => listTraces(folder).map(readTrace)).toThrow(
      `Cannot read trace ${path}: 2 requests, expected 3 as manifest.json says`,
    );
  });

  test("a file that the manifest names and nobody has is an error", () => {
    write("manifest.json", JSON.stringify({ traces: [{ name: "A", file: "a.u32.gz" }] }));

    expect(() => listTraces(folder)).toThrow(
      "no such file, expected the file that manifest.json names",
    );
  });

  test.each(["{", "[]", '{"traces":[]}', '{"traces":[{"name":"A"}]}'])(
    "the manifest %s is an error",
    (text) => {
      write("manifest.json", text);

      expect(() => listTraces(folder)).toThrow(`Cannot read ${join(folder, "manifest.json")}: `);
    },
  );

  test("another kind of file is an error", () => {
    write("a.csv", "x\n");

    expect(() => listTraces(folder)).toThrow(
      `Cannot read trace ${join(folder, "a.csv")}: an unknown kind of file, expected a name that ends in .u32.gz, .u32, .txt.gz, .txt`,
    );
  });

  test("an empty folder and a missing one are errors", () => {
    expect(() => listTraces(folder)).toThrow(`Cannot read traces: ${folder} holds none`);
    expect(() => listTraces(join(folder, "none"))).toThrow(
      "is not a readable folder, expected one with trace files",
    );
  });

  test("the traces of this package can be read", () => {
    const files = listTraces(fileURLToPath(new URL("traces", PACKAGE_FOLDER)));

    expect(files.map(({ name }) => name)).toEqual([
      "c2k-web12",
      "c2k-orm-busy",
      "arc-oltp",
      "mooncake-conversation",
    ]);
    expect(files.map((file) => readTrace(file).keys)).toEqual([13_756, 76_349, 186_880, 182_790]);
  });
});
