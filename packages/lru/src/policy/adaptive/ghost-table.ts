/**
 * A bounded memory of evicted keys, with one 32-bit word per key: a set-associative table.
 *
 *     word = tag (12 bits of the hash) | time of the last use (14 bits) | history (6 bits, never 0)
 *
 * A key takes an empty place of its bucket of four, or the place of the key there that was used
 * longest ago. No key moves, and no sweep is needed.
 *
 * Invariants:
 * - A key has at most one word; 0 is an empty place.
 * - In about 1 of 1,000 cases an unknown key is taken for a remembered key.
 * - Times are kept modulo 2^14 units of the owner. A key that stays longer may look younger than it
 *   is.
 */
import { HISTORY_BITS, HISTORY_MASK, type History } from "./reuse-model.ts";
import { spreadBits } from "../parts/spread-bits.ts";

export class GhostTable {
  readonly #words: Int32Array;
  /** The number of buckets, times 2^-32. */
  readonly #scale: number;

  /** Creates a table with room for `keys` keys. */
  constructor(keys: number) {
    const buckets = Math.max(1, Math.ceil(keys / WAYS));
    this.#scale = buckets * 2 ** -32;
    this.#words = new Int32Array(buckets * WAYS);
  }

  /** The number of places in the table. */
  get length(): number {
    return this.#words.length;
  }

  /** The word at a place, 0 if the place is empty. */
  word(place: number): number {
    return this.#words[place]!;
  }

  /** Remembers a key. Returns the word that was overwritten, or 0. */
  put(hash: number, history: History, time: number, now: number): number {
    const words = this.#words;
    const spread = spreadBits(hash);
    const base = this.#base(spread);
    const tag = spread & TAG_MASK;
    let place = base;
    let oldest = -1;
    for (let way = 0; way < WAYS; way++) {
      const word = words[base + way]!;
      if (word === 0 || word >>> TAG_SHIFT === tag) {
        place = base + way;
        break;
      }
      // The first of the oldest, without branches: the processor cannot predict ages.
      const seniority = ((now - (word >>> HISTORY_BITS)) & TIME_MASK) * WAYS + WAYS - 1 - way;
      const older = (oldest - seniority) | 0;
      oldest = (oldest - (older & (older >> 31))) | 0;
      place = base + WAYS - 1 - (oldest & (WAYS - 1));
    }
    const gone = words[place]!;
    words[place] = (tag << TAG_SHIFT) | ((time & TIME_MASK) << HISTORY_BITS) | history;
    return gone;
  }

  /** Forgets a key. Returns its word, or 0 if the key is unknown. */
  take(hash: number): number {
    const words = this.#words;
    const spread = spreadBits(hash);
    const base = this.#base(spread);
    const tag = spread & TAG_MASK;
    for (let at = base; at < base + WAYS; at++) {
      const word = words[at]!;
      if (word !== 0 && word >>> TAG_SHIFT === tag) {
        words[at] = 0;
        return word;
      }
    }
    return 0;
  }

  #base(spread: number): number {
    return (((spread >>> 0) * this.#scale) | 0) * WAYS;
  }
}

/** The history in a word. */
export function ghostHistory(word: number): History {
  return word & HISTORY_MASK;
}

/** The time from the last use of the key of a word until `now`. */
export function ghostAge(word: number, now: number): number {
  return (now - (word >>> HISTORY_BITS)) & TIME_MASK;
}

const WAYS = 4;
/** Times are kept modulo 2^14 units. */
export const TIME_MASK = 0x3fff;
const TAG_SHIFT = 20;
const TAG_MASK = (1 << 12) - 1;
