import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readTrace } from "../read-trace.ts";
import type { ReadOptions } from "../trace-file.ts";
import { useTraceFolder } from "../trace-folder.ts";
import type { Encoding } from "./text-decoder.ts";
import { createDecoder, readMark } from "./text-decoder.ts";

const folder = useTraceFolder();

const KEYS = "/caf\u00e9\n/caf\u00e8\n/caf\u00e9\n";

async function read(content: Uint8Array, options: ReadOptions = {}): Promise<[number[], string]> {
  const trace = await readTrace({ path: folder.write("a.txt", content), options });
  return [[...trace.ids], trace.understood];
}

function swapped(text: string): Buffer {
  return Buffer.from(text, "utf16le").swap16();
}

/** The output of a decoder for bytes that come in chunks. */
function decode(bytes: Buffer, encoding: Encoding, cuts: readonly number[]): string {
  const decoder = createDecoder(encoding, readMark(bytes)?.length ?? 0);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  const parts = edges.map((edge, i) =>
    Buffer.from(decoder.decode(bytes.subarray(edge, edges[i + 1] ?? bytes.length))),
  );
  return Buffer.concat([...parts, Buffer.from(decoder.end())]).toString();
}

describe("encodings", () => {
  test("UTF-8, with a mark that is not part of the first key", async () => {
    expect((await read(Buffer.from(KEYS)))[0]).toEqual([0, 1, 0]);
    expect((await read(Buffer.from(`\ufeff${KEYS}`)))[0]).toEqual([0, 1, 0]);
    expect((await read(Buffer.from("\ufeffkey\nother\nkey\n")))[0]).toEqual([0, 1, 0]);
  });

  test("UTF-16 with a mark, in both orders", async () => {
    const little = await read(Buffer.from(`\ufeff${KEYS}`, "utf16le"));
    const big = await read(swapped(`\ufeff${KEYS}`));

    expect(little).toEqual([[0, 1, 0], expect.stringContaining("(guessed), utf16le; 3 requests")]);
    expect(big).toEqual([[0, 1, 0], expect.stringContaining("(guessed), utf16be; 3 requests")]);
  });

  test("UTF-16 with line ends of Windows, and tables in it", async () => {
    const text = "\ufeffkey,n\r\n\u4e2d\u570a,1\r\n\u010a\u0d0a,2\r\n\u4e2d\u570a,3\r\n";

    expect((await read(Buffer.from(text, "utf16le")))[0]).toEqual([0, 1, 0]);
  });

  test("UTF-16 without a mark, and Latin-1, if they are named", async () => {
    expect((await read(Buffer.from(KEYS, "utf16le"), { encoding: "utf16le" }))[0]).toEqual([
      0, 1, 0,
    ]);
    expect(await read(Buffer.from(KEYS, "latin1"), { encoding: "latin1" })).toEqual([
      [0, 1, 0],
      expect.stringContaining("latin1"),
    ]);
  });

  test("a mark wins over the option", async () => {
    const [ids] = await read(Buffer.from(`\ufeff${KEYS}`, "utf16le"), { encoding: "latin1" });

    expect(ids).toEqual([0, 1, 0]);
  });

  test("Latin-1 without the option is an error: different keys would become one", async () => {
    await expect(read(Buffer.from(KEYS, "latin1"))).rejects.toThrow(
      `Cannot read trace ${folder.path}/a.txt: byte 0xE9 at offset 4 is not UTF-8, expected UTF-8, or --encoding latin1 (or utf16le)`,
    );
  });

  test("text in another encoding than the option is an error", async () => {
    const lone = Buffer.from("\ufeffa\ud800b\n", "utf16le");

    await expect(read(lone)).rejects.toThrow("text that is not UTF-16, expected UTF-16");
    await expect(read(Buffer.from("\ufeffab", "utf16le").subarray(0, 5))).rejects.toThrow(
      "text that is not UTF-16",
    );
  });
});

describe("the output of a decoder", () => {
  const texts = fc.array(fc.constantFrom("a", "\u00e9", "\u4e2d", "\u{1f600}", "\n"));

  test.each<[Encoding, (text: string) => Buffer]>([
    ["utf8", (text) => Buffer.from(text)],
    ["utf8", (text) => Buffer.from(`\ufeff${text}`)],
    ["utf16le", (text) => Buffer.from(`\ufeff${text}`, "utf16le")],
    ["utf16be", (text) => swapped(`\ufeff${text}`)],
  ])("is the text, for every cut between chunks: %s", (encoding, encode) => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat()), (parts, cuts) => {
        expect(decode(encode(parts.join("")), encoding, cuts)).toBe(parts.join(""));
      }),
    );
  });

  test("is the text of Latin-1", () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

    expect(decode(bytes, "latin1", [3, 130, 200])).toBe(bytes.toString("latin1"));
  });

  test.each([
    ["c3 28", 0],
    ["61 62 e9 0a", 2],
    ["61 e2 82", 1],
    ["61 f0 9f 98", 1],
    ["61 ff 61", 1],
    ["61 80 61", 1],
    ["c3 a9 c0 af", 2],
    ["61 ed a0 80", 1],
    ["e2 82 ac e2 82 61", 3],
  ])("is an error with the offset, for every cut: %s", (hex, offset) => {
    const bytes = Buffer.concat([
      Buffer.from("x".repeat(300)),
      Buffer.from(hex.replaceAll(" ", ""), "hex"),
    ]);
    for (let cut = 295; cut <= bytes.length; cut += 1) {
      expect(() => decode(bytes, "utf8", [cut])).toThrow(`at offset ${300 + offset} is not UTF-8`);
    }
  });
});
