/**
 * Freezes a value, with all that plain objects and arrays in it hold. Class instances, Maps, views
 * and functions are left alone, with their contents. Runs no accessor and throws nothing: a value
 * that cannot be frozen, such as some proxies, stays as it is.
 */
export function freeze(value: unknown): void {
  const found = new Set([value]);
  // A loop over a Set reaches elements that are added in it, and each object once: cycles and depth
  // do not matter.
  for (const each of found) {
    try {
      if (!isPlain(each)) continue;
      Object.freeze(each);
      for (const key of Reflect.ownKeys(each)) {
        found.add(Reflect.getOwnPropertyDescriptor(each, key)?.value);
      }
    } catch {
      // A proxy refuses, or is revoked.
    }
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return [null, Object.prototype, Array.prototype].includes(prototype as null);
}
