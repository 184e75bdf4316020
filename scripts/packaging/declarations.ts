/**
 * Replaces `.ts` by `.js` in the imports of declarations: TypeScript before 5.0 refuses a specifier
 * that ends in `.ts`. The text keeps its length, so that the declaration map stays right.
 */
export function withJsSpecifiers(text: string): string {
  return text.replaceAll(/((?:\bfrom|\bimport\(|^import) ?"\.{1,2}\/[^"\n]+)\.ts"/gm, '$1.js"');
}
