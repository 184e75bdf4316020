/**
 * Whether a value has an identity: an object or a function. Equal primitive values are the same.
 */
export function isIdentity(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
