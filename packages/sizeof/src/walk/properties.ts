import { getOwnPropertyDescriptor } from "./object-functions.ts";
import type { Visitor } from "./visitor.ts";

const { propertyIsEnumerable } = Object.prototype;

/** What an object has of its own. */
export interface Own {
  /** Fields with a name. */
  readonly count: number;
  /** The names, but for symbols. */
  readonly names: readonly string[];
  /** Characters of the names. */
  readonly characters: number;
  /** Fields with an index. */
  readonly elements: number;
  /** The highest index, or -1. */
  readonly highest: number;
}

/** Adds the values of own properties, without the room for them. */
export function readOwn(visitor: Visitor, object: object, keys: readonly (string | symbol)[]): Own {
  const named: string[] = [];
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
        named.push(key);
        characters += key.length;
      }
      if (typeof key === "symbol" || !isAccessor(property)) count++;
    }
    if (isAccessor(property)) visitor.addAccessor(property);
    else visitor.read(property.value);
    if (visitor.isFull(count + elements)) break;
  }
  return { count, names: named, characters, elements, highest };
}

/** Adds fields that for-in does not show. */
export function hiddenFields(visitor: Visitor, object: object): Own {
  const isHidden = (key: string | symbol): boolean =>
    typeof key === "symbol" || !propertyIsEnumerable.call(object, key);
  return readOwn(visitor, object, Reflect.ownKeys(object).filter(isHidden));
}

/** A stack that V8 made is a native getter in the guise of a value: asking for it calls `Error.prepareStackTrace`. */
function propertyOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  if (key === "stack" && !propertyIsEnumerable.call(object, key)) return undefined;
  try {
    return getOwnPropertyDescriptor(object, key);
  } catch {
    // A binding of a module that has no value yet.
    return undefined;
  }
}

export function isAccessor({ get, set }: PropertyDescriptor): boolean {
  return get !== set;
}

/** The index that a key is, or -1. */
function toIndex(key: PropertyKey): number {
  const index = typeof key === "string" ? Number(key) : -1;
  return index >= 0 && index < 2 ** 32 - 1 && String(index) === key ? index : -1;
}
