import { detach, SHORTEST_SLICE } from "./detach.ts";
import { host } from "./host.ts";

const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;

/** Copies that are remembered, so that a text which many fields share stays one. */
const REMEMBERED = 1024;
/** Characters from which a text is remembered by its ends. */
const LONG = 1024;
/** Arrays up to here are searched for all of their keys, longer ones for enumerable names and symbols. */
const SHORT_ARRAY = 1000;
/** Longer arrays are not searched for names: the search makes a text of each index. */
const LONGEST_SEARCHED = 65_536;

/**
 * Replaces each text of 13 characters or more in a value by a copy that keeps nothing else alive, as
 * `detach` does, in place: in writable data fields and elements of plain objects and arrays, however deep,
 * in cycles too. Equal texts may become one. Returns the value itself, and for a text a copy.
 *
 * Left alone: instances of classes, Maps, Sets, buffers, proxies, accessors, and what is frozen. No getter,
 * setter or trap runs (browsers tell nothing of proxies: traps may run there). Names of fields are not
 * replaced. Of an array of more than 1,000 elements, named fields are found if they are enumerable, of more than
 * 65,536 only under symbols.
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
  if (typeof value === "string") return detach(value) as typeof value;
  const copies = new Map<string, string>();
  // What is added to a set during a loop over it comes last: a list of what is to be done without recursion.
  const objects = new Set<unknown>([value]);
  const read = (object: object, key: PropertyKey): boolean => {
    const property = getOwnPropertyDescriptor(object, key);
    // An accessor would ask Object.prototype for these.
    if (property === undefined || !hasOwn(property, "value")) return property !== undefined;
    const held: unknown = property.value;
    if (typeof held === "object" && held !== null) objects.add(held);
    else if (typeof held === "string" && held.length >= SHORTEST_SLICE && property.writable!) {
      (object as Record<PropertyKey, unknown>)[key] = copyOf(held, copies);
    }
    return true;
  };
  for (const object of objects) {
    try {
      if (isData(object)) readFields(object, read);
    } catch {
      // A module namespace, or a proxy in a browser. It is left as it is.
    }
  }
  return value;
}

/** Calls `read` with the keys of an object. It returns whether there is such a key. */
function readFields(object: object, read: (object: object, key: PropertyKey) => boolean): void {
  const length = Array.isArray(object)
    ? (getOwnPropertyDescriptor(object, "length")!.value as number)
    : 0;
  let found = 0;
  let at = 0;
  // An array with many holes may be a hash table.
  for (; at < length && at <= SHORT_ARRAY + 8 * found; at++) if (read(object, at)) found++;
  let keys: PropertyKey[] = [];
  if (length <= SHORT_ARRAY) keys = Reflect.ownKeys(object);
  else if (at < length || length <= LONGEST_SEARCHED) keys = Object.keys(object);
  // Indices come first.
  for (let next = found; next < keys.length; next++) read(object, keys[next]!);
  if (length > SHORT_ARRAY)
    for (const key of Object.getOwnPropertySymbols(object)) read(object, key);
}

/** A copy of a text: the one that was made of an equal text before, if it is among the last. */
function copyOf(text: string, copies: Map<string, string>): string {
  const { length } = text;
  // Engines hash very long texts by their length alone.
  const key = length < LONG ? text : `${text.slice(0, LONG)}${length}${text.slice(-LONG)}`;
  let copy = copies.get(key);
  if (copy === text) return copy;
  if (copies.size === REMEMBERED) copies.clear();
  copies.set(key, (copy = detach(text)));
  return copy;
}

/** Whether a value is an array, or an object without a class, of whatever realm. */
function isData(value: unknown): value is object {
  if (typeof value !== "object" || value === null || host().isProxy(value)) return false;
  if (Array.isArray(value)) return true;
  const proto = getPrototypeOf(value) as object | null;
  if (proto === null || proto === Object.prototype) return true;
  // The prototype of objects of another realm.
  return !host().isProxy(proto) && getPrototypeOf(proto) === null && hasOwn(proto, "isPrototypeOf");
}
