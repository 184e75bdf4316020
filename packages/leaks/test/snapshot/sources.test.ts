import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { HeapGraph, type SnapshotSource } from "@heapwise/leaks/snapshot";
import { afterAll, describe, expect, it, vi } from "vitest";
import { withModules } from "../with-modules.ts";
import { bytesOf, cut, snapshotText } from "./snapshot-text.ts";

const TEXT = snapshotText([
  { kind: "synthetic", name: "", id: 1, edges: [{ kind: "property", name: "\u00e9", to: 1 }] },
  { kind: "object", name: "A", id: 3, selfBytes: 24 },
]);
const BYTES = bytesOf(TEXT) as Uint8Array<ArrayBuffer>;
// No Buffers, whose `slice` is no copy.
const PACKED = new Uint8Array(gzipSync(BYTES));
const BROKEN = bytesOf(TEXT.replace("\n,3,", "\n,x,"));

const folder = mkdtempSync(join(tmpdir(), "heapwise-sources-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A web stream of pieces of ten bytes, and whether it was cancelled. */
function streamOf(bytes: Uint8Array): { stream: ReadableStream<Uint8Array>; reasons: unknown[] } {
  const reasons: unknown[] = [];
  let at = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, at + 10));
      at += 10;
    },
    cancel: (reason) => void reasons.push(reason),
  });
  return { stream, reasons };
}

/** How many files of the folder this process has open; undefined if the system does not tell. */
function openFiles(): number | undefined {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : undefined;
}

describe("A source of a heap snapshot", () => {
  it.each<[string, () => SnapshotSource]>([
    ["a path", () => fileOf("a.heapsnapshot", BYTES)],
    ["a path of a packed file", () => fileOf("a.gz", PACKED)],
    ["a Blob", () => new Blob([BYTES])],
    ["a packed Blob", () => new Blob([PACKED])],
    ["a ReadableStream", () => streamOf(BYTES).stream],
    ["a packed ReadableStream", () => streamOf(PACKED).stream],
    ["a generator", () => cut(BYTES, [3])],
    ["a packed generator", () => cut(PACKED, [3])],
    ["a stream of Node", () => Readable.from([BYTES.slice(0, 9), BYTES.slice(9)])],
    ["a stream of text", () => Readable.from([TEXT.slice(0, 9), "", TEXT.slice(9)])],
    ["two gzip files in one", () => new Blob([gzipSync("{"), gzipSync(BYTES.subarray(1))])],
  ])("may be %s", async (_name, makeSource) => {
    const graph = await HeapGraph.read(makeSource());
    expect([graph.nodeCount, graph.edgeCount, graph.totalBytes]).toEqual([2, 1, 24]);
  });

  it("may yield arrays of another realm, as in Jest's environment for pages", async () => {
    const copy = runInNewContext("(bytes) => Uint8Array.from(bytes)") as (
      bytes: Uint8Array,
    ) => Uint8Array;
    const foreign = copy(BYTES);
    expect(foreign instanceof Uint8Array).toBe(false);
    expect(await HeapGraph.read(Readable.from([foreign]))).toMatchObject({ nodeCount: 2 });
  });

  it("is read without the globals of the web, which Node has as modules", async () => {
    for (const name of ["TextDecoder", "TextEncoder", "DecompressionStream"])
      vi.stubGlobal(name, undefined);
    try {
      for (const bytes of [BYTES, PACKED])
        expect(await HeapGraph.read(cut(bytes, [50]))).toMatchObject({ nodeCount: 2 });
      withModules({ "node:stream/web": undefined });
      await expect(HeapGraph.read(cut(PACKED, [50]))).rejects.toMatchObject({ reason: "gzip" });
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it.each([[undefined], [null], [5], [{}], [[1]], [() => {}]])("is not %s", async (source) => {
    await expect(HeapGraph.read(source as unknown as string)).rejects.toThrow(
      /^Cannot read heap snapshot: source is .*, expected a path, a Blob, a ReadableStream or an async iterable of bytes$/,
    );
  });

  it("may not yield anything else", async () => {
    const source = Readable.from([{ a: 1 }]) as unknown as string;
    await expect(HeapGraph.read(source)).rejects.toThrow(
      "Cannot read heap snapshot: source yields an object, expected Uint8Array or text",
    );
  });

  it("passes its own errors on", async () => {
    await expect(HeapGraph.read(join(folder, "missing"))).rejects.toMatchObject({ code: "ENOENT" });
    const error = new Error("cable cut");
    const sources = [BYTES, PACKED].flatMap((bytes) => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield* cut(bytes.subarray(0, 20), [10]);
        throw error;
      }
      const failing = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytes.slice(0, 20)),
        pull: (controller) => controller.error(error),
      });
      return [broken(), failing];
    });
    for (const source of sources) await expect(HeapGraph.read(source)).rejects.toBe(error);
  });

  it("is closed after an error, and only then cancelled", async () => {
    for (const bytes of [BROKEN, new Uint8Array(gzipSync(BROKEN))]) {
      const { stream, reasons } = streamOf(bytes);
      await expect(HeapGraph.read(stream)).rejects.toThrow("expected a number");
      // The rest of a packed file may have been read already when the fault is seen.
      if (bytes === BROKEN) expect(reasons).toHaveLength(1);

      let isClosed = false;
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          yield* cut(bytes, [10]);
        } finally {
          isClosed = true;
        }
      }
      await expect(HeapGraph.read(source())).rejects.toThrow("expected a number");
      expect(isClosed).toBe(true);

      const readable = Readable.from([bytes.subarray(0, 10), bytes.subarray(10)]);
      await expect(HeapGraph.read(readable)).rejects.toThrow("expected a number");
      expect(readable.destroyed).toBe(true);
    }
    const { stream, reasons } = streamOf(BYTES);
    await HeapGraph.read(stream);
    expect(reasons).toEqual([]);
  });

  it("leaves no file open", async () => {
    const good = fileOf("good", BYTES);
    const bad = fileOf("bad", BROKEN);
    const packed = fileOf("packed", gzipSync(BROKEN));
    await HeapGraph.read(good);
    const before = openFiles();
    await HeapGraph.read(good);
    await expect(HeapGraph.read(bad)).rejects.toThrow("expected a number");
    await expect(HeapGraph.read(packed)).rejects.toThrow("expected a number");
    expect(openFiles()).toBe(before);
  });
});

