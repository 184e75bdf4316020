import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";

/**
 * First character of the key of a call with a `this`. The keys of all other calls begin with
 * another character.
 */
const WITH_THIS = "^";

/**
 * Returns one key for the primitive arguments of a call and the positions of all arguments. Two
 * calls have equal keys if their primitives are equal as keys of a `Map` (so -0 is 0), and their
 * other arguments are in the same positions.
 */
export function primitiveKey(self: unknown, args: readonly unknown[]): unknown {
  if (self === undefined && args.length === 1 && !canBeHeldWeakly(args[0])) {
    const [only] = args;
    return typeof only === "string" ? `'${only}` : only;
  }
  let key = self === undefined ? "" : WITH_THIS + encode(self);
  for (const argument of args) key += encode(argument);
  return key;
}

/** Returns a text that marks its own end, so that several texts in a row can be separated. */
function encode(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `s${value.length}:${value}`;
    case "number":
      return `n${value};`;
    case "bigint":
      return `b${value};`;
    case "boolean":
      return value ? "t" : "f";
    case "undefined":
      return "u";
    case "symbol": {
      const name = Symbol.keyFor(value);
      return name === undefined ? "o" : `y${name.length}:${name}`;
    }
    default:
      return value === null ? "l" : "o";
  }
}
