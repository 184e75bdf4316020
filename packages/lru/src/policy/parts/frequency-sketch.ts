/**
 * An estimate of how often each key was used recently, in eight bytes per entry: a count-min sketch
 * of 4-bit counters, four for each key, which are halved from time to time.
 *
 *     block = 64 bytes, one cache line = 4 quarters of 32 counters
 *     key   = one block, and one counter in each of its quarters; the smallest is the estimate
 *
 * Invariants:
 * - A counter is at most 15. The smallest counter of a key is never below the number that was
 *   written for the key, halved as often as the block was.
 * - Each block is halved once in `lifetime` writes per entry, one block after the other, so no
 *   operation sweeps the whole table.
 *
 * Einziger, Friedman, Manes: TinyLFU (ACM TOS 2017); blocks after Putze, Sanders, Singler: Cache-,
 * Hash- and Space-Efficient Bloom Filters (2009).
 */
import { spreadBits } from "./spread-bits.ts";

export class FrequencySketch {
  #counters: Int32Array = new Int32Array(0);
  #blocks = 0;
  #sinceHalving = 0;
  #nextHalved = 0;
  readonly #writesPerHalving: number;

  /** Creates a sketch without a table. A block is halved after `lifetime` writes per entry. */
  constructor(lifetime: number) {
    this.#writesPerHalving = lifetime * ENTRIES_PER_BLOCK;
  }

  /** The number of entries for which the table has room. While it is 0, nothing is written. */
  get entries(): number {
    return this.#blocks * ENTRIES_PER_BLOCK;
  }

  /** Creates an empty table for that many entries, in place of the old table. */
  reset(entries: number): void {
    this.#blocks =
      entries === 0 ? 0 : Math.max(LEAST_BLOCKS, Math.ceil(entries / ENTRIES_PER_BLOCK));
    this.#counters = new Int32Array(this.#blocks * WORDS);
    this.#sinceHalving = 0;
    this.#nextHalved = 0;
  }

  /** Counts a use of a key. */
  count(hash: number): void {
    if (this.#blocks === 0) return;
    const counters = this.#counters;
    const spread = spreadBits(hash);
    let at = this.#block(spread);
    let choice = Math.imul(spread, CHOICE);
    let counted = 0;
    for (const end = at + WORDS; at < end; at += QUARTER) {
      const word = at + ((choice >>> 3) & 3);
      const shift = (choice & 7) << 2;
      const counter = (counters[word]! >>> shift) & MOST;
      if (counter < MOST) {
        counters[word] = counters[word]! + (1 << shift);
        counted = 1;
      }
      choice >>>= 8;
    }
    if (counted === 1) this.#age();
  }

  /** Writes how often a key was used, unless a higher number is known. */
  raise(hash: number, frequency: number): void {
    if (this.#blocks === 0) return;
    const counters = this.#counters;
    const spread = spreadBits(hash);
    let at = this.#block(spread);
    let choice = Math.imul(spread, CHOICE);
    for (const end = at + WORDS; at < end; at += QUARTER) {
      const word = at + ((choice >>> 3) & 3);
      const shift = (choice & 7) << 2;
      const counts = counters[word]!;
      const more = frequency - ((counts >>> shift) & MOST);
      // No branch, because the processor cannot predict counters.
      counters[word] = counts + ((more & ~(more >> 31)) << shift);
      choice >>>= 8;
    }
    this.#age();
  }

  /** The estimated uses of a key, 0 to 15. */
  frequency(hash: number): number {
    if (this.#blocks === 0) return 0;
    const spread = spreadBits(hash);
    let at = this.#block(spread);
    let choice = Math.imul(spread, CHOICE);
    let least = MOST;
    const counters = this.#counters;
    for (const end = at + WORDS; at < end; at += QUARTER) {
      const counter = (counters[at + ((choice >>> 3) & 3)]! >>> ((choice & 7) << 2)) & MOST;
      if (counter < least) least = counter;
      choice >>>= 8;
    }
    return least;
  }

  #age(): void {
    if (++this.#sinceHalving < this.#writesPerHalving) return;
    this.#sinceHalving = 0;
    const counters = this.#counters;
    const from = this.#nextHalved * WORDS;
    for (let at = from; at < from + WORDS; at++) {
      counters[at] = (counters[at]! >>> 1) & 0x77777777;
    }
    this.#nextHalved = this.#nextHalved + 1 === this.#blocks ? 0 : this.#nextHalved + 1;
  }

  #block(spread: number): number {
    return (((spread >>> 0) * 2 ** -32 * this.#blocks) | 0) * WORDS;
  }
}

const MOST = 15;
const WORDS = 16;
const QUARTER = 4;
const ENTRIES_PER_BLOCK = 8;
/** A small cache needs room for more keys than it has entries. */
const LEAST_BLOCKS = 4;
/** Odd, so that no bit of the hash is lost. */
const CHOICE = 0x85ebca6b;
