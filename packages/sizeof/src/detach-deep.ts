import { detach, SHORTEST_SLICE } from "./detach.ts";
import { host } from "./host.ts";

/** Copies that are remembered, so that a text which many fields share stays one. */
const REMEMBERED = 1000;
/** Longer texts are told apart by their length, since V8 hashes them by that alone. */
const LONGEST_HASHED = 16_383;
/** Longer arrays are searched for symbols only, not for names: the search makes a text of each index. */
const LONGEST_SEARCHED = 4096;

/**
 * Replaces each text of 13 characters or more in a value by a copy that keeps nothing else alive, as
 * `detach` does, in place: in writable data fields and elements of plain objects and arrays, however deep,
 * in cycles too. Equal texts may become one. Returns the value itself, and for a text a copy.
 *
 * Left alone: instances of classes, Maps, Sets, buffers, proxies, accessors, what is frozen, and `input` of a
 * match, which the engine keeps anyhow. No getter, setter or trap runs (browsers tell nothing of proxies: traps
 * may run there). Names of fields are not replaced. Of an array of more than 4,096 elements, named fields are not
 * searched for, but symbols are.
 *
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
  // What is added to a set during a loop over it comes last: a list of what is to be done without recursion.
  const objects = new Set<object | null>([root]);
  for (const object of objects) {
    try {
      if (object === null || !isData(object)) continue;
      /** Reads a field. Returns whether there is one. */
      const read = (key: PropertyKey): boolean => {
        const property = Object.getOwnPropertyDescriptor(object, key);
        // For an accessor, Object.prototype would be asked.
        const held: unknown = property && Object.hasOwn(property, "value") && property.value;
        if (typeof held === "object") objects.add(held);
        if (typeof held === "string" && held.length >= SHORTEST_SLICE && property!.writable) {
          const likeness = held.length > LONGEST_HASHED ? held.length : held;
          let copy = copies.get(likeness) ?? older.get(likeness);
          if (copy !== held) copy = detach(held);
          // Of many texts, those that come again and again stay known.
          if (copies.size > REMEMBERED) [older, copies] = [copies, new Map()];
          copies.set(likeness, copy);
          Reflect.set(object, key, copy);
        }
        return property !== undefined;
      };
      const length = Array.isArray(object) ? object.length : 0;
      let at = 0;
      let found = 0;
      // An array with many holes may be a hash table: its indices are read as keys then.
      for (; at < length && at < 1000 + 8 * found; at++) if (read(at)) found++;
      const others =
        at < length || length <= LONGEST_SEARCHED
          ? // Indices come first.
            Reflect.ownKeys(object).slice(found)
          : Object.getOwnPropertySymbols(object);
      for (const key of others) {
        // The engine keeps the text that was matched in the match itself: a copy would come on top.
        if (key !== "input" || !Array.isArray(object)) read(key);
      }
    } catch {
      // A module namespace, or a proxy in a browser. It is left as it is.
    }
  }
  return root[0]!;
}

/** Whether an object is an array or without a class, of whatever realm. */
function isData(object: object): boolean {
  const { isProxy } = host();
  if (isProxy(object)) return false;
  const proto = Object.getPrototypeOf(object) as object | null;
  return (
    Array.isArray(object) ||
    proto === null ||
    // Object.prototype, also that of another realm.
    (!isProxy(proto) && Object.hasOwn(proto, "isPrototypeOf"))
  );
}
