import { getOwnPropertyDescriptor } from "./object-functions.ts";
import type { Visitor } from "./visitor.ts";

const { propertyIsEnumerable } = Object.prototype;

/** A summary of the own properties of an object that were read. */
export interface OwnProperties {
  /** Number of fields whose key is a name or a symbol. */
  readonly count: number;
  /** The names, without the symbols. */
  readonly names: readonly string[];
  /** Number of characters of all names. */
  readonly characters: number;
  /** Number of fields whose key is an index. */
  readonly elements: number;
  /** The highest index, or -1 if there are no elements. */
  readonly highest: number;
}

/** Adds the values of the own properties under some keys, without the room for the fields. */
export function readOwn(
  visitor: Visitor,
  object: object,
  keys: readonly (string | symbol)[],
): OwnProperties {
  const names: string[] = [];
  let count = 0;
  let characters = 0;
  let elements = 0;
  let highest = -1;
  for (const key of keys) {
    const property = propertyOf(object, key);
    if (property === undefined) continue;
    const index = toIndex(key);
    if (index >= 0) {
      elements++;
      highest = index;
    } else {
      if (typeof key === "symbol") visitor.bounds?.symbol(key);
      else {
        names.push(key);
        characters += key.length;
      }
      if (typeof key === "symbol" || !isAccessor(property)) count++;
    }
    if (isAccessor(property)) visitor.addAccessor(property);
    else visitor.read(property.value);
    if (visitor.passesLimit(count + elements)) break;
  }
  return { count, names, characters, elements, highest };
}

/** Adds the values of the fields that a for-in loop does not show. */
export function readHidden(visitor: Visitor, object: object): OwnProperties {
  const isHidden = (key: string | symbol): boolean =>
    typeof key === "symbol" || !propertyIsEnumerable.call(object, key);
  return readOwn(visitor, object, Reflect.ownKeys(object).filter(isHidden));
}

/** The descriptor of an own property, or undefined if the property can't be read safely. */
function propertyOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  // The stack of a V8 error looks like a value, but is a native getter: it would call
  // `Error.prepareStackTrace`.
  if (key === "stack" && !propertyIsEnumerable.call(object, key)) return undefined;
  try {
    return getOwnPropertyDescriptor(object, key);
  } catch {
    // A binding of a module that has no value yet.
    return undefined;
  }
}

/** Whether a property has a getter or a setter. */
export function isAccessor({ get, set }: PropertyDescriptor): boolean {
  return get !== set;
}

/** The index that a key stands for, or -1 if the key is not an index. */
function toIndex(key: PropertyKey): number {
  const index = typeof key === "string" ? Number(key) : -1;
  return index >= 0 && index < 2 ** 32 - 1 && String(index) === key ? index : -1;
}
