import { deserialize, serialize } from "node:v8";
import { keySet } from "./key-sets.ts";
import { scramble } from "./random.ts";

/**
 * How the keys of a workload are made. `fresh` strings are new in every call, as in most programs.
 * `joined` strings are new too: two strings are put together, and are not yet one text in memory. A
 * `slice` is cut out of a long text, as `split` does it: its characters are far away in memory.
 * `integer` keys are as good as random; `serial` ones count up from 0.
 */
export type KeyKind = "string" | "fresh" | "joined" | "slice" | "integer" | "serial" | "object";

/** The keys of a workload: their kind, and for text their length or their set. */
export interface KeyShape {
  readonly kind: KeyKind;
  /** Characters of a string key, at least 8. */
  readonly length: number;
  /**
   * Name of a set of `KEY_SETS` that string keys come from. By default they are
   * `user:<id>:profile…`.
   */
  readonly set?: string;
  /** Whether texts without a set differ in their last characters only: `user:profile…<id>`. */
  readonly differsLast?: boolean;
}

/** The name of keys in tables: the set, or the kind, with the length if they are text. */
export function nameKeys({ kind, length, set }: KeyShape): string {
  const isText = kind === "string" || !["integer", "serial", "object"].includes(kind);
  return set ?? (isText ? `${kind} ${length}` : kind);
}

/** Keys by id. The same id always gives an equal key. */
export interface Keys {
  /** Every call makes new keys, so that two caches must not get the same keys. */
  readonly fresh: boolean;
  /**
   * The keys of some ids, in the same order. Strings of kind `fresh` are new objects without a
   * hash.
   */
  of(ids: Uint32Array): unknown[];
}

// Five bits a digit, so that seven digits hold 32 bits.
const ID_DIGITS = 7;
const DIGITS = Buffer.from("0123456789abcdefghijklmnopqrstuv");

const PREFIX = "user:";

/** Keys look like real ones: the differing characters are in the middle, or at the end. */
function createTexts(length: number, differsLast: boolean): (id: number) => string {
  const start = differsLast ? length - ID_DIGITS : Math.min(PREFIX.length, length - ID_DIGITS);
  const shared = PREFIX + "profile:2026:".repeat(Math.ceil(length / 13));
  // Text from bytes is one flat string. A concatenation would be flattened by its first use.
  const bytes = Buffer.alloc(length);
  bytes.write(shared.slice(0, start), 0, "latin1");
  bytes.write(`:${shared.slice(start)}`, start + ID_DIGITS, "latin1");
  return (id) => {
    let rest = scramble(id);
    for (let at = start + ID_DIGITS - 1; at >= start; at -= 1) {
      bytes[at] = DIGITS[rest & 31]!;
      rest >>>= 5;
    }
    return bytes.toString("latin1");
  };
}

/** Permutes the 30-bit integers, which V8 keeps without a box on all platforms. */
function integerOf(id: number): number {
  const low = 0x3fff_ffff;
  const once = Math.imul(id ^ (id >>> 15), 0x85ebca6b) & low;
  const twice = Math.imul(once ^ (once >>> 15), 0xc2b2ae35) & low;
  return twice ^ (twice >>> 15);
}

/** Flat copies of texts, without a hash. */
function copiesOf(texts: readonly unknown[]): unknown[] {
  return deserialize(serialize(texts)) as unknown[];
}

/** Slices of one text, in the order of the texts. */
function slicesOf(texts: readonly unknown[]): unknown[] {
  const whole = copiesOf([texts.join("\n")])[0] as string;
  return whole.split("\n");
}

/** A text of two parts, which V8 joins in memory when it is first read. */
function joinedOf(text: unknown): string {
  const whole = text as string;
  const half = whole.length >> 1;
  return whole.slice(0, half) + whole.slice(half);
}

function createMaker(shape: KeyShape, least: number): (id: number) => unknown {
  const { kind, length, set, differsLast = false } = shape;
  if (kind === "serial") return (id) => id;
  if (kind === "integer") return integerOf;
  if (kind === "object") return (id) => ({ id });
  return set === undefined ? createTexts(length, differsLast) : keySet(set).create(least);
}

/**
 * Makes the keys of ids below `count`. At least `least` of them are different. Strings and objects
 * are made once, on their first use, unless the kind is new in every call.
 */
export function createKeys(shape: KeyShape, count: number, least = 0): Keys {
  if (!Number.isInteger(shape.length) || shape.length < 8) {
    throw new RangeError(
      `Cannot make string keys: length = ${shape.length}, expected an integer of at least 8`,
    );
  }
  const make = createMaker(shape, least);
  const { kind, set } = shape;
  // Making an integer is as quick as finding it, and an array of integers would be work for the
  // collector.
  const isMade = kind === "integer" || kind === "serial" || (kind === "fresh" && set === undefined);
  const kept = new Array<unknown>(isMade ? 0 : count);
  return {
    fresh: kind === "fresh" || kind === "joined",
    of(ids) {
      if (isMade) return Array.from(ids, make);
      const missing = [...new Set(ids)].filter((id) => kept[id] === undefined);
      keep(shape, missing.map(make)).forEach((key, at) => (kept[missing[at]!] = key));
      const keys = Array.from(ids, (id) => kept[id]);
      if (kind === "joined") return keys.map(joinedOf);
      return kind === "fresh" ? copiesOf(keys) : keys;
    },
  };
}

/** The keys in the form that their kind has in memory. */
function keep({ kind, set }: KeyShape, keys: unknown[]): unknown[] {
  if (kind === "object" || keys.length === 0) return keys;
  // The strings of a set are slices or joined, and texts without a set are flat.
  const flat = set === undefined ? keys : copiesOf(keys);
  const kept = kind === "slice" ? slicesOf(keys) : flat;
  hashAll(kept);
  return kept;
}

/**
 * V8 keeps the hash of a key that was used before. Without this, the first cache of a round would
 * compute the hashes for all caches.
 */
function hashAll(keys: readonly unknown[]): number {
  return new Set(keys).size;
}
