/** Whether a key may be an integer, which is an element in place of a field. */
export function isDigit(key: string): boolean {
  const code = key.charCodeAt(0);
  return code >= 48 && code <= 57;
}
