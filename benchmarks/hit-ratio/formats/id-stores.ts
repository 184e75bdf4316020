import { writeSync } from "node:fs";
import { endianness } from "node:os";
import type { IdStore } from "./request-sink.ts";

const PER_BLOCK = 2 ** 18;

/** Keeps ids in memory: 4 bytes each, and for a moment 8 if their number is not known. */
export class MemoryStore implements IdStore {
  readonly #blocks: Uint32Array[] = [];
  #expected: number;

  /** @param expected number of ids, if it is known. */
  constructor(expected = 0) {
    this.#expected = expected;
  }

  open(): Uint32Array {
    const block = new Uint32Array(this.#expected > 0 ? this.#expected : PER_BLOCK);
    this.#expected = 0;
    return block;
  }

  keep(block: Uint32Array, length: number): void {
    if (length > 0) this.#blocks.push(length === block.length ? block : block.subarray(0, length));
  }

  /** Returns all ids and empties the store. */
  take(): Uint32Array {
    if (
      this.#blocks.length === 1 &&
      this.#blocks[0]!.buffer.byteLength === 4 * this.#blocks[0]!.length
    )
      return this.#blocks.pop()!;
    const ids = new Uint32Array(this.#blocks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const block of this.#blocks.splice(0)) {
      ids.set(block, at);
      at += block.length;
    }
    return ids;
  }
}

/** Writes ids to an open file, as little-endian numbers of 32 bits. */
export class FileStore implements IdStore {
  readonly #fd: number;
  readonly #block = new Uint32Array(PER_BLOCK);

  constructor(fd: number) {
    this.#fd = fd;
  }

  open(): Uint32Array {
    return this.#block;
  }

  keep(block: Uint32Array, length: number): void {
    const bytes = Buffer.from(block.buffer, block.byteOffset, 4 * length);
    if (endianness() === "BE") bytes.swap32();
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
  }
}
