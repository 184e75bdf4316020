import { host } from "../host.ts";
import { aligned, type EngineProfile } from "../profile/profile.ts";

/**
 * Longer texts are never read, because reading a concatenation makes a copy of all its characters.
 */
const LONGEST_READ = 16_777_216;

/** Up to this length, testing all characters is faster than a call of the runtime. */
const LONGEST_TESTED = 24;

/**
 * Fails at once for a text with one byte per character: for such texts V8 compiles it to nothing.
 */
const WIDE = /[^\0-\xff]/;

/**
 * Bytes of a text, if it is neither a slice nor a concatenation. A text that is too long to be read
 * counts two bytes per character.
 */
export function textBytes(text: string, profile: EngineProfile): number {
  const { length } = text;
  // The engine has one text for each character of Latin-1, and the whole program shares it.
  if (length === 0 || (length === 1 && text.charCodeAt(0) < 256)) return 0;
  const isNarrow = length <= LONGEST_READ && isOneByte(text);
  return alignedText(isNarrow ? length : 2 * length, profile);
}

/** Bytes of header and characters, rounded up to what the engine allocates. */
export function alignedText(characterBytes: number, profile: EngineProfile): number {
  return aligned(profile.stringHeader + characterBytes, profile);
}

/**
 * Whether the engine stores each character in one byte. Asks the runtime if it can answer, and
 * tests the characters if it can't: one character above U+00FF makes all of them two bytes wide.
 * Reading any character lets V8 join the parts of a concatenation, which take more memory.
 */
function isOneByte(text: string): boolean {
  const isStored = text.length > LONGEST_TESTED ? host().isOneByte : undefined;
  return isStored === undefined ? !isWide(text) : text.charCodeAt(0) < 256 && isStored(text);
}

/** Whether a text has characters that need two bytes. */
export function isWide(text: string): boolean {
  // The engine keeps the last text that matched, with its parent. An empty match frees them.
  return WIDE.test(text) && /(?:)/.test("");
}
