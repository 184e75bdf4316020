import type { Kind } from "./kinds.ts";
import { readOwn, type Own } from "./properties.ts";
import type { Visitor } from "./visitor.ts";

/** Keys that are part of the object itself. */
const OWN_KEYS: Partial<Record<Kind | "function", readonly PropertyKey[]>> = {
  function: ["length", "name", "prototype", "arguments", "caller"],
  regexp: ["lastIndex"],
};

/** Adds own properties of a built-in object. */
export function readExtras(
  visitor: Visitor,
  object: object,
  kind: Kind | "function",
  keys: readonly (string | symbol)[] = Reflect.ownKeys(object).filter(
    (key) => !OWN_KEYS[kind]?.includes(key),
  ),
): void {
  const own = readOwn(visitor, object, keys);
  // An error has room for its message; what there is of the platform's own is in its figure.
  const more = kind === "error" ? own.count - 1 : kind === "platform" ? 0 : own.count;
  if (more > 0) outOfObject(visitor, own, more);
}

/** Adds the list of fields that an object of the engine's own gets for those of the program. */
export function outOfObject(
  visitor: Visitor,
  { count, characters }: Own,
  more: number = count,
): void {
  const bytes = visitor.profile.slot * (2 + 3 * Math.ceil(more / 3));
  visitor.bytes += bytes;
  visitor.bounds?.shape(count, characters);
}
