/**
 * Seeded 32-bit hashes of numbers and strings.
 *
 * The cheap ones read as little as tells keys apart; `SlotTable` changes to a dearer one when keys
 * collide, by chance or because somebody made them to.
 */

/** Two secrets of one cache. */
export interface HashSeed {
  readonly low: number;
  readonly high: number;
}

/**
 * Spreads the bits of `word` over the lower ones; one to one. One multiplication, then the upper bits
 * folded twice: words that differ in their upper eight bits only would else meet in a small table.
 */
export function spread(word: number): number {
  const product = Math.imul(word, 0x85ebca6b);
  return product ^ (product >>> 16) ^ (product >>> 24);
}

/** Spreads every bit of `word` over the result; one to one. After the finalizer of MurmurHash3 (A. Appleby), with secrets. */
export function mix(word: number, seed: HashSeed): number {
  let hash = Math.imul(word ^ seed.low, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash ^ seed.high, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** Hash of a number that is no int32. */
export function hashDouble(key: number, seed: HashSeed): number {
  float[0] = key;
  return mix(words[0]! ^ mix(words[1]!, seed), seed);
}

/** A word of the length and the last four characters: where most keys differ, and one cache line. */
export function tailOf(key: string): number {
  const last = key.length - 1;
  if (last < 3) return shortWord(key);
  const tail =
    key.charCodeAt(last) ^
    (key.charCodeAt(last - 1) << 8) ^
    (key.charCodeAt(last - 2) << 16) ^
    (key.charCodeAt(last - 3) << 24);
  return (tail + last) | 0;
}

function shortWord(key: string): number {
  let word = key.length << 24;
  for (let at = 0; at < key.length; at++) word ^= key.charCodeAt(at) << (8 * at);
  return word;
}

/** Hash of the last eight characters and of `more` others, evenly spaced over the rest. */
export function hashSample(key: string, seed: HashSeed, more: number): number {
  const length = key.length;
  if (length <= 8 + more) return hashWhole(key, seed);
  let hash = length;
  for (let at = length - 8; at < length; at += 2) {
    hash = mix(hash ^ key.charCodeAt(at) ^ (key.charCodeAt(at + 1) << 16), seed);
  }
  for (let i = 0; i < more; i++) {
    hash = mix(hash ^ key.charCodeAt(Math.floor((i * (length - 8)) / more)), seed);
  }
  return hash;
}

/**
 * Hash of every character: HalfSipHash-1-3 (J.-P. Aumasson, D. J. Bernstein: SipHash, a fast
 * short-input PRF, 2012) over pairs of characters. Nobody finds collisions without the seed.
 */
export function hashWhole(key: string, seed: HashSeed): number {
  const length = key.length;
  let v0 = seed.low;
  let v1 = seed.high;
  let v2 = 0x6c796765 ^ seed.low;
  let v3 = 0x74656462 ^ seed.high;
  // One more turn takes the length, three without input finish.
  const inputs = (length + 1) >> 1;
  for (let i = 0; i < inputs + 4; i++) {
    let word = 0;
    if (i < inputs) {
      word = key.charCodeAt(2 * i);
      if (2 * i + 1 < length) word |= key.charCodeAt(2 * i + 1) << 16;
    } else if (i === inputs) {
      word = length;
    } else if (i === inputs + 1) {
      v2 ^= 0xff;
    }
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
}

/** Two secrets out of one number: those of a replayed run are the same. */
export function hashSeed(seed: number): HashSeed {
  const base = { low: 0x9e3779b9 | 0, high: 0x7f4a7c15 };
  const low = mix(seed | 0, base);
  return { low, high: mix(Math.floor(seed / 2 ** 32) ^ low, base) };
}

const identities = new WeakMap<WeakKey, number>();
let lastIdentity = 0;

/** Hash of a key that has none of its own: objects and symbols by identity, the rest by what they print. */
export function hashUnhashed(key: unknown, seed: HashSeed): number {
  const isUnique = typeof key === "symbol" && Symbol.keyFor(key) === undefined;
  if (!isUnique && (key === null || (typeof key !== "object" && typeof key !== "function"))) {
    return typeof key === "string" ? hashSample(key, seed, 8) : hashWhole(String(key), seed);
  }
  let identity = identities.get(key as WeakKey);
  if (identity === undefined) {
    identity = ++lastIdentity;
    identities.set(key as WeakKey, identity);
  }
  return mix(identity | 0, seed);
}
