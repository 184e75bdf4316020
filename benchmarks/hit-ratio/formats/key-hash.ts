/**
 * A hash of 96 bits over bytes that come in pieces, so that a key of any length needs no memory.
 *
 * It is MurmurHash3 x86_128 (A. Appleby, https://github.com/aappleby/smhasher) without its last
 * word. Two keys with the same hash would count as one key. Among n keys the probability of such a
 * pair is about n * n / 2 ** 97: 6e-12 for a billion keys, 1e-10 for all 2 ** 32 that a trace can
 * have. With 64 bits it would be 3% for a billion keys. An attacker could make keys that collide,
 * which does not matter in a benchmark.
 */
export class KeyHash {
  /** The words of the hash, after `finish`. */
  first = 0;
  second = 0;
  third = 0;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  #length = 0;
  // The last bytes, which are less than a block.
  readonly #rest = new Uint8Array(BLOCK);
  #restLength = 0;

  /** Adds the bytes from `start` up to `end`, which is not included. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.#length += end - start;
    let at = start;
    if (this.#restLength > 0) {
      while (this.#restLength < BLOCK && at < end) {
        this.#rest[this.#restLength] = bytes[at]!;
        this.#restLength += 1;
        at += 1;
      }
      if (this.#restLength < BLOCK) return;
      this.#addBlocks(this.#rest, 0, BLOCK);
      this.#restLength = 0;
    }
    const blocks = end - ((end - at) % BLOCK);
    this.#addBlocks(bytes, at, blocks);
    for (at = blocks; at < end; at += 1) {
      this.#rest[this.#restLength] = bytes[at]!;
      this.#restLength += 1;
    }
  }

  /** Ends a key: sets the words and prepares for the next key. */
  finish(): void {
    const rest = this.#rest;
    rest.fill(0, this.#restLength);
    let a = this.#a ^ mixA(wordAt(rest, 0));
    let b = this.#b ^ mixB(wordAt(rest, 4));
    let c = this.#c ^ mixC(wordAt(rest, 8));
    let d = this.#d ^ mixD(wordAt(rest, 12));
    a ^= this.#length;
    b ^= this.#length;
    c ^= this.#length;
    d ^= this.#length;
    a = (a + b + c + d) | 0;
    b = mixEnd((b + a) | 0);
    c = mixEnd((c + a) | 0);
    d = mixEnd((d + a) | 0);
    a = (mixEnd(a) + b + c + d) | 0;
    this.first = a >>> 0;
    this.second = (b + a) >>> 0;
    this.third = (c + a) >>> 0;
    this.#a = this.#b = this.#c = this.#d = this.#length = this.#restLength = 0;
  }

  #addBlocks(bytes: Uint8Array, start: number, end: number): void {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    for (let at = start; at < end; at += BLOCK) {
      a ^= mixA(wordAt(bytes, at));
      a = (Math.imul(rotate(a, 19) + b, 5) + 0x561ccd1b) | 0;
      b ^= mixB(wordAt(bytes, at + 4));
      b = (Math.imul(rotate(b, 17) + c, 5) + 0x0bcaa747) | 0;
      c ^= mixC(wordAt(bytes, at + 8));
      c = (Math.imul(rotate(c, 15) + d, 5) + 0x96cd1c35) | 0;
      d ^= mixD(wordAt(bytes, at + 12));
      d = (Math.imul(rotate(d, 13) + a, 5) + 0x32ac3b17) | 0;
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }
}

const BLOCK = 16;
const [C1, C2, C3, C4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function mixA(word: number): number {
  return Math.imul(rotate(Math.imul(word, C1), 15), C2);
}

function mixB(word: number): number {
  return Math.imul(rotate(Math.imul(word, C2), 16), C3);
}

function mixC(word: number): number {
  return Math.imul(rotate(Math.imul(word, C3), 17), C4);
}

function mixD(word: number): number {
  return Math.imul(rotate(Math.imul(word, C4), 18), C1);
}

/** Spreads each bit of a word over all its bits. */
export function mixEnd(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