describe("Progress of a reading", () => {
  it("is the number of bytes read, before unpacking", async () => {
    for (const bytes of [BYTES, PACKED]) {
      const seen: number[] = [];
      await HeapGraph.read(cut(bytes, [100]), { onProgress: (read) => void seen.push(read) });
      expect(seen).toHaveLength(Math.ceil(bytes.length / 100));
      expect(seen.at(-1)).toBe(bytes.length);
      expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    }
  });

  it("ends the reading with the error of the callback", async () => {
    const error = new Error("no terminal");
    const { stream, reasons } = streamOf(BYTES);
    const onProgress = (): never => {
      throw error;
    };
    await expect(HeapGraph.read(stream, { onProgress })).rejects.toBe(error);
    expect(reasons).toHaveLength(1);
  });

  it("is checked at once", async () => {
    await expect(HeapGraph.read("a", { onProgress: 5 as never })).rejects.toThrow(
      "Cannot read heap snapshot: onProgress is 5, expected a function",
    );
    await expect(HeapGraph.read("a", { signal: {} as never })).rejects.toThrow(
      "Cannot read heap snapshot: signal is an object, expected an AbortSignal",
    );
    await expect(HeapGraph.read("a", { progress: 5 } as never)).rejects.toThrow(
      'Cannot read heap snapshot: option "progress" is not known, expected one of onProgress, signal',
    );
  });
});

describe("A signal", () => {
  it("ends a reading, at the start and in the middle", async () => {
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    const first = streamOf(BYTES);
    await expect(HeapGraph.read(first.stream, { signal: aborted })).rejects.toBe(reason);
    expect(first.reasons).toHaveLength(1);

    for (const bytes of [BYTES, PACKED]) {
      const controller = new AbortController();
      const { stream, reasons } = streamOf(bytes);
      const onProgress = (read: number): void => {
        if (read > 30) controller.abort(reason);
      };
      const reading = HeapGraph.read(stream, { signal: controller.signal, onProgress });
      await expect(reading).rejects.toBe(reason);
      expect(reasons).toHaveLength(1);
    }
  });

  it("ends a reading of a source that never answers", async () => {
    const reason = new Error("enough");
    const silent = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
    async function* quiet(): AsyncGenerator<Uint8Array> {
      yield BYTES.slice(0, 20);
      await new Promise(() => {});
    }
    for (const source of [silent, quiet()]) {
      const controller = new AbortController();
      const reading = HeapGraph.read(source, { signal: controller.signal });
      queueMicrotask(() => controller.abort(reason));
      await expect(reading).rejects.toBe(reason);
    }
  });

  it("has no effect after the reading, and keeps no listener", async () => {
    let listeners = 0;
    const signal = {
      aborted: false,
      reason: undefined,
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    };
    await HeapGraph.read(cut(BYTES, [50]), { signal });
    await expect(HeapGraph.read(cut(BROKEN, [50]), { signal })).rejects.toThrow("a number");
    expect(listeners).toBe(0);
  });
});
