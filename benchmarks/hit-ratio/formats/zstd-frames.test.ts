import * as zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { readTrace } from "../read-trace.ts";
import { useTraceFolder } from "../trace-folder.ts";
import { splitFrames } from "./zstd-frames.ts";

const folder = useTraceFolder();

const MAGIC = Buffer.from("28b52ffd", "hex");

/** A block: kind 0 has raw bytes, kind 1 has one byte that is repeated. */
function block(kind: 0 | 1, size: number, bytes: string, isLast: boolean): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (kind << 1) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([head, Buffer.from(bytes)]);
}

/** A frame of one segment, whose size takes a byte. */
function frame(text: string): Buffer {
  return Buffer.concat([
    MAGIC,
    Buffer.from([0x20, text.length]),
    block(0, text.length, text, true),
  ]);
}

const SKIPPED = Buffer.from("5a2a4d180300000028b52f", "hex");

async function split(bytes: Buffer, step: number): Promise<string[]> {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  const frames: string[] = [];
  for await (const each of splitFrames(chunks())) {
    const parts: Buffer[] = [];
    for await (const part of each) parts.push(part);
    frames.push(Buffer.concat(parts).toString("hex"));
  }
  return frames;
}

describe("frames of zstd", () => {
  const frames = [
    frame("a\nb\n"),
    SKIPPED,
    // With a window, a size of 4 bytes, a dictionary identifier of 2, and a checksum.
    Buffer.concat([
      MAGIC,
      Buffer.from([0x86, 0x58, 1, 1, 9, 0, 0, 0]),
      block(1, 7, "x", false),
      block(0, 2, "yz", true),
      Buffer.from("sum!"),
    ]),
    // With a window, and size fields of 0, 2 and 8 bytes.
    Buffer.concat([MAGIC, Buffer.from([0, 0x58]), block(0, 0, "", true)]),
    Buffer.concat([MAGIC, Buffer.from([0x60, 0, 0]), block(0, 1, "q", true)]),
    Buffer.concat([MAGIC, Buffer.from([0xe0, ...Buffer.alloc(8)]), block(0, 1, "q", true)]),
    frame(""),
  ];

  test.each([1, 2, 3, 5, 1_000])("are found in chunks of %i bytes", async (step) => {
    expect(await split(Buffer.concat(frames), step)).toEqual(
      frames.map((each) => each.toString("hex")),
    );
  });

  test("that end too early, and other data, are left to the unpacker", async () => {
    const cut = frames[2]!.subarray(0, 15);
    const others = Buffer.from("no frame, to the end of the file");

    expect(await split(Buffer.concat([frames[0]!, cut]), 4)).toEqual([
      frames[0]!.toString("hex"),
      cut.toString("hex"),
    ]);
    expect(await split(Buffer.concat([frames[0]!, others]), 4)).toEqual([
      frames[0]!.toString("hex"),
      others.toString("hex"),
    ]);
  });
});

test("all frames of a zstd file are read, or one line names the Node that can", async () => {
  const path = folder.write("a.txt", Buffer.concat([SKIPPED, frame("a\nb\n"), frame("a\nc\n")]));
  const reading = readTrace({ path });

  if ("createZstdDecompress" in zlib) {
    expect([...(await reading).ids]).toEqual([0, 1, 0, 2]);
    await expect(
      readTrace({ path: folder.write("b.txt", frame("a\nb\n").subarray(0, 9)) }),
    ).rejects.toThrow("b.txt: a truncated file, expected a whole zstd file");
  } else {
    await expect(reading).rejects.toThrow(
      `Cannot read trace ${path}: a zstd file, which Node ${process.versions.node} cannot unpack, expected Node 22.15, 23.8 or newer, or the output of \`zstd -d\``,
    );
  }
});
