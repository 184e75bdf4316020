import type { EngineProfile } from "../profile/profile.ts";
import { textBytes } from "./text.ts";

/** Places for signatures, a power of 2. */
const PLACES = 1024;
/**
 * After this many objects in a row with one signature, the next are taken for the same type without
 * a look at their keys, except for one of 256.
 */
const COMMON = 255;
/** Shapes that are remembered. */
const TYPES = 512;
/**
 * If this many objects with the same keys were sized one by one, the program has a type with them.
 */
const TIMES = 16;
/**
 * A record with this many keys or more is a dictionary, unless other objects have the same keys.
 */
const MANY = 21;
/**
 * Any object with this many keys or more is a dictionary, unless another object of the same walk
 * has the same keys.
 */
const TABLE = 128;
/** No hidden class has more keys. */
const LARGEST_CLASS = 1020;
/**
 * After this many objects with keys that no object had before, such objects are dictionaries even
 * if they have few keys.
 */
const FRESH = 64;
/** Keys are data if they have this many characters on average, */
const LONG = 24;
/** and this many in all. */
const LONG_IN_ALL = 64;
/** The hash takes in this many keys, and this many characters of each. */
const HASHED = 256;

const PRIME = 0x01000193;

/*
 * The findings of the last walks. Except for `owners` these are numbers, which keep nothing alive:
 * a signature consists of figures that a walk counts anyway, and a hash stands for the keys.
 */

/** By place, the signature that is common. */
const common = /* @__PURE__ */ new Uint32Array(PLACES);
/**
 * By place, how many objects in a row belonged to a type. If the signature is common, counts up to
 * the next object that is looked at.
 */
const runs = /* @__PURE__ */ new Uint8Array(PLACES);
/**
 * By hash of the keys, how many objects had them, and the number of the walk that met the last of
 * these. In the order of use: the oldest hash comes first.
 */
const types = /* @__PURE__ */ new Map<number, number>();
/** By number of keys, how many more objects had new keys than had known ones. Never below 0. */
const fresh = /* @__PURE__ */ new Uint8ClampedArray(MANY + 1);
/** By dictionary, 2^32 times the bytes that it has for itself, plus a mark of its signature. */
const owners = /* @__PURE__ */ new WeakMap<object, number>();

/** A signature of the keys of an object: their number, their characters, and the first of these. */
export function signatureOf(count: number, characters: number, first: number): number {
  return ((characters << 16) + (count << 8) + (first & 255)) >>> 0;
}

function placeOf(signature: number): number {
  return Math.imul(signature, PRIME) >>> 22;
}

/** Whether an object with this signature belongs to a type, because many in a row before it did. */
export function isCommon(signature: number): boolean {
  const at = placeOf(signature);
  return common[at] === signature && runs[at]!++ < COMMON;
}

/**
 * Bytes of keys and hidden class, if the object is a dictionary and has them for itself, because no
 * other object has the same keys. Returns 0 for an object of a type, which shares them with the
 * program.
 *
 * @param room Bytes of the fields.
 * @param walk The number of the walk, below 2^16.
 */
export function ownShape(
  object: object,
  proto: object | null,
  names: readonly string[],
  characters: number,
  signature: number,
  room: number,
  profile: EngineProfile,
  walk: number,
): number {
  const { length } = names;
  let hash = signature;
  for (const name of names.slice(0, HASHED)) {
    for (let at = Math.min(name.length, HASHED); at-- > 0;) {
      hash = Math.imul(hash ^ name.charCodeAt(at), PRIME);
    }
  }
  const entry = types.get(hash) ?? -TIMES;
  const isKnown = entry >= 0;
  const times = entry & (TIMES - 1);
  const isType = times === TIMES - 1 || entry >> 4 === walk;
  types.delete(hash);
  types.set(hash, walk * TIMES + (isType ? TIMES - 1 : length < TABLE ? times + 1 : 1));
  if (types.size > TYPES) types.delete(types.keys().next().value!);
  const size = Math.min(length, MANY);
  fresh[size]! += isKnown ? -1 : 1;
  const isLong = characters >= Math.max(LONG_IN_ALL, LONG * length);
  const isSmall = !isLong && proto !== null && length < (proto === Object.prototype ? MANY : TABLE);
  const at = placeOf(signature);
  if (isType || (isKnown && isSmall)) {
    if (common[at] !== signature && ++runs[at]! === COMMON) common[at] = signature;
    return 0;
  }
  common[at] = runs[at] = 0;
  const isData = isLong || fresh[size]! > FRESH;
  const hasClass = isData && proto !== null && length <= LARGEST_CLASS;
  let bytes = hasClass ? Math.max(0, profile.slot * (12 * length + 20) - room) : 0;
  if (isData || !isSmall) for (const name of names) bytes += textBytes(name, profile);
  // Noted even if there are no bytes. Otherwise the next size would count the keys of this object
  // as keys of a second one.
  owners.set(object, bytes * 2 ** 32 + markOf(signature, profile));
  return bytes;
}

/**
 * Bytes that `ownShape` returned for an object before. Undefined if it is not a dictionary, or has
 * changed since then.
 */
export function knownShape(
  object: object,
  signature: number,
  profile: EngineProfile,
): number | undefined {
  const owner = owners.get(object);
  const bytes = Math.floor((owner ?? 0) / 2 ** 32);
  return owner === bytes * 2 ** 32 + markOf(signature, profile) ? bytes : undefined;
}

/** A mark of a signature and a layout, below 2^32. */
function markOf(signature: number, { slot, stringHeader }: EngineProfile): number {
  return (signature ^ (slot * 256 + stringHeader)) >>> 0;
}
