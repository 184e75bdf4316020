/** Whether a key that begins with this may be an integer, which is an element in place of a field. */
export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
