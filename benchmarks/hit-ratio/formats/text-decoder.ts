import { isAscii, isUtf8 } from "node:buffer";
import { TextDecoder } from "node:util";
import { BadTrace } from "./bad-trace.ts";

export type Encoding = "utf8" | "utf16le" | "utf16be" | "latin1";

/** Turns the chunks of a text into UTF-8, so that a key has the same bytes in each encoding. */
export interface ChunkDecoder {
  decode(chunk: Uint8Array): Uint8Array;
  /** Returns the remaining text at the end. */
  end(): Uint8Array;
}

const NOTHING = new Uint8Array(0);
const MARKS: readonly (readonly [Encoding, readonly number[]])[] = [
  ["utf8", [0xef, 0xbb, 0xbf]],
  ["utf16le", [0xff, 0xfe]],
  ["utf16be", [0xfe, 0xff]],
];

/** The encoding by the byte order mark of a text, and the length of the mark in bytes. */
export function readMark(sample: Uint8Array): { encoding: Encoding; length: number } | undefined {
  const found = MARKS.find(([, mark]) => mark.every((byte, at) => sample[at] === byte));
  return found && { encoding: found[0], length: found[1].length };
}

/** The text of a sample. Bytes that are not valid in the encoding become replacement characters. */
export function decodeSample(sample: Buffer, encoding: Encoding, markLength: number): string {
  const bytes = sample.subarray(markLength);
  if (encoding === "utf8" || encoding === "latin1") return bytes.toString(encoding);
  return new TextDecoder(LABELS[encoding]).decode(bytes, { stream: true });
}

const LABELS = { utf16le: "utf-16le", utf16be: "utf-16be" } as const;

/** A decoder for a text. It removes the byte order mark of `markLength` bytes. */
export function createDecoder(encoding: Encoding, markLength: number): ChunkDecoder {
  if (encoding === "utf8") return new Utf8Decoder(markLength);
  if (encoding === "latin1") return new Latin1Decoder();
  return new Utf16Decoder(encoding, markLength);
}

/**
 * Refuses bytes that are not UTF-8: with replacement characters, different keys would become equal.
 */
class Utf8Decoder implements ChunkDecoder {
  #toDrop: number;
  // Number of bytes before `#rest`, and the start of a character that the chunk cuts.
  #offset = 0;
  #rest: Uint8Array = NOTHING;

  constructor(markLength: number) {
    this.#toDrop = markLength;
  }

  decode(chunk: Uint8Array): Uint8Array {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const whole = bytes.subarray(0, bytes.length - cutLength(bytes));
    if (!isUtf8(whole)) refuse(bytes, this.#offset);
    this.#rest = bytes.subarray(whole.length);
    this.#offset += whole.length;
    const dropped = Math.min(this.#toDrop, whole.length);
    this.#toDrop -= dropped;
    return whole.subarray(dropped);
  }

  end(): Uint8Array {
    if (this.#rest.length > 0) refuse(this.#rest, this.#offset);
    return NOTHING;
  }
}

/** Number of bytes at the end that may be the start of a character. */
function cutLength(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

/** Throws with the position of the first byte that is not UTF-8, which it finds by bisection. */
function refuse(bytes: Uint8Array, offset: number): never {
  const lengthOf = (end: number): number => {
    const start = bytes.subarray(0, end);
    const whole = start.subarray(0, end - cutLength(start));
    return isUtf8(whole) ? whole.length : -1;
  };
  let [good, bad] = [0, bytes.length + 1];
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (lengthOf(middle) === -1) bad = middle;
    else good = middle;
  }
  const at = lengthOf(good);
  const byte = bytes[at]!.toString(16).toUpperCase().padStart(2, "0");
  throw new BadTrace(
    `byte 0x${byte} at offset ${offset + at} is not UTF-8`,
    "UTF-8, or --encoding latin1 (or utf16le)",
  );
}

class Latin1Decoder implements ChunkDecoder {
  decode(chunk: Uint8Array): Uint8Array {
    if (isAscii(chunk)) return chunk;
    return Buffer.from(
      Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1"),
    );
  }

  end(): Uint8Array {
    return NOTHING;
  }
}

class Utf16Decoder implements ChunkDecoder {
  readonly #decoder: TextDecoder;

  constructor(encoding: "utf16le" | "utf16be", markLength: number) {
    this.#decoder = new TextDecoder(LABELS[encoding], { fatal: true, ignoreBOM: markLength === 0 });
  }

  decode(chunk: Uint8Array): Uint8Array {
    return this.#decode(chunk, true);
  }

  end(): Uint8Array {
    return this.#decode(NOTHING, false);
  }

  #decode(chunk: Uint8Array, stream: boolean): Uint8Array {
    try {
      return Buffer.from(this.#decoder.decode(chunk, { stream }));
    } catch (error) {
      throw new BadTrace("text that is not UTF-16", "UTF-16, or another --encoding", error);
    }
  }
}
