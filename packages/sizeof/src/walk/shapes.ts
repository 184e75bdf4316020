import type { EngineProfile } from "../profile/profile.ts";
import { textBytes } from "./text.ts";

/** Places for signatures, a power of two. */
const PLACES = 1024;
/** After so many objects alike in a row the next are not looked at, but for one of 256. */
const COMMON = 255;
/** Rows of four places for hashes, a power of two. */
const ROWS = 128;
/** Keys of so many objects that were sized one by one are those of a type of the program. */
const TYPE = 15;
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
/** Most characters that are looked at of the first, the middle and the last key. */
const LOOKED_AT = 256;

const PRIME = 0x01000193;
const HASHES = 2 ** 32;
const SERIALS = 2 ** 36;

/** What an object was found to have for itself. */
interface Owner {
  readonly signature: number;
  readonly profile: EngineProfile;
  /** Whether its keys are data, and its hidden class is its own as well. */
  readonly isData: boolean;
  readonly bytes: number;
}

/*
 * What was sized of late, by any walk. But for `owners` these are numbers, which keep nothing alive: a
 * signature is made of what a walk knows anyhow, a hash of the keys.
 */
const common = /* @__PURE__ */ new Uint32Array(PLACES);
const runs = /* @__PURE__ */ new Uint8Array(PLACES);
/** A hash, how many objects had it, and the walk of the last one. In each row the latest is first. */
const table = /* @__PURE__ */ new Float64Array(4 * ROWS);
/** For each number of keys: how many more objects had keys of their own than had not. */
const fresh = /* @__PURE__ */ new Uint8Array(MANY + 1);
const owners = /* @__PURE__ */ new WeakMap<object, Owner>();

/** The keys of an object as far as a walk knows them: how many, their characters, and the first of these. */
export function signatureOf(count: number, characters: number, first: number): number {
  return ((characters << 16) + (count << 8) + (first & 255)) >>> 0;
}

const placeOf = (signature: number): number => Math.imul(signature, PRIME) >>> 22;

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
 * @param walk The number of the walk.
 */
export function ownShape(
  object: object,
  proto: object | null,
  names: readonly string[],
  signature: number,
  room: number,
  profile: EngineProfile,
  walk: number,
): number {
  const owner = owners.get(object);
  if (owner?.signature === signature && owner.profile === profile) return owner.bytes;
  const isData = owner?.isData ?? look(proto, names, signature, walk);
  if (isData === undefined) return 0;
  let bytes = 0;
  for (const name of names) bytes += textBytes(name, profile);
  const { length } = names;
  if (isData && proto !== null && length <= LARGEST_CLASS) {
    bytes += Math.max(0, profile.slot * (12 * length + 16) - room);
  }
  owners.set(object, { signature, profile, isData, bytes });
  return bytes;
}

/** Whether the keys of an object are data; false if they only are its own, undefined if others have them too. */
function look(
  proto: object | null,
  names: readonly string[],
  signature: number,
  walk: number,
): boolean | undefined {
  const { length } = names;
  const hash = hashOf(names, signature);
  const row = 4 * (Math.imul(hash, PRIME) >>> 25);
  let way = row;
  while (way < row + 3 && table[way]! % HASHES !== hash) way++;
  const entry = table[way]!;
  const isKnown = entry % HASHES === hash;
  const before = isKnown ? (entry / HASHES) & TYPE : 0;
  const isType = before === TYPE || (isKnown && Math.floor(entry / SERIALS) === walk);
  const times = isType ? TYPE : length < TABLE ? before + 1 : 1;
  table.copyWithin(row + 1, row, way);
  table[row] = walk * SERIALS + times * HASHES + hash;

  const count = Math.min(length, MANY);
  if (!isKnown) fresh[count] = Math.min(fresh[count]! + 1, 255);
  else if (fresh[count]! > 0) fresh[count]!--;
  const at = placeOf(signature);
  const isLong = isLongInAll(names, length);
  const isSmall = !isLong && proto !== null && length < (proto === Object.prototype ? MANY : TABLE);
  if (isType || (isKnown && isSmall)) {
    if (common[at] !== signature && ++runs[at]! === COMMON) common[at] = signature;
    return undefined;
  }
  runs[at] = 0;
  if (common[at] === signature) common[at] = 0;
  if (isLong || fresh[count]! > FRESH) return true;
  return isSmall ? undefined : false;
}

function isLongInAll(names: readonly string[], count: number): boolean {
  let characters = 0;
  for (const name of names) characters += name.length;
  return characters >= LONG_IN_ALL && characters >= LONG * count;
}

/** Of most keys three characters count, of three of them all. */
function hashOf(names: readonly string[], signature: number): number {
  const { length } = names;
  let hash = signature;
  for (let i = 0; i < length; i++) {
    const name = names[i]!;
    const isRead = i === 0 || i === length >> 1 || i === length - 1;
    const step = Math.max(1, isRead ? Math.ceil(name.length / LOOKED_AT) : name.length >> 1);
    for (let c = name.length - 1; c >= 0; c -= step) {
      hash = Math.imul(hash ^ name.charCodeAt(c), PRIME);
    }
  }
  return hash >>> 0;
}
