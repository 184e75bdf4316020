/**
 * Freezes a value, and all that plain objects and arrays in it hold. Class instances, Maps, views and
 * functions are left alone, with what is in them. No accessor is run, and nothing is thrown: what
 * cannot be frozen, such as some proxies, stays as it is.
 */
export function freeze(value: unknown): void {
  const found = new Set([value]);
  // A Set goes on to what is added meanwhile, and takes each object once: cycles and depth do not matter.
  for (const each of found) {
    try {
      if (!isPlain(each)) continue;
      Object.freeze(each);
      for (const key of Reflect.ownKeys(each)) {
        found.add(Reflect.getOwnPropertyDescriptor(each, key)?.value);
      }
    } catch {
      // A proxy refuses, or was revoked.
    }
  }
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return [null, Object.prototype, Array.prototype].includes(prototype as null);
}
