import type { Slab } from "./slab.ts";

/**
 * The slabs of one size class that have a free block, ordered from the emptiest to the fullest.
 * Loans come from the fullest slab, so that the emptiest slabs become empty and can be freed, as in
 * the arenas of CPython's obmalloc.
 *
 * A loan from the fullest slab keeps the order. A return makes a slab emptier by one block: it
 * changes places with the first slab that is as full as it was before, which a binary search finds.
 */
export class SlabList {
  readonly #slabs: Slab[] = [];
  /** Number of blocks of all slabs of the class, including slabs without a free block. */
  blocks = 0;

  /** The fullest slab with a free block. Undefined if no slab has a free block. */
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

  /** Called after the fullest slab has lent a block. */
  lent(slab: Slab): void {
    if (slab.used < slab.blocks) return;
    this.#slabs.pop();
    slab.index = -1;
  }

  /** Called after a block was returned to a slab. */
  returned(slab: Slab): void {
    if (slab.index === -1) {
      slab.index = this.#slabs.push(slab) - 1;
      return;
    }
    this.#moveTo(slab, this.#firstWith(slab.used + 1, slab.index));
  }

  /** Removes a slab. Does nothing if it is not in the list. */
  remove(slab: Slab): void {
    if (slab.index === -1) return;
    this.#slabs.splice(slab.index, 1);
    slab.index = -1;
    for (const [at, each] of this.#slabs.entries()) each.index = at;
  }

  /** The first place, up to `end`, of a slab with at least `used` blocks on loan. */
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
