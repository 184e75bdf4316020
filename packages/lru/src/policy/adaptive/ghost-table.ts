/**
 * A bounded memory of keys that left, with one 32-bit word per key: a set-associative table.
 *
 *     word = tag (12 bits of the hash) | time of the last use (14 bits) | history (6 bits, never 0)
 *
 * A newcomer takes an empty place of its bucket of four, or that of the key there that was used
 * longest ago. Nothing moves and nothing has to be swept.
 *
 * Invariants:
 * - A key has at most one word; 0 is an empty place.
 * - Another key passes for a remembered one in about 1 of 1,000 cases.
 * - Times are kept modulo 2^14 of the owner's units; who stays for longer may look younger than it is.
 */
import { HISTORY_BITS, HISTORY_MASK, type History } from "./reuse-model.ts";
import { spreadBits } from "../spread-bits.ts";

export class GhostTable {
  readonly #words: Int32Array;
  /** Buckets by 2^-32. */
  readonly #scale: number;

  /** Makes a table with room for `keys` keys. */
  constructor(keys: number) {
    const buckets = Math.max(1, Math.ceil(keys / WAYS));
    this.#scale = buckets * 2 ** -32;
    this.#words = new Int32Array(buckets * WAYS);
  }

  /** Places in the table. */
  get length(): number {
    return this.#words.length;
  }

  /** The word at a place, 0 where it is empty. */
  word(place: number): number {
    return this.#words[place]!;
  }

  /** Remembers a key, and answers with the word that had to go, or 0. */
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
      // The first of the oldest, without branches: ages are hard to foretell.
      const rank = ((now - (word >>> HISTORY_BITS)) & TIME_MASK) * WAYS + WAYS - 1 - way;
      const older = (oldest - rank) | 0;
      oldest = (oldest - (older & (older >> 31))) | 0;
      place = base + WAYS - 1 - (oldest & (WAYS - 1));
    }
    const gone = words[place]!;
    words[place] = (tag << TAG_SHIFT) | ((time & TIME_MASK) << HISTORY_BITS) | history;
    return gone;
  }

  /** Forgets a key, and answers with its word, or with 0 when the key is not known. */
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

/** How long before `now` the key of a word was used. */
export function ghostAge(word: number, now: number): number {
  return (now - (word >>> HISTORY_BITS)) & TIME_MASK;
}

const WAYS = 4;
/** Times are kept modulo so many units, which is one more. */
export const TIME_MASK = 0x3fff;
const TAG_SHIFT = 20;
const TAG_MASK = (1 << 12) - 1;
