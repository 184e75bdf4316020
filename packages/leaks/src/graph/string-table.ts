/// <reference types="node" />
import { textDecoderClass } from "../host/web-globals.ts";

/** Bytes of a block are 2^BLOCK_BITS: large blocks waste no more than the end of the last one. */
const BLOCK_BITS = 18;
const BLOCK_BYTES = 1 << BLOCK_BITS;
const MAX_BYTES = 2 ** 32 - 1;
const MAX_DECODED = 4096;

const QUOTE = 34;
const BACKSLASH = 92;

/**
 * The strings of a snapshot. They stay bytes of JSON, without their quotation marks, until they are
 * read: most of them never are.
 */
export class StringTable {
  /** Number of strings. */
  readonly length: number;
  readonly #blocks: readonly Uint8Array[];
  /** String `i` has the bytes from `#starts[i]` to `#starts[i + 1]`. */
  readonly #starts: Uint32Array;
  readonly #decoder = new (textDecoderClass())("utf-8", { ignoreBOM: true });
  /** Recently decoded strings: the same names of types and properties are asked for often. */
  readonly #decoded: Map<number, string> = new Map();

  constructor(blocks: readonly Uint8Array[], starts: Uint32Array) {
    this.#blocks = blocks;
    this.#starts = starts;
    this.length = starts.length - 1;
  }

  /** Bytes of all strings in the file, without quotation marks. */
  get byteLength(): number {
    return this.#starts[this.length]!;
  }

  /** The string at an index, or an empty one if the table does not have it. */
  at(index: number): string {
    const known = this.#decoded.get(index);
    if (known !== undefined) return known;
    if (!(index < this.length)) return "";
    const text = this.#decode(index);
    if (this.#decoded.size >= MAX_DECODED) this.#decoded.clear();
    this.#decoded.set(index, text);
    return text;
  }

  /** The index of a text, or -1 if the table does not have it. Takes time for each string. */
  indexOf(text: string): number {
    const starts = this.#starts;
    if (isPlain(text)) {
      for (let index = 0; index < this.length; index++) {
        const bytes = starts[index + 1]! - starts[index]!;
        if (bytes === text.length && this.#equals(index, text)) return index;
      }
      return -1;
    }
    // A unit of UTF-16 takes from one to six bytes, the latter as \u00e9. A text of three bytes may
    // be one unit, and one of four is two of them.
    for (let index = 0; index < this.length; index++) {
      const bytes = starts[index + 1]! - starts[index]!;
      if (bytes < text.length || bytes > 6 * text.length) continue;
      if (this.#decode(index) === text) return index;
    }
    return -1;
  }

  #equals(index: number, text: string): boolean {
    const start = this.#starts[index]!;
    for (let unit = 0; unit < text.length; unit++)
      if (this.#byteAt(start + unit) !== text.charCodeAt(unit)) return false;
    return true;
  }

  #byteAt(position: number): number {
    return this.#blocks[position >>> BLOCK_BITS]![position & (BLOCK_BYTES - 1)]!;
  }

  #decode(index: number): string {
    const start = this.#starts[index]!;
    const end = this.#starts[index + 1]!;
    const bytes = this.#bytes(start, end);
    const text = this.#decoder.decode(bytes);
    if (!bytes.includes(BACKSLASH)) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      // No writer of ours makes such an escape; the text as it stands says more than an error.
      return text;
    }
  }

  #bytes(start: number, end: number): Uint8Array {
    const first = start >>> BLOCK_BITS;
    const last = end >>> BLOCK_BITS;
    if (first === last || start === end) {
      const block = this.#blocks[first];
      if (block === undefined) return new Uint8Array(0);
      return block.subarray(start & (BLOCK_BYTES - 1), start === end ? 0 : end & (BLOCK_BYTES - 1));
    }
    const bytes = new Uint8Array(end - start);
    for (let position = start; position < end; position++)
      bytes[position - start] = this.#byteAt(position);
    return bytes;
  }
}

/** Whether a text has the same units in JSON as bytes: ASCII without escapes. */
function isPlain(text: string): boolean {
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.charCodeAt(unit);
    if (code < 32 || code > 126 || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}

/** Collects the bytes of a section of strings, however it is cut. */
export class StringCollector {
  readonly #blocks: Uint8Array[] = [];
  #block: Uint8Array = new Uint8Array(0);
  /** Bytes in the present block. */
  #used = BLOCK_BYTES;
  #starts: Uint32Array = new Uint32Array(1024);
  #count = 0;
  #inString = false;
  #escaped = false;

  /** Whether the section ended inside a string so far. */
  get isInString(): boolean {
    return this.#inString;
  }

  /**
   * Takes bytes from `at`, and returns where it stopped: at the end of the bytes, or at the first
   * byte between strings that is neither a comma nor white space.
   */
  take(bytes: Uint8Array, at: number): number {
    while (at < bytes.length) {
      if (this.#inString) {
        at = this.#takeText(bytes, at);
        continue;
      }
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.#begin();
        at += 1;
      } else if (byte === 44 || byte === 10 || byte === 32 || byte === 13 || byte === 9) {
        at += 1;
      } else {
        return at;
      }
    }
    return at;
  }

  /** Ends the section. Returns undefined if there are 4 GB of strings or more. */
  finish(): StringTable | undefined {
    const end = this.#position();
    if (end > MAX_BYTES) return undefined;
    const starts = this.#starts.slice(0, this.#count + 1);
    starts[this.#count] = end;
    if (this.#blocks.length > 0)
      this.#blocks[this.#blocks.length - 1] = this.#block.slice(0, this.#used);
    return new StringTable(this.#blocks, starts);
  }

  #position(): number {
    return this.#blocks.length === 0 ? 0 : (this.#blocks.length - 1) * BLOCK_BYTES + this.#used;
  }

  #begin(): void {
    if (this.#count + 1 >= this.#starts.length) {
      const wider = new Uint32Array(this.#starts.length * 2);
      wider.set(this.#starts);
      this.#starts = wider;
    }
    this.#starts[this.#count] = this.#position();
    this.#count += 1;
    this.#inString = true;
  }

  /** Copies bytes of the present string, one by one: most strings are too short for more. */
  #takeText(bytes: Uint8Array, at: number): number {
    if (this.#used === BLOCK_BYTES) {
      this.#block = new Uint8Array(BLOCK_BYTES);
      this.#blocks.push(this.#block);
      this.#used = 0;
    }
    const block = this.#block;
    let used = this.#used;
    let escaped = this.#escaped;
    const end = Math.min(bytes.length, at + BLOCK_BYTES - used);
    while (at < end) {
      const byte = bytes[at]!;
      at += 1;
      if (escaped) escaped = false;
      else if (byte === QUOTE) {
        this.#inString = false;
        break;
      } else if (byte === BACKSLASH) escaped = true;
      block[used] = byte;
      used += 1;
    }
    this.#used = used;
    this.#escaped = escaped;
    return at;
  }
}
