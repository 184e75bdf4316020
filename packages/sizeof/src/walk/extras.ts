import type { Kind } from "./kinds.ts";
import { readOwn, type OwnProperties } from "./properties.ts";
import type { Visitor } from "./visitor.ts";

/** Keys that the engine gives to each object of a kind. */
const ENGINE_KEYS: Partial<Record<Kind | "function", readonly PropertyKey[]>> = {
  function: ["length", "name", "prototype", "arguments", "caller"],
  regexp: ["lastIndex"],
};

/**
 * Adds the properties that the program gave to a function or to a built-in object.
 *
 * @param keys Their keys. By default all keys except those that the engine gives to the kind.
 */
export function readExtras(
  visitor: Visitor,
  object: object,
  kind: Kind | "function",
  keys: readonly (string | symbol)[] = Reflect.ownKeys(object).filter(
    (key) => !ENGINE_KEYS[kind]?.includes(key),
  ),
): void {
  const own = readOwn(visitor, object, keys);
  // An error has room for its message. The figure of a platform class includes its own fields.
  const fields = kind === "error" ? own.count - 1 : kind === "platform" ? 0 : own.count;
  if (fields > 0) addFieldList(visitor, own, fields);
}

/** Adds the list that a function or a built-in object gets for fields of the program. */
export function addFieldList(
  visitor: Visitor,
  { count, characters }: OwnProperties,
  fields: number = count,
): void {
  const bytes = visitor.profile.slot * (2 + 3 * Math.ceil(fields / 3));
  visitor.bytes += bytes;
  visitor.bounds?.shape(count, characters);
}
