/// <reference types="node" />
import { checkFunction, print, readOptions, refuse } from "../checks/arguments.ts";
import { nodeModule } from "../host/node-modules.ts";
import { decompressionStreamClass, isUint8Array, textEncoderClass } from "../host/web-globals.ts";
import { HeapSnapshotError } from "./errors.ts";

/** The members of a `ReadableStream` that are used, so that no library of types is needed. */
export interface ByteStream {
  /** Locks the stream, and returns what reads it. */
  getReader(): ByteReader;
}

/** The members of the reader of a `ReadableStream` that are used. */
export interface ByteReader {
  /** The next piece. */
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
  /** Gives up the rest of the stream. */
  cancel(reason?: unknown): Promise<unknown>;
}

/** The member of a `Blob` that is used. */
export interface ByteBlob {
  /** The bytes as a `ReadableStream`. */
  stream(): ByteStream;
}

/**
 * Bytes of a heap snapshot, packed by gzip or not: the path of a file (not in a browser), a `Blob`
 * or `File`, a `ReadableStream`, or anything that yields bytes or text, such as a stream of Node.
 */
export type SnapshotSource = string | ByteBlob | ByteStream | AsyncIterable<Uint8Array | string>;

/** The members of an `AbortSignal` that are used. */
export interface ReadSignal {
  /** Whether the signal has aborted. */
  readonly aborted: boolean;
  /** Why the signal has aborted. */
  readonly reason: unknown;
  /** Adds a listener that is called when the signal aborts. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Removes a listener. */
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Options of a reading. */
export interface ReadOptions {
  /** Called after each piece with the number of bytes read so far, before unpacking. */
  readonly onProgress?: ((bytesRead: number) => void) | undefined;
  /** Ends the reading, which then rejects with the reason of the signal. */
  readonly signal?: ReadSignal | undefined;
}

const action = "read heap snapshot";
const FILE_PIECE = 1 << 20;

/**
 * Opens a source as unpacked bytes. A piece is valid only until the next one is asked for. Throws
 * at once if the source or an option is none.
 */
export function openSource(
  source: SnapshotSource,
  options: ReadOptions,
): AsyncIterable<Uint8Array> {
  const read = readOptions(action, options, {
    onProgress: checkFunction,
    signal: (_action, name, value) => {
      const signal = value as Partial<ReadSignal> | null;
      if (typeof signal?.addEventListener !== "function")
        refuse(action, `${name} is ${print(value)}`, "an AbortSignal");
    },
  });
  return unpacked(watched(piecesOf(source), read));
}

function piecesOf(source: SnapshotSource): AsyncIterable<unknown> {
  if (typeof source === "string") return piecesOfFile(source);
  if (typeof source === "object" && source !== null) {
    if ("getReader" in source) return piecesOfStream(source);
    if (Symbol.asyncIterator in source) return source;
    if (typeof source.stream === "function") return piecesOfStream(source.stream());
  }
  const wanted = "a path, a Blob, a ReadableStream or an async iterable of bytes";
  return refuse(action, `source is ${print(source)}`, wanted);
}

async function* piecesOfFile(path: string): AsyncGenerator<Uint8Array> {
  const fs = nodeModule("node:fs");
  if (fs === undefined)
    refuse(action, "source is a path and there are no files", "a Blob or a ReadableStream");
  const handle = await fs.promises.open(path, "r");
  try {
    // One piece is read while the other is parsed.
    const buffers = [new Uint8Array(FILE_PIECE), new Uint8Array(FILE_PIECE)] as const;
    let next = handle.read(buffers[0], 0, FILE_PIECE);
    for (let turn = 1; ; turn++) {
      const { bytesRead, buffer } = await next;
      if (bytesRead === 0) return;
      next = handle.read(buffers[(turn % 2) as 0 | 1], 0, FILE_PIECE);
      // If the consumer stops, nobody awaits this; `close` waits for it.
      next.catch(() => {});
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** No generator, so that a stream can be cancelled while it makes the reader wait. */
function piecesOfStream(stream: ByteStream): AsyncIterable<unknown> {
  const reader = stream.getReader();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const { done, value } = await reader.read();
        return { done, value };
      },
      async return() {
        await reader.cancel();
        return { done: true, value: undefined };
      },
    }),
  };
}

async function* watched(
  pieces: AsyncIterable<unknown>,
  { onProgress, signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const encoder = new (textEncoderClass())();
  const iterator = pieces[Symbol.asyncIterator]();
  const wait = signal === undefined ? undefined : new AbortableWait(signal);
  let bytesRead = 0;
  let isOver = false;
  try {
    for (;;) {
      const next = iterator.next();
      // If it rejects, there is nothing left to close.
      next.catch(() => (isOver = true));
      const { done, value } = await (wait === undefined ? next : wait.for(next));
      if (done === true) {
        isOver = true;
        return;
      }
      const bytes = typeof value === "string" ? encoder.encode(value) : value;
      if (!isUint8Array(bytes))
        refuse(action, `source yields ${print(value)}`, "Uint8Array or text");
      if (bytes.length === 0) continue;
      yield bytes;
      bytesRead += bytes.length;
      onProgress?.(bytesRead);
    }
  } finally {
    wait?.end();
    if (!isOver) {
      const closed = Promise.resolve(iterator.return?.()).catch(() => {});
      // A source that makes the reader wait may never answer.
      if (signal?.aborted !== true) await closed;
    }
  }
}

/** Waits for one promise after the other, or for the abort of a signal. */
class AbortableWait {
  readonly #signal: ReadSignal;
  #reject: ((reason: unknown) => void) | undefined;
  readonly #onAbort = (): void => this.#reject?.(this.#signal.reason);

  constructor(signal: ReadSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  for<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      promise.then(resolve, reject);
      if (this.#signal.aborted) this.#onAbort();
    });
  }

  end(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Unpacks bytes that start as gzip does, and passes on all others. */
async function* unpacked(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < 2) {
      const { done, value } = await pieces.next();
      if (done === true) break;
      head = joined(head, value);
    }
    const all = preceded(head, pieces);
    yield* head[0] === 0x1f && head[1] === 0x8b ? gunzip(all) : all;
  } finally {
    await pieces.return(undefined);
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  // A piece that has both bytes is passed on before the next one is asked for.
  if (head.length === 0 && tail.length > 1) return tail;
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}

async function* preceded(
  head: Uint8Array,
  pieces: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* pieces;
}

async function* gunzip(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const Unpacker = decompressionStreamClass();
  if (Unpacker === undefined)
    throw new HeapSnapshotError("gzip", "it is packed, and the host has no DecompressionStream");
  const { readable, writable } = new Unpacker("gzip");
  const writer = writable.getWriter();
  const reader: ByteReader = readable.getReader();
  let fault: { readonly error: unknown } | undefined;
  const pump = async (): Promise<void> => {
    for (;;) {
      let next: IteratorResult<Uint8Array, unknown>;
      try {
        next = await pieces.next();
      } catch (error) {
        fault = { error };
        await writer.abort(error);
        return;
      }
      if (next.done === true) return writer.close();
      // A copy: the stream may look at it after the next piece was asked for.
      await writer.write(new Uint8Array(next.value));
    }
  };
  // An error of the writer reaches the reader too, which reports it.
  const pumping = pump().catch(() => {});
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield value as Uint8Array;
    }
  } catch (cause) {
    await pumping;
    if (fault !== undefined) throw fault.error;
    const detail = "it starts as gzip does, and cannot be unpacked";
    throw new HeapSnapshotError("gzip", detail, undefined, { cause });
  } finally {
    if (!isDone) await reader.cancel().catch(() => {});
  }
}
