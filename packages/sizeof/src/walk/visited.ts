/** Keys or elements that go into a fingerprint: what comes after them is read once only. */
export const PREFIX = 16;

/** Up to so many objects are compared one by one. */
const FEW = 8;

/** Places that are looked at before an object goes to the crowd. */
const PROBES = 16;

/** Up to so many places the table grows fourfold. */
const SMALL = 4096;

/** A table of so many places is worth keeping for the next walk. */
const KEPT = 64;

/**
 * The objects that a walk has seen: a set that takes a fingerprint of the content with each object.
 *
 * A `Set` asks the engine for an identity hash of every object, which costs more than all the rest of a
 * walk. Here the caller mixes a fingerprint from what it reads anyway. The same object gives the same
 * fingerprint, because nothing runs between two readings of it; different objects may share one.
 *
 * Invariants:
 * - nothing is deleted, and at most half of the places of the table are taken;
 * - the first objects are in `few`, so that small values cost no table. Any other is within `PROBES` places
 *   of the one that its fingerprint names, or all of those are taken and it is in the crowd, a plain `Set`;
 * - so objects with one content for all cost as much as in a `Set`, and never a long search.
 */
export class Visited {
  readonly #few: unknown[] = new Array<undefined>(FEW).fill(undefined);
  #fewCount = 0;
  #table: unknown[] = [];
  /** The fingerprint of the object at each place. */
  #prints: number[] = [];
  #count = 0;
  #crowd: Set<unknown> | undefined = undefined;

  /** Adds an object with its fingerprint, an Int32; undefined where it always comes without. Returns whether it was new. */
  add(object: unknown, print: number | undefined): boolean {
    const few = this.#few;
    for (let i = 0; i < FEW; i++) if (few[i] === object) return false;
    if (this.#fewCount < FEW) {
      few[this.#fewCount++] = object;
      return true;
    }
    return print === undefined ? this.#addToCrowd(object) : this.#addToTable(object, print);
  }

  clear(): void {
    this.#few.fill(undefined);
    this.#fewCount = this.#count = 0;
    this.#crowd = undefined;
    // A small table is kept.
    if (this.#table.length > KEPT) this.#table = this.#prints = [];
    else this.#table.fill(undefined);
  }

  #addToTable(object: unknown, print: number): boolean {
    if (2 * this.#count >= this.#table.length) this.#grow();
    const table = this.#table;
    const mask = table.length - 1;
    let at = spread(print) & mask;
    for (let probe = 0; probe < PROBES; probe++) {
      const there = table[at];
      if (there === object) return false;
      if (there === undefined) {
        // It came when these places were taken.
        if (this.#crowd?.has(object)) return false;
        table[at] = object;
        this.#prints[at] = print;
        this.#count++;
        return true;
      }
      at = (at + 1) & mask;
    }
    return this.#addToCrowd(object);
  }

  #addToCrowd(object: unknown): boolean {
    const crowd = (this.#crowd ??= new Set());
    const before = crowd.size;
    return crowd.add(object).size > before;
  }

  #grow(): void {
    const table = this.#table;
    const prints = this.#prints;
    const places = table.length === 0 ? 64 : table.length * (table.length < SMALL ? 4 : 2);
    this.#table = new Array(places);
    this.#prints = new Array(places);
    this.#count = 0;
    for (let i = 0; i < table.length; i++) {
      if (table[i] !== undefined) this.#addToTable(table[i], prints[i]!);
    }
  }
}

function spread(print: number): number {
  const mixed = Math.imul(print ^ (print >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
