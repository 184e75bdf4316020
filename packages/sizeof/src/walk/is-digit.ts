/** Whether a key that begins with this character may be an index: V8 stores those as elements. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
