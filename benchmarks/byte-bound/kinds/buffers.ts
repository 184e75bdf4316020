import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { times, uuid, wordBytes, words } from "./contents.ts";
import type { Kind } from "./kind.ts";

const MEGABYTE = 2 ** 20;

/** Chunks of a file, again and again. */
async function* fileChunks(): AsyncGenerator<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "chunks-"));
  try {
    const path = join(folder, "data.bin");
    writeFileSync(path, wordBytes(1, 4 * MEGABYTE));
    for (;;) yield* createReadStream(path) as AsyncIterable<Buffer>;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Chunks of the bodies of HTTP responses. */
async function* bodyChunks(): AsyncGenerator<Buffer> {
  const body = wordBytes(2, 4 * MEGABYTE);
  const server = createServer((_, response) => response.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    for (;;) {
      const [response] = (await once(
        get({ host: "127.0.0.1", port, agent: false }),
        "response",
      )) as [IncomingMessage];
      yield* response as AsyncIterable<Buffer>;
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function* mapped<T, R>(source: AsyncIterable<T>, each: (item: T) => R): AsyncGenerator<R> {
  for await (const item of source) yield each(item);
}

const TYPED = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;

/** A slab of the program's own, from which views are cut. */
let slab = new Uint8Array(0);
let used = 0;

/** The next view of a slab of this size. All of the slab is used. */
function cut(length: number, slabBytes: number): Uint8Array {
  if (used + length > slab.length) {
    slab = new Uint8Array(slabBytes).fill(7);
    used = 0;
  }
  used += length;
  return slab.subarray(used - length, used);
}

/** Blocks that other parts of a program take from the pool in the meantime. */
let noise: unknown;

/** Bytes in all their forms. */
export const BUFFER_KINDS: readonly Kind[] = [
  { name: "Buffers", isCompared: true, make: (i) => Buffer.alloc(3_000 + (i % 3_000), i % 256) },
  { name: "small Buffers", isCompared: true, make: (i) => Buffer.from(words(i, 200), "latin1") },
  { name: "typed arrays", isCompared: true, make: (i) => new Float32Array(384).fill(i) },
  {
    name: "slices of the pool among other allocations",
    make: (i) => {
      const buffer = Buffer.from(`session ${i} of user ${uuid(i)}`);
      noise = Buffer.allocUnsafe(2_000 + (i % 100));
      return buffer;
    },
  },
  {
    name: "slices of the pool, most of them kept",
    make: (i) => {
      if (i % 10 === 0) noise = Buffer.from(words(i, 300));
      return Buffer.from(words(i, 300));
    },
  },
  {
    name: "slices of the pool, detached",
    options: { detachBuffers: true } as never,
    make: (i) => {
      const buffer = Buffer.from(`session ${i} of user ${uuid(i)}`);
      noise = Buffer.allocUnsafe(2_000 + (i % 100));
      return buffer;
    },
  },
  { name: "chunks of a file", open: fileChunks },
  {
    name: "slices of chunks of a file",
    open: () => mapped(fileChunks(), (chunk) => chunk.subarray(0, 200)),
  },
  {
    name: "slices of chunks of a file, detached",
    options: { detachBuffers: true } as never,
    open: () => mapped(fileChunks(), (chunk) => chunk.subarray(0, 200)),
  },
  {
    name: "records with slices of chunks of a file",
    open: () =>
      mapped(fileChunks(), (chunk) => ({ at: chunk[0], head: chunk.subarray(0, 500), tag: "x" })),
  },
  { name: "chunks over HTTP", open: bodyChunks },
  {
    name: "slices of chunks over HTTP",
    open: () => mapped(bodyChunks(), (chunk) => chunk.subarray(10, 300)),
  },
  {
    name: "all views of own slabs",
    make: (i) => cut(500 + (i % 200), 65_536),
  },
  {
    name: "one view of each own slab of 8 KB",
    make: (i) => Buffer.alloc(8_192, i % 256).subarray(0, 100),
  },
  {
    name: "one view of each own slab of 64 KB",
    make: (i) => Buffer.alloc(65_536, i % 256).subarray(100, 300),
  },
  {
    name: "one typed array of each own slab",
    make: (i) => new Float64Array(new ArrayBuffer(16_384), 8 * (i % 100), 20).fill(i),
  },
  {
    name: "two views of one buffer",
    make: (i) => {
      const bytes = wordBytes(i, 4_000);
      return { header: bytes.subarray(0, 20), body: bytes.subarray(20) };
    },
  },
  {
    name: "DataViews",
    make: (i) => new DataView(new ArrayBuffer(1_000 + (i % 500)), i % 8),
  },
  {
    name: "every typed array",
    make: (i) =>
      i % 11 < 9
        ? new TYPED[(i % 11) as 0](200 + (i % 100)).fill(i)
        : new (i % 11 === 9 ? BigInt64Array : BigUint64Array)(150).fill(BigInt(i)),
  },
  { name: "typed arrays in the heap", make: (i) => new Uint8Array(8 + (i % 57)).fill(i) },
  { name: "ArrayBuffers", make: (i) => wordBytes(i, 2_000).buffer },
  {
    name: "SharedArrayBuffers",
    unseen: "shared memory, which no figure of the process counts",
    make: (i) => new Uint8Array(new SharedArrayBuffer(5_000)).fill(i),
  },
  {
    name: "resizable buffers",
    make: (i) =>
      new Uint8Array(
        new (ArrayBuffer as never as new (n: number, o: object) => ArrayBuffer)(4_096, {
          maxByteLength: 16_384,
        }),
      ).fill(i),
  },
  {
    name: "compressed answers",
    make: (i) => ({ etag: uuid(i), body: gzipSync(wordBytes(i, 600), { level: 1 }) }),
  },
  {
    name: "hashes",
    make: (i) => createHash("sha256").update(String(i)).digest(),
  },
  {
    name: "answers with a Buffer",
    make: (i) => ({
      status: 200,
      headers: { "content-type": "image/png", etag: uuid(i) },
      body: Buffer.concat([wordBytes(i, 900), wordBytes(i + 1, 1_100)]),
    }),
  },
  {
    name: "decoded base64",
    make: (i) => Buffer.from(wordBytes(i, 900).toString("base64"), "base64"),
  },
  {
    name: "columns of a data frame",
    make: (i) => ({
      name: `frame ${i}`,
      columns: {
        price: new Float64Array(100).fill(i / 3),
        quantity: new Int32Array(100).fill(i),
        label: times(100, (j) => words(100 * i + j, 15)),
        isSold: new Uint8Array(100),
      },
    }),
  },
  {
    name: "embeddings with their texts",
    make: (i) => ({
      text: words(i, 200),
      vector: Float32Array.from({ length: 256 }, (_, j) => i / (j + 1)),
    }),
  },
];

/** The sum is used, so that no compiler removes the code that makes the noise. */
export const noiseOf = (): unknown => noise;
