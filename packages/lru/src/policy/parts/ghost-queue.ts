/**
 * The hashes of the keys that were evicted last, first in, first out.
 *
 *     ring    [ .  .  h3  .  h4  h5  h6  .  . ]      . = never used, forgotten or taken
 *                     ^oldest         ^end
 *     table   place in the ring + 1, at or after the home of the hash; linear probing
 *
 * Invariants:
 * - Each hash in the ring has exactly one place in the table, and the table has no other places: a
 *   place is emptied without a tombstone.
 * - The part of the ring from `oldest` to `end` is shorter than the ring. It may have many holes,
 *   since hashes are taken; then the oldest hashes are forgotten early.
 */
export class GhostQueue {
  /** The hashes. 0 is a hole, so the hash 0 is kept as 1. */
  #ring: Int32Array = new Int32Array(0);
  #table: Int32Array = new Int32Array(0);
  #oldest = 0;
  #end = 0;
  #size = 0;

  /** Adds a hash at the end, unless it is known. Keeps at most `limit` hashes, the newest. */
  put(hash: number, limit: number): void {
    if (this.#ring.length < limit * RING_ROOM) {
      this.#rebuild(Math.max(limit, (GROWTH * this.#ring.length) / RING_ROOM));
    }
    const ring = this.#ring;
    if (this.#find(hash || 1) >= 0) return;
    while (this.#size >= limit || this.#span() === ring.length - 1) this.#expire();
    this.#append(hash || 1);
  }

  /** Forgets a hash. Returns whether it was known. */
  take(hash: number): boolean {
    if (this.#size === 0) return false;
    const at = this.#find(hash || 1);
    if (at < 0) return false;
    this.#ring[this.#table[at]! - 1] = 0;
    this.#erase(at);
    this.#size--;
    return true;
  }

  /** Forgets all hashes, and releases the memory. */
  clear(): void {
    this.#ring = new Int32Array(0);
    this.#table = new Int32Array(0);
    this.#oldest = 0;
    this.#end = 0;
    this.#size = 0;
  }

  /** Releases memory if it has room for more than twice `limit` hashes. */
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

  /** The place of a hash in the table, or -1. */
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

  /** Empties a place of the table, and moves back the places that were pushed past it. */
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

/** The place at which the search for a hash begins. */
function homeIn(table: Int32Array, hash: number): number {
  // The hashes of integers are not well mixed: the multiplication spreads them.
  const spread = Math.imul(hash, 0x9e3779b1) >>> 0;
  return (spread * 2 ** -32 * table.length) | 0;
}

/** Places of the ring for each hash. */
const RING_ROOM = 1.5;
/** Places of the table for each hash. */
const TABLE_ROOM = 4 / 3;
/** The ring grows at least by this factor, even if the limit grows by a little each time. */
const GROWTH = 1.5;
