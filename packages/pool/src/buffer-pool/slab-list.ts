import type { Slab } from "./slab.ts";

/**
 * The slabs of one size class that have a free block, the fullest last. It lends from the fullest, so
 * that the emptiest ones become empty and can be given back, as the arenas of CPython's obmalloc do.
 *
 * A loan leaves the fullest one the fullest. A return makes a slab emptier by one: it changes places
 * with the first of those that are as full as it was, which a binary search finds.
 */
export class SlabList {
  readonly #slabs: Slab[] = [];
  /** Blocks of all slabs of the class, those without a free one too. */
  blocks = 0;

  /** The fullest slab with a free block. */
  get fullest(): Slab | undefined {
    return this.#slabs.at(-1);
  }

  /** The slabs with a free block, the emptiest first. */
  get slabs(): readonly Slab[] {
    return this.#slabs;
  }

  /** Adds an empty slab. */
  add(slab: Slab): void {
    this.blocks += slab.blocks;
    this.#slabs.push(slab);
    slab.index = this.#slabs.length - 1;
    this.#moveTo(slab, 0);
  }

  /** To be called when the fullest slab has lent a block. */
  lent(slab: Slab): void {
    if (slab.used < slab.blocks) return;
    this.#slabs.pop();
    slab.index = -1;
  }

  /** To be called when a slab has got a block back. */
  returned(slab: Slab): void {
    if (slab.index === -1) {
      slab.index = this.#slabs.push(slab) - 1;
      return;
    }
    this.#moveTo(slab, this.#firstWith(slab.used + 1, slab.index));
  }

  /** Takes a slab out. */
  remove(slab: Slab): void {
    if (slab.index === -1) return;
    this.#slabs.splice(slab.index, 1);
    slab.index = -1;
    for (const [at, each] of this.#slabs.entries()) each.index = at;
  }

  /** The first place, up to `end`, of a slab that is this full or fuller. */
  #firstWith(used: number, end: number): number {
    let low = 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#slabs[middle]!.used < used) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #moveTo(slab: Slab, to: number): void {
    const other = this.#slabs[to]!;
    this.#slabs[slab.index] = other;
    other.index = slab.index;
    this.#slabs[to] = slab;
    slab.index = to;
  }
}
