/**
 * Declarations with `.js` where the sources say `.ts`: TypeScript before 5.0 refuses a specifier that
 * ends in `.ts`. The text keeps its length, and the declaration map its meaning.
 */
export function withJsSpecifiers(text: string): string {
  return text.replaceAll(/((?:\bfrom|\bimport\(|^import) ?"\.{1,2}\/[^"\n]+)\.ts"/gm, '$1.js"');
}
