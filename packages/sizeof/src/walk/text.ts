import { host } from "../host.ts";
import { aligned, type EngineProfile } from "../profile/profile.ts";

/** Longer texts are never read: looking at the characters of a concatenation makes a copy of all. */
const LONGEST_READ = 2 ** 24;

/** Up to here looking at all characters is faster than asking the runtime. */
const SHORT = 24;

/** On a text of one byte a character it fails at once: V8 compiles it for those to nothing. */
const WIDE = /[^\0-\xff]/;

/** Bytes of a text that stands alone, neither slice nor concatenation: two a character if it is too long to be read. */
export function textBytes(text: string, profile: EngineProfile): number {
  const { length } = text;
  // Texts of one character, up to the last of Latin-1, are made once for the whole program.
  if (length === 0 || (length === 1 && text.charCodeAt(0) < 256)) return 0;
  const isNarrow = length <= LONGEST_READ && isOneByte(text);
  return alignedText(isNarrow ? length : 2 * length, profile);
}

/** Header and characters, rounded up. */
export function alignedText(characterBytes: number, profile: EngineProfile): number {
  return aligned(profile.stringHeader + characterBytes, profile);
}

/**
 * Whether the engine stores each character in one byte: told by it, else from the characters. One above U+00FF makes all of
 * them two bytes. A look at a character, of one or of all, lets V8 join the parts of a concatenation, which take more.
 */
function isOneByte(text: string): boolean {
  const ask = text.length > SHORT ? host().isOneByte : undefined;
  return ask === undefined ? !isWide(text) : text.charCodeAt(0) < 256 && ask(text);
}

/** Whether a text has characters that need two bytes. */
export function isWide(text: string): boolean {
  // The engine keeps the text that was matched last, and what that was cut out of: let it be an empty one.
  return WIDE.test(text) && /(?:)/.test("");
}
