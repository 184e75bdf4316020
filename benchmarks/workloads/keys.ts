/**
 * How the keys of a workload are made. `fresh` strings are made anew for every call, as programs do.
 * `integer` keys are as good as random; `serial` ones count up from 0.
 */
export type KeyKind = "string" | "fresh" | "integer" | "serial" | "object";

/** The keys of a workload: their kind, and their length where they are text. */
export interface KeyShape {
  readonly kind: KeyKind;
  /** Characters of a string key, at least 8. */
  readonly length: number;
}

/** Keys by id. The same id always gives an equal key. */
export interface Keys {
  /** Every call makes new keys, so that the keys of one cache must not be given to another. */
  readonly fresh: boolean;
  /** The keys of some ids, in their order. Strings of kind `fresh` are new objects whose hash is not known yet. */
  of(ids: Uint32Array): unknown[];
}

// Odd, so that multiplying by it permutes the 32-bit numbers and neighbours land far apart.
const SCATTER = 0x9e3779b1;

// Five bits a digit, so that seven digits hold 32 bits.
const ID_DIGITS = 7;
const DIGITS = Buffer.from("0123456789abcdefghijklmnopqrstuv");

/** Texts as keys are in practice: what they share comes first, what tells them apart comes last. */
function createTexts(length: number): (id: number) => string {
  const shared = "user:2026:".repeat(Math.ceil(length / 10)).slice(0, length - ID_DIGITS);
  // Text from bytes is one flat string; a concatenation would still have to be flattened by its first use.
  const bytes = Buffer.from(shared.padEnd(length));
  return (id) => {
    let rest = Math.imul(id, SCATTER);
    for (let at = length - 1; at >= length - ID_DIGITS; at -= 1) {
      bytes[at] = DIGITS[rest & 31]!;
      rest >>>= 5;
    }
    return bytes.toString("latin1");
  };
}

/** Permutes the 30-bit integers; the low bits of what comes out depend on all bits of what went in. */
function scramble(id: number): number {
  const low = 0x3fff_ffff;
  const once = Math.imul(id ^ (id >>> 15), 0x85ebca6b) & low;
  const twice = Math.imul(once ^ (once >>> 15), 0xc2b2ae35) & low;
  return twice ^ (twice >>> 15);
}

function createMaker({ kind, length }: KeyShape): (id: number) => unknown {
  if (kind === "serial") return (id) => id;
  if (kind === "integer") return scramble;
  if (kind === "object") return (id) => ({ id });
  return createTexts(length);
}

/** Makes the keys of ids below `count`; strings and objects once, on their first use, but for `fresh` ones. */
export function createKeys(shape: KeyShape, count: number): Keys {
  if (!Number.isInteger(shape.length) || shape.length < 8) {
    throw new RangeError(
      `Cannot make string keys: length = ${shape.length}, expected an integer of at least 8`,
    );
  }
  const make = createMaker(shape);
  const { kind } = shape;
  // An integer is as quickly made as found, and an array of them would be work for the collector.
  const made = kind === "string" || kind === "object" ? new Array<unknown>(count) : undefined;
  return {
    fresh: kind === "fresh",
    of(ids) {
      const keys = new Array<unknown>(ids.length);
      for (let i = 0; i < ids.length; i += 1) {
        const id = ids[i]!;
        keys[i] = made ? (made[id] ??= make(id)) : make(id);
      }
      return keys;
    },
  };
}
