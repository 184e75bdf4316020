/**
 * The keys that left last, first in, first out, known by their hashes alone.
 *
 *     ring    [ .  .  h3  .  h4  h5  h6  .  . ]      . = never used, expired or taken back
 *                     ^oldest         ^end
 *     table   place in the ring + 1, at or after the hash's home; linear probing, no tombstones
 *
 * Invariants:
 * - Every hash in the ring has exactly one place in the table; the two hold nothing else.
 * - `oldest` to `end` spans at most the ring. Where so many were taken back that the span would not
 *   fit, the oldest leave early.
 */
export class GhostQueue {
  /** Hashes; 0 is a hole, and stands for the hash 1 too. */
  #ring: Int32Array = new Int32Array(0);
  #table: Int32Array = new Int32Array(0);
  #oldest = 0;
  #end = 0;
  #size = 0;

  /** Puts a hash at the end, unless it is there, and forgets the oldest ones above `limit`. */
  put(hash: number, limit: number): void {
    if (this.#ring.length < limit * RING_ROOM) {
      this.#rebuild(Math.max(limit, (GROWTH * this.#ring.length) / RING_ROOM));
    }
    const ring = this.#ring;
    if (this.#find(hash || 1) >= 0) return;
    while (this.#size >= limit || this.#span() === ring.length - 1) this.#expire();
    this.#append(hash || 1);
  }

  /** Forgets a hash; says whether it was known. */
  take(hash: number): boolean {
    if (this.#size === 0) return false;
    const at = this.#find(hash || 1);
    if (at < 0) return false;
    this.#ring[this.#table[at]! - 1] = 0;
    this.#erase(at);
    this.#size--;
    return true;
  }

  /** Forgets everything, and gives the memory back. */
  clear(): void {
    this.#ring = new Int32Array(0);
    this.#table = new Int32Array(0);
    this.#oldest = 0;
    this.#end = 0;
    this.#size = 0;
  }

  /** Gives memory back where fewer keys than that will be remembered. */
  shrink(limit: number): void {
    if (this.#ring.length > 2 * limit * RING_ROOM) this.#rebuild(limit);
  }

  #span(): number {
    const span = this.#end - this.#oldest;
    return span < 0 ? span + this.#ring.length : span;
  }

  #append(hash: number): void {
    const table = this.#table;
    this.#ring[this.#end] = hash;
    let at = homeIn(table, hash);
    while (table[at] !== 0) at = at + 1 === table.length ? 0 : at + 1;
    table[at] = this.#end + 1;
    this.#end = this.#end + 1 === this.#ring.length ? 0 : this.#end + 1;
    this.#size++;
  }

  #expire(): void {
    const hash = this.#ring[this.#oldest]!;
    if (hash !== 0) this.take(hash);
    this.#oldest = this.#oldest + 1 === this.#ring.length ? 0 : this.#oldest + 1;
  }

  /** Place of a hash in the table, or -1. */
  #find(hash: number): number {
    const table = this.#table;
    const ring = this.#ring;
    let at = homeIn(table, hash);
    for (let place = table[at]!; place !== 0; place = table[at]!) {
      if (ring[place - 1] === hash) return at;
      at = at + 1 === table.length ? 0 : at + 1;
    }
    return -1;
  }

  /** Empties a place of the table and moves back what was pushed past it. */
  #erase(from: number): void {
    const table = this.#table;
    const ring = this.#ring;
    let hole = from;
    for (let at = from; ;) {
      at = at + 1 === table.length ? 0 : at + 1;
      const place = table[at]!;
      if (place === 0) break;
      const home = homeIn(table, ring[place - 1]!);
      const stays = hole < at ? home > hole && home <= at : home > hole || home <= at;
      if (stays) continue;
      table[hole] = place;
      hole = at;
    }
    table[hole] = 0;
  }

  #rebuild(limit: number): void {
    const from = this.#ring;
    let at = this.#oldest;
    const end = this.#end;
    let surplus = this.#size - limit;
    this.#ring = new Int32Array(Math.ceil(limit * RING_ROOM) + 1);
    this.#table = new Int32Array(Math.ceil(limit * TABLE_ROOM) + 1);
    this.#oldest = 0;
    this.#end = 0;
    this.#size = 0;
    for (; at !== end; at = at + 1 === from.length ? 0 : at + 1) {
      const hash = from[at]!;
      if (hash !== 0 && surplus-- <= 0) this.#append(hash);
    }
  }
}

/** Where the search for a hash begins. */
function homeIn(table: Int32Array, hash: number): number {
  // Hashes of integers are not well mixed: the multiplication spreads them.
  const spread = Math.imul(hash, 0x9e3779b1) >>> 0;
  return (spread * 2 ** -32 * table.length) | 0;
}

/** Places of the ring per key that it remembers. */
const RING_ROOM = 1.5;
/** Places of the table per key that it remembers. */
const TABLE_ROOM = 4 / 3;
/** Growth at least, where the limit creeps upwards. */
const GROWTH = 1.5;
