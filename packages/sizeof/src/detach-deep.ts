import { detach, SHORTEST_SLICE } from "./detach.ts";
import { host } from "./host.ts";

/** Copies that are remembered, so that a text that many fields share stays one text. */
const REMEMBERED = 1000;
/**
 * Of longer texts one copy per length is remembered: V8 hashes such texts by their length alone.
 */
const LONGEST_HASHED = 16_383;
/**
 * A longer array is searched for symbols, but not for names, because the search makes a text of
 * each index.
 */
const LONGEST_SEARCHED = 4096;

/**
 * Replaces the texts in a value by copies that keep no other text alive, as `detach` makes them.
 * Changes the value in place: each text of 13 characters or more in a writable field or element of
 * a plain object or array, at any depth and in cycles too. Equal texts may become one text.
 *
 * Does not touch instances of classes, Maps, Sets, buffers, proxies, accessors, frozen objects,
 * names of fields, and `input` of a match, which the engine keeps anyway. An array of more than
 * 4,096 elements is searched for symbols, but not for named fields. No getter, setter or trap runs;
 * in a browser, where a proxy can't be recognized, traps may run.
 *
 * @returns The value itself. If it is a text, the copy.
 *
 * @example
 * ```ts
 * import { detachDeep } from "@heapwise/sizeof";
 *
 * const page = "<title>A title of a page</title>".padEnd(1_000_000);
 * const record = { id: 1, tags: [page.slice(7, 24)] };
 * detachDeep(record) === record; // => true
 * record.tags[0]; // => "A title of a page"
 * ```
 */
export function detachDeep<T>(value: T): T {
  const root = [value];
  let copies = new Map<unknown, string>();
  let older = copies;
  // A loop over a set also visits the objects that are added during the loop, so no recursion is
  // needed.
  const objects = new Set<object | null>([root]);
  for (const object of objects) {
    try {
      if (object === null || !isData(object)) continue;
      /** Detaches the text of a field. Returns false if the field does not exist. */
      const read = (key: PropertyKey): boolean => {
        const property = Object.getOwnPropertyDescriptor(object, key);
        // For an accessor, `property.value` would be looked up in Object.prototype.
        const held: unknown = property && Object.hasOwn(property, "value") && property.value;
        if (typeof held === "object") objects.add(held);
        if (typeof held === "string" && held.length >= SHORTEST_SLICE && property!.writable) {
          const id = held.length > LONGEST_HASHED ? held.length : held;
          let copy = copies.get(id) ?? older.get(id);
          if (copy !== held) copy = detach(held);
          // A text that comes again stays known, even among very many texts.
          if (copies.size > REMEMBERED) [older, copies] = [copies, new Map()];
          copies.set(id, copy);
          Reflect.set(object, key, copy);
        }
        return property !== undefined;
      };
      const length = Array.isArray(object) ? object.length : 0;
      let at = 0;
      let found = 0;
      // An array with many holes may be a hash table. Then its indices are read as keys.
      for (; at < length && at < 1000 + 8 * found; at++) if (read(at)) found++;
      const others =
        at < length || length <= LONGEST_SEARCHED
          ? // Indices come first in the list.
            Reflect.ownKeys(object).slice(found)
          : Object.getOwnPropertySymbols(object);
      for (const key of others) {
        // The engine keeps the input inside the match too, so a copy would only take more memory.
        if (key !== "input" || !Array.isArray(object)) read(key);
      }
    } catch {
      // A module namespace, or a proxy in a browser. The object stays as it is.
    }
  }
  return root[0]!;
}

/** Whether an object is an array or a plain object, of any realm. */
function isData(object: object): boolean {
  const { isProxy } = host();
  if (isProxy(object)) return false;
  const proto = Object.getPrototypeOf(object) as object | null;
  return (
    Array.isArray(object) ||
    proto === null ||
    // This realm's Object.prototype, or the one of another realm.
    (!isProxy(proto) && Object.hasOwn(proto, "isPrototypeOf"))
  );
}
