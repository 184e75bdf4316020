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

describe("the field of JSON lines", () => {
  test("the error names the fields at all depths", async () => {
    const text = '{"req":{"head":{"x-shop":"a","x-lang":"de"}},"t":1}\n'.repeat(3);

    await expect(read("a.jsonl", text)).rejects.toThrow(
      "expected --field with one of req.head.x-shop, req.head.x-lang, t",
    );
    expect((await read("a.jsonl", text, { field: "req.head.x-shop" })).ids).toEqual([0, 0, 0]);
  });

  test("after a first line that is longer than the sample", async () => {
    const text = `{"url":"${"x".repeat(300_000)}"}\n{"url":"a"}\n{"url":"a"}\n`;

    for (const name of ["a.jsonl", "a.ndjson", "a.jsonl.gz"])
      await expect(read(name, name.endsWith("z") ? gzipSync(text) : text)).rejects.toThrow(
        "a first line that is longer than 262,144 bytes, expected --field with the name of the key",
      );
    expect((await read("a.jsonl", text, { field: "url" })).ids).toEqual([0, 1, 1]);
  });
});
