/**
 * The text with an escape in place of each character that a terminal would obey, or that turns the
 * order of letters around: names come from the program that is looked at. The result is one
 * line.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (letter) => {
    const code = letter.codePointAt(0)!.toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u{${code}}`;
  });
}
