import type { EngineProfile } from "../profile/profile.ts";
import { textBytes } from "./text.ts";

/** Places for signatures, a power of two. */
const PLACES = 1024;
/** After so many objects alike in a row the next are not looked at, but for one of 256. */
const COMMON = 255;
/** So many shapes are remembered. */
const TYPES = 512;
/** After so many objects with the same keys that were sized one by one these are keys of a type of the program. */
const TIMES = 16;
/** From so many keys on a record is a dictionary, unless others have the same keys. */
const MANY = 21;
/** From so many keys on any object is, unless another one in the same walk has the same keys. */
const TABLE = 128;
/** No hidden class has more keys. */
const LARGEST_CLASS = 1020;
/** After so many objects whose keys no object before had the next are dictionaries, however few their keys. */
const FRESH = 64;
/** Keys of so many characters on average, and in all, are data. */
const LONG = 24;
const LONG_IN_ALL = 64;
/** Keys, and characters of each, that are looked at. */
const LOOKED_AT = 256;

const PRIME = 0x01000193;

/*
 * What was sized of late, by any walk. But for `owners` these are numbers, which keep nothing alive: a
 * signature is made of what a walk knows anyhow, a hash of the keys.
 */
const common = /* @__PURE__ */ new Uint32Array(PLACES);
const runs = /* @__PURE__ */ new Uint8Array(PLACES);
/** By hash how many objects had it, and the walk of the last one. The latest is the last. */
const types = /* @__PURE__ */ new Map<number, number>();
/** For each number of keys, how many more objects had keys of their own than had not, of late. */
const fresh = /* @__PURE__ */ new Uint8ClampedArray(MANY + 1);
/** What objects were found to have for themselves: a signature, and bytes times 2^32. */
const owners = /* @__PURE__ */ new WeakMap<object, number>();

/** What a walk knows of the keys of an object: how many, their characters, and the first of these. */
export function signatureOf(count: number, characters: number, first: number): number {
  return ((characters << 16) + (count << 8) + (first & 255)) >>> 0;
}

function placeOf(signature: number): number {
  return Math.imul(signature, PRIME) >>> 22;
}

/** Whether objects with such keys were alike so far. */
export function isCommon(signature: number): boolean {
  const at = placeOf(signature);
  return common[at] === signature && runs[at]!++ < COMMON;
}

/**
 * Bytes of keys and of a hidden class that an object has for itself, because it is a dictionary: no other
 * object has the same keys. Objects of one type have them in common with the program.
 *
 * @param room Bytes that its fields take.
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
  for (const name of names.slice(0, LOOKED_AT)) {
    for (let at = Math.min(name.length, LOOKED_AT); at-- > 0;) {
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
  // Also if that is nothing: sized again, its keys would look like those of two objects.
  owners.set(object, bytes * 2 ** 32 + markOf(signature, profile));
  return bytes;
}

/** What an object was found to have for itself before; undefined if it was not, or has changed. */
export function knownShape(
  object: object,
  signature: number,
  profile: EngineProfile,
): number | undefined {
  const owner = owners.get(object);
  const bytes = Math.floor((owner ?? 0) / 2 ** 32);
  return owner === bytes * 2 ** 32 + markOf(signature, profile) ? bytes : undefined;
}

/** The signature of an object as one engine has it. */
function markOf(signature: number, { slot, stringHeader }: EngineProfile): number {
  return (signature ^ (slot * 256 + stringHeader)) >>> 0;
}
