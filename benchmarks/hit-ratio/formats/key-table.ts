/**
 * Numbers keys by first appearance. It stores no key: three words of 32 bits represent it.
 *
 * A `Map` holds at most 2 ** 24 keys and takes at least 100 bytes for each text. Here a key takes
 * 12 bytes for its words and 6 to 12 for its slot, all outside of the JavaScript heap.
 *
 * Invariants:
 * - a slot holds a number plus 1, or 0 if it is free;
 * - at most `FULL` of the slots are taken, so that a search soon ends at a free slot.
 */
import { mixEnd } from "./key-hash.ts";

const FULL = 0.7;
const PER_CHUNK = 2 ** 16;

export class KeyTable {
  /** Number of keys. */
  size = 0;
  #slots = new Uint32Array(1 << 10);
  // The words of the keys, in the order of their numbers. They are in chunks, so that growth copies
  // nothing.
  readonly #chunks: Uint32Array[] = [];

  /** Returns the number of a key. A new key gets the next number. */
  numberOf(first: number, second: number, third: number): number {
    const slots = this.#slots;
    const last = slots.length - 1;
    let at = slotOf(first, second, third, last);
    for (let taken = slots[at]!; taken !== 0; taken = slots[at]!) {
      if (this.#is(taken - 1, first, second, third)) return taken - 1;
      at = ((at + 1) & last) >>> 0;
    }
    const number = this.size;
    this.#store(number, first, second, third);
    slots[at] = number + 1;
    this.size += 1;
    if (this.size > FULL * slots.length) this.#grow();
    return number;
  }

  #is(number: number, first: number, second: number, third: number): boolean {
    const chunk = this.#chunks[Math.floor(number / PER_CHUNK)]!;
    const at = 3 * (number % PER_CHUNK);
    return chunk[at] === first && chunk[at + 1] === second && chunk[at + 2] === third;
  }

  #store(number: number, first: number, second: number, third: number): void {
    const at = 3 * (number % PER_CHUNK);
    if (at === 0) this.#chunks.push(new Uint32Array(3 * PER_CHUNK));
    const chunk = this.#chunks.at(-1)!;
    chunk[at] = first;
    chunk[at + 1] = second;
    chunk[at + 2] = third;
  }

  #grow(): void {
    const slots = new Uint32Array(2 * this.#slots.length);
    const last = slots.length - 1;
    for (let number = 0; number < this.size; number += 1) {
      const chunk = this.#chunks[Math.floor(number / PER_CHUNK)]!;
      const word = 3 * (number % PER_CHUNK);
      let at = slotOf(chunk[word]!, chunk[word + 1]!, chunk[word + 2]!, last);
      while (slots[at] !== 0) at = ((at + 1) & last) >>> 0;
      slots[at] = number + 1;
    }
    this.#slots = slots;
  }
}

// Mixed here too, because numbers of a binary trace are not hashed.
function slotOf(first: number, second: number, third: number, last: number): number {
  return (mixEnd(first ^ mixEnd(second ^ mixEnd(third))) & last) >>> 0;
}
