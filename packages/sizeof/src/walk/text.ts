import { host } from "../host.ts";
import { aligned, type EngineProfile } from "../profile/profile.ts";

/** Up to here a loop over all characters is faster than any call. */
const SHORT = 24;
/** Characters of a longer text that go into its fingerprint. */
const SAMPLE = 12;

const WIDE = /[^\0-\xff]/;

/** A number made of the characters: of all of them where there are few, of some elsewhere. */
export function textFingerprint(text: string): number {
  const { length } = text;
  let print = length;
  if (length <= SHORT) {
    for (let i = 0; i < length; i++) print = Math.imul(print, 31) + text.charCodeAt(i);
    return print;
  }
  for (let i = 1; i <= SAMPLE; i++) {
    print = Math.imul(print, 31) + text.charCodeAt(((length * i) / SAMPLE - 1) | 0);
  }
  return print;
}

/** Bytes of a text that stands alone, neither slice nor concatenation. */
export function textBytes(text: string, profile: EngineProfile): number {
  const { length } = text;
  // Texts of one character, up to the last of Latin-1, are made once for the whole program.
  if (length === 0 || (length === 1 && text.charCodeAt(0) < 256)) return 0;
  return alignedText(isOneByte(text) ? length : 2 * length, profile);
}

/** Header and characters, rounded up. */
export function alignedText(characterBytes: number, profile: EngineProfile): number {
  return aligned(profile.stringHeader + characterBytes, profile);
}

/** Whether the engine stores each character in one byte: told by it, else from the characters. One above U+00FF makes all of them two bytes. */
export function isOneByte(text: string): boolean {
  const { length } = text;
  if (length <= SHORT) {
    let all = 0;
    for (let i = 0; i < length; i++) all |= text.charCodeAt(i);
    return all < 256;
  }
  const { isOneByte: ask, utf8Length } = host();
  return ask !== undefined ? ask(text) : utf8Length?.(text) === length || !WIDE.test(text);
}
