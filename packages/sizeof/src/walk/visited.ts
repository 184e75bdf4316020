/** Keys or elements that go into a fingerprint: what comes after them is read once only. */
export const PREFIX = 16;

/** Places that are looked at before a value goes to the crowd. */
const PROBES = 8;

/** Up to so many objects are compared one by one. */
const FEW = 8;

const PIECE_BITS = 7;
const PIECE = 1 << PIECE_BITS;

/**
 * The objects that a walk has seen: a set that takes a fingerprint of the content with each object.
 *
 * A `Set` asks the engine for an identity hash of every object and keeps its keys where the collector
 * has to follow them, which costs more than all the rest of a walk. Here the caller mixes a
 * fingerprint from what it reads anyway. The same object gives the same fingerprint, because nothing
 * runs between two readings of it; different objects may share one.
 *
 * The first few are compared one by one, so that small values cost no table. Beyond them objects and
 * fingerprints stand in the order in which they came; a table of places, of which at most half are
 * taken, leads from a fingerprint to them.
 *
 * Invariants:
 * - nothing is deleted: an object is led to within `PROBES` places of its fingerprint, or all of those
 *   are taken and it is in the crowd, a plain `Set`;
 * - so objects with one content for all cost as much as in a `Set`, and never a long search.
 */
export class Visited {
  /** The first objects with their fingerprints by turns; undefined when there are more. */
  #few: unknown[] | undefined = [];
  /** The objects in pieces, because one long array is moved each time it grows. */
  readonly #pieces: unknown[][] = [];
  #count = 0;
  #prints: Int32Array = NONE;
  /** One more than the number of an object; 0 where there is none. */
  #places: Int32Array = NONE;
  #crowd: Set<unknown> | undefined = undefined;

  /** Adds an object with its fingerprint, an Int32; undefined where it always comes without. Returns whether it was new. */
  add(object: unknown, print: number | undefined): boolean {
    if (this.#few !== undefined) return this.#addToFew(this.#few, object, print);
    return print === undefined ? this.#addToCrowd(object) : this.#addToTable(object, print);
  }

  #addToFew(few: unknown[], object: unknown, print: number | undefined): boolean {
    for (let i = 0; i < few.length; i += 2) if (few[i] === object) return false;
    few.push(object, print);
    if (few.length < 2 * FEW) return true;
    this.#few = undefined;
    this.#prints = new Int32Array(4 * FEW);
    this.#places = new Int32Array(8 * FEW);
    for (let i = 0; i < few.length; i += 2) this.add(few[i], few[i + 1] as number | undefined);
    return true;
  }

  #addToTable(object: unknown, print: number): boolean {
    const places = this.#places;
    const mask = places.length - 1;
    let at = spread(print) & mask;
    for (let probe = 0; probe < PROBES; probe++) {
      const there = places[at]!;
      if (there === 0) {
        if (this.#crowd?.has(object)) return false;
        this.#append(object, print, at);
        return true;
      }
      if (this.#prints[there - 1] === print && this.#object(there - 1) === object) return false;
      at = (at + 1) & mask;
    }
    return this.#addToCrowd(object);
  }

  #addToCrowd(object: unknown): boolean {
    const crowd = (this.#crowd ??= new Set());
    const before = crowd.size;
    return crowd.add(object).size > before;
  }

  #object(number: number): unknown {
    return this.#pieces[number >>> PIECE_BITS]![number & (PIECE - 1)];
  }

  #append(object: unknown, print: number, at: number): void {
    const number = this.#count++;
    if ((number & (PIECE - 1)) === 0) this.#pieces.push(new Array<unknown>(PIECE));
    this.#pieces[number >>> PIECE_BITS]![number & (PIECE - 1)] = object;
    this.#prints[number] = print;
    this.#places[at] = number + 1;
    if (this.#count === this.#prints.length) this.#grow();
  }

  #grow(): void {
    const { length } = this.#prints;
    const prints = new Int32Array(2 * length);
    prints.set(this.#prints);
    this.#prints = prints;
    const places = new Int32Array(4 * length);
    const mask = places.length - 1;
    this.#places = places;
    for (let number = 0; number < length; number++) {
      let at = spread(prints[number]!) & mask;
      let probe = 0;
      while (places[at] !== 0 && probe < PROBES) {
        at = (at + 1) & mask;
        probe++;
      }
      if (probe < PROBES) places[at] = number + 1;
      else this.#addToCrowd(this.#object(number));
    }
  }
}

const NONE = new Int32Array(0);

function spread(print: number): number {
  const mixed = Math.imul(print ^ (print >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
