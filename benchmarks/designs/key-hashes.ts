/**
 * Ways to hash a key: the hashes that the index begins with, before it learns, and the hashes that
 * lost. The seeds are fixed, because a design is only measured here and not attacked.
 */

/** 32 bits of a key. */
export type KeyHash<K> = (key: K) => number;

const LOW = 0x9e3779b9;
const HIGH = 0x7f4a7c15;

/** Chosen for integers: neighbours share cache lines of the table. */
export const hashIdentity: KeyHash<number> = (key) => key ^ LOW;

/** Spreads each bit of an integer over the whole hash; after the finalizer of MurmurHash3. */
export const hashMixed: KeyHash<number> = (key) => {
  let hash = Math.imul(key ^ LOW, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash ^ HIGH, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

/** The hash of strings before the index learns: the length and the last four characters. */
export const hashTailOf4: KeyHash<string> = (key) => {
  const last = key.length - 1;
  if (last < 3) return hashMultiplied(key);
  return hashMixed(last + charactersBefore(key, last + 1));
};

/**
 * For numbers of keys at which tails of four collide. In the index a lesson chooses further places.
 */
export const hashTailOf8: KeyHash<string> = (key) => {
  const { length } = key;
  if (length < 8) return hashMultiplied(key);
  return hashMixed(
    charactersBefore(key, length) ^ hashMixed(length + charactersBefore(key, length - 4)),
  );
};

/** Eight characters: the last six, and two from the middle. */
export const hashSampleOf8: KeyHash<string> = (key) => {
  const { length } = key;
  if (length <= 8) return hashMultiplied(key);
  const quarter = length >> 2;
  const others =
    key.charCodeAt(length - 5) ^
    (key.charCodeAt(length - 6) << 8) ^
    (key.charCodeAt(quarter) << 16) ^
    (key.charCodeAt(2 * quarter) << 24);
  return hashMixed(charactersBefore(key, length) ^ hashMixed(length + others));
};

/**
 * Every character, two per multiplication: about as fast as reading all of them can be. Collisions
 * are easy to make.
 */
export const hashMultiplied: KeyHash<string> = (key) => {
  const { length } = key;
  let hash = LOW ^ length;
  let at = 0;
  for (; at + 1 < length; at += 2) {
    hash = Math.imul(hash ^ key.charCodeAt(at) ^ (key.charCodeAt(at + 1) << 16), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  if (at < length) hash = Math.imul(hash ^ key.charCodeAt(at), 0x85ebca6b);
  return hash ^ (hash >>> 16);
};

/** Every character with HalfSipHash-1-3 (J.-P. Aumasson, D. J. Bernstein, 2012), two per turn. */
export const hashSip: KeyHash<string> = (key) => {
  const { length } = key;
  const inputs = (length + 1) >> 1;
  let v0 = LOW;
  let v1 = HIGH;
  let v2 = LOW ^ 0x6c796765;
  let v3 = HIGH ^ 0x74656462;
  // One more turn takes the length, and three turns without input finish.
  for (let i = 0; i < inputs + 4; i += 1) {
    let word = 0;
    if (i < inputs) {
      word = key.charCodeAt(2 * i);
      if (2 * i + 1 < length) word |= key.charCodeAt(2 * i + 1) << 16;
    } else if (i === inputs) word = length;
    else if (i === inputs + 1) v2 ^= 0xff;
    v3 ^= word;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v0 ^= word;
  }
  return v1 ^ v3;
};

/** The four characters before a place, a byte apart. */
function charactersBefore(key: string, end: number): number {
  return (
    key.charCodeAt(end - 1) ^
    (key.charCodeAt(end - 2) << 8) ^
    (key.charCodeAt(end - 3) << 16) ^
    (key.charCodeAt(end - 4) << 24)
  );
}
