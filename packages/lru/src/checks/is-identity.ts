/** Whether a value can be told from its equals: an object or a function. */
export function isIdentity(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
