import { host } from "./host.ts";
import { print } from "./print.ts";
import { isWide } from "./walk/text.ts";

/** A shorter text is never a slice of another text. */
export const SHORTEST_SLICE = 13;

/** A text of up to this many characters is copied by way of a Buffer that is kept. */
const LONGEST_KEPT = 4096;

interface Bytes {
  latin1Write(text: string, offset: number): number;
  latin1Slice(start: number, end: number): string;
}

interface Codecs {
  Buffer?: { allocUnsafeSlow(length: number): Bytes };
  atob(base64: string): string;
  btoa(text: string): string;
}

let keptBuffer: Bytes | undefined;

/**
 * Copies a text, so that it keeps no other text alive. V8 stores a slice of 13 characters or more
 * as a reference into its parent: 50 characters that were cut out of a document keep the whole
 * document.
 *
 * If no character is above U+00FF, the copy takes one byte per character, even if the parent takes
 * two.
 *
 * @returns An equal text. A text of fewer than 13 characters is returned as it is, because it is
 *   never a slice.
 * @throws {TypeError} if `text` is not a string.
 *
 * @example
 * ```ts
 * import { detach } from "@heapwise/sizeof";
 *
 * const page = "<title>A title of a page</title>".padEnd(1_000_000);
 * detach(page.slice(7, 24)); // => "A title of a page"
 * ```
 */
export function detach(text: string): string {
  if (typeof text !== "string") {
    throw new TypeError(`Cannot detach text: text is ${print(text)}, expected a string`);
  }
  if (text.length < SHORTEST_SLICE) return text;
  if (host().isOneByte?.(text) !== true && !isWide(text)) {
    try {
      const { Buffer, atob, btoa } = globalThis as unknown as Codecs;
      if (Buffer === undefined) return atob(btoa(text));
      const bytes =
        text.length > LONGEST_KEPT
          ? Buffer.allocUnsafeSlow(text.length)
          : (keptBuffer ??= Buffer.allocUnsafeSlow(LONGEST_KEPT));
      return bytes.latin1Slice(0, bytes.latin1Write(text, 0));
    } catch {
      // The runtime has no such function, or the text is too long for base64.
    }
  }
  // `join` copies, and keeps the number of bytes per character. Other operations do not copy:
  // `normalize()`, `repeat(1)` and `concat('')` return the slice itself, and `(' ' +
  // text).slice(1)` is a slice of a copy, which takes 32 bytes more.
  return [text.slice(0, 1), text.slice(1)].join("");
}
