import { host } from "./host.ts";
import { print } from "./print.ts";
import { isWide } from "./walk/text.ts";

/** Shorter texts are never slices of other ones. */
export const SHORTEST_SLICE = 13;

/** Characters that pass through one Buffer. */
const SHORT = 4096;

interface Bytes {
  latin1Write(text: string, offset: number): number;
  latin1Slice(start: number, end: number): string;
}

interface Codecs {
  Buffer?: { allocUnsafeSlow(length: number): Bytes };
  atob(base64: string): string;
  btoa(text: string): string;
}

let bytesOfShort: Bytes | undefined;

/**
 * A copy of a text that keeps nothing else alive. V8 stores a slice of 13 characters or more as a
 * reference into its parent: 50 characters that were cut out of a document keep the whole document.
 *
 * The copy of a text without characters above U+00FF takes one byte a character, even if the text was
 * cut out of one that takes two. A text of less than 13 characters is returned as it is.
 *
 * ```ts
 * import { detach } from "@heapwise/sizeof";
 *
 * const page = "<title>A title of a page</title>".padEnd(1_000_000);
 * detach(page.slice(7, 24)); // => "A title of a page"
 * ```
 *
 * @throws TypeError for what is not a string.
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
        text.length > SHORT
          ? Buffer.allocUnsafeSlow(text.length)
          : (bytesOfShort ??= Buffer.allocUnsafeSlow(SHORT));
      return bytes.latin1Slice(0, bytes.latin1Write(text, 0));
    } catch {
      // Nothing here converts a text, or it is too long for base64.
    }
  }
  // Joining copies, with as many bytes a character as the text has. Not every operation copies:
  // `normalize()`, `repeat(1)` and `concat('')` return the slice itself, and `(' ' + text).slice(1)` a
  // slice of a copy, which takes 32 bytes more.
  return [text.slice(0, 1), text.slice(1)].join("");
}
