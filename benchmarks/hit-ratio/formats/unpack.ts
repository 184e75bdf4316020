import type { Stats } from "node:fs";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { failTrace } from "../trace-file.ts";
import { isZstd, splitFrames } from "./zstd-frames.ts";

/** How the bytes of a file are packed. */
export type Container = "plain" | "gzip" | "zstd";

/** An open trace. `close` it at the end. */
export interface OpenTrace {
  readonly container: Container;
  /** Bytes of the file when it was opened. Bytes that are written later are not read. */
  readonly size: number;
  /** The first bytes, unpacked. */
  readonly sample: Buffer;
  /** Whether the sample is the whole content. */
  readonly isWhole: boolean;
  /** All bytes, unpacked. Can be read once. */
  readonly chunks: AsyncIterable<Buffer>;
  close(): Promise<void>;
}

// Enough for 500 long lines, and no more than one chunk.
const SAMPLE = 2 ** 18;
const CHUNK = 2 ** 18;

/**
 * Opens a file and unpacks it. The first bytes decide how, and not its name.
 * @throws {Error} if it is not a file, cannot be read, or is empty.
 */
export async function openTrace(path: string): Promise<OpenTrace> {
  const handle = await openFile(path);
  try {
    const stats = await handle.stat();
    refuseOthers(path, stats);
    if (stats.size === 0) failTrace(path, "an empty file", "at least one key");
    const container = await containerOf(handle);
    if (container === "plain" && /\.gz$/i.test(path))
      failTrace(path, "incorrect header check", "a whole gzip file");
    const chunks = unpack(path, container, readBytes(path, handle, stats.size));
    const { sample, isWhole, rest } = await peek(chunks);
    return {
      container,
      size: stats.size,
      sample,
      isWhole,
      chunks: rest,
      async close() {
        await chunks.return(undefined);
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The error of the file system, as one line. */
export function failToOpen(path: string, error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR")
    failTrace(path, "no such file", "the path of a file", error);
  if (code === "EACCES" || code === "EPERM")
    failTrace(path, "no permission to read it", "a file that you may read (see chmod)", error);
  failTrace(path, message, "a file that can be read", error);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Checked before the file is opened: opening a pipe waits for a writer.
    refuseOthers(path, await stat(path));
    // This open does not wait either, in case a pipe replaces the file.
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return failToOpen(path, error);
  }
}

/** The kind of a path, if it is not a file; undefined for a file. */
export function otherKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

/** Throws if a path is not a file. */
export function refuseOthers(path: string, stats: Stats): void {
  const kind = otherKind(stats);
  if (kind === undefined) return;
  if (kind === "a folder") failTrace(path, kind, "a file (--traces reads all files of a folder)");
  failTrace(path, kind, "a file: write its output to a file first");
}

async function containerOf(handle: FileHandle): Promise<Container> {
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) return "gzip";
  return isZstd(buffer) ? "zstd" : "plain";
}

async function* readBytes(path: string, handle: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size;) {
    const length = Math.min(CHUNK, size - at);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafeSlow(length), 0, length, at);
    if (bytesRead === 0) {
      const [found, expected] = ["it became shorter while it was read", "a file that stays"];
      failTrace(path, found, expected);
    }
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpack(
  path: string,
  container: Container,
  packed: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer, undefined> {
  if (container === "plain") {
    yield* packed;
    return undefined;
  }
  try {
    if (container === "gzip") yield* passThrough(packed, zlib.createGunzip({ chunkSize: CHUNK }));
    else for await (const frame of splitFrames(packed)) yield* passThrough(frame, unzstd(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const wanted = `a whole ${container} file`;
    if (code === "Z_BUF_ERROR") failTrace(path, "a truncated file", wanted, error);
    failTrace(path, message, wanted, error);
  }
  return undefined;
}

async function* passThrough(
  packed: AsyncGenerator<Buffer>,
  unpacking: Transform,
): AsyncGenerator<Buffer> {
  pipeline(packed, unpacking, () => undefined);
  yield* unpacking as AsyncIterable<Buffer>;
}

function unzstd(path: string): Transform {
  const { createZstdDecompress } = zlib as unknown as {
    createZstdDecompress?: (options: { chunkSize: number }) => Transform;
  };
  if (createZstdDecompress) return createZstdDecompress({ chunkSize: CHUNK });
  return failTrace(
    path,
    `a zstd file, which Node ${process.versions.node} cannot unpack`,
    "Node 22.15, 23.8 or newer, or the output of `zstd -d`",
  );
}

/** Takes a sample from the front. `rest` returns the whole content, sample included. */
async function peek(
  chunks: AsyncGenerator<Buffer, undefined>,
): Promise<{ sample: Buffer; isWhole: boolean; rest: AsyncIterable<Buffer> }> {
  const first: Buffer[] = [];
  let isWhole = false;
  for (let length = 0; length < SAMPLE && !isWhole;) {
    const { value, done } = await chunks.next();
    isWhole = done === true;
    if (value === undefined) continue;
    first.push(value);
    length += value.length;
  }
  const all = Buffer.concat(first);
  async function* rest(): AsyncGenerator<Buffer> {
    yield all;
    yield* chunks;
  }
  const sample = all.subarray(0, SAMPLE);
  return { sample, isWhole: isWhole && all.length === sample.length, rest: rest() };
}
