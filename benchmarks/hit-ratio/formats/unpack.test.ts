import { appendFileSync, truncateSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { useTraceFolder } from "../trace-folder.ts";
import { openTrace } from "./unpack.ts";

const folder = useTraceFolder();

async function lengthOf(chunks: AsyncIterable<Buffer>): Promise<number> {
  let length = 0;
  for await (const chunk of chunks) length += chunk.length;
  return length;
}

describe("a file", () => {
  const text = Buffer.alloc(1_000_000, "0123456789\n");

  test("is recognized by its content, whatever its name is", async () => {
    const files: [string, Uint8Array, string][] = [
      ["a.txt", text, "plain"],
      ["a.u32", gzipSync(text), "gzip"],
      ["a.gz", gzipSync(text), "gzip"],
      ["a.zst.txt", text, "plain"],
      ["b", text.subarray(0, 1), "plain"],
    ];
    for (const [name, content, container] of files) {
      const trace = await openTrace(folder.write(name, content));
      const unpacked = container === "gzip" ? text.length : content.length;

      expect(trace.container).toBe(container);
      expect(trace.isWhole).toBe(unpacked === 1);
      expect(trace.sample.equals(text.subarray(0, trace.sample.length))).toBe(true);
      expect(await lengthOf(trace.chunks)).toBe(unpacked);
      await trace.close();
    }
  });

  test("of several gzip parts is read to the end", async () => {
    const parts = [gzipSync("a\n"), gzipSync(""), gzipSync(text), gzipSync("b\n")];
    const trace = await openTrace(folder.write("a", Buffer.concat(parts)));

    expect(await lengthOf(trace.chunks)).toBe(text.length + 4);
    await trace.close();
  });

  test("that grows is read up to its length at the time of opening", async () => {
    const path = folder.write("a.log", text);
    const trace = await openTrace(path);
    appendFileSync(path, text);

    expect(await lengthOf(trace.chunks)).toBe(text.length);
    await trace.close();
  });

  test("that becomes shorter is an error", async () => {
    const path = folder.write("a.log", text);
    const trace = await openTrace(path);
    truncateSync(path, 500_000);

    await expect(lengthOf(trace.chunks)).rejects.toThrow(
      `Cannot read trace ${path}: it became shorter while it was read, expected a file that stays`,
    );
    await trace.close();
  });

  test("can be closed before it is read to the end", async () => {
    for (const name of ["a.txt", "a.gz"]) {
      const content = name.endsWith(".gz") ? gzipSync(text) : text;
      const trace = await openTrace(folder.write(name, content));

      await trace.close();

      expect(await lengthOf(trace.chunks)).toBe(trace.sample.length);
    }
  });

  test.each([
    ["cut off", (whole: Buffer) => whole.subarray(0, -3), "a truncated file"],
    ["changed", (whole: Buffer) => whole.fill(0xff, 100, 150), "invalid"],
    [
      "with something after it",
      (whole: Buffer) => Buffer.concat([whole, whole.subarray(0, 9)]),
      "a truncated file",
    ],
  ])("of gzip that is %s is an error", async (_, change, message) => {
    const noise = Buffer.from(Array.from({ length: 3_000 }, (__, i) => (i * i * 31) % 253));
    const path = folder.write("a.gz", change(gzipSync(noise)));

    const reading = openTrace(path).then(async ({ chunks, close }) => {
      await lengthOf(chunks).finally(close);
    });

    await expect(reading).rejects.toThrow(`Cannot read trace ${path}: ${message}`);
  });
});
