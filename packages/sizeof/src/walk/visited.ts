/** Keys or elements that go into a fingerprint: what comes after them is read once only. */
export const PREFIX = 16;
/** Places that are looked at before a value goes to the crowd. */
const PROBES = 16;

/**
 * The objects that a walk has seen: a set that takes a fingerprint of the content with each object.
 *
 * A `Set` asks the engine for an identity hash of every object and keeps its keys in order, which
 * costs more than all the rest of a walk. Here the caller mixes a fingerprint from what it reads
 * anyway. The same object gives the same fingerprint, because nothing runs between two readings of it;
 * different objects may share one.
 *
 * Invariants:
 * - open addressing, never deleted from: a value stands within `PROBES` places of its fingerprint, or
 *   all of those are taken and it is in the crowd, a plain `Set`;
 * - so objects with one content for all cost as much as in a `Set`, and never a long search.
 */
export class Visited {
  #values: unknown[] = new Array<unknown>(64).fill(undefined);
  #prints = new Int32Array(64);
  #size = 0;
  #crowd: Set<unknown> | undefined;

  /** Adds an object. Returns whether it was new. */
  add(value: unknown, print: number): boolean {
    const values = this.#values;
    const mask = values.length - 1;
    let at = spread(print) & mask;
    for (let probe = 0; probe < PROBES; probe++) {
      const there = values[at];
      if (there === value) return false;
      if (there === undefined) {
        if (this.#crowd?.has(value)) return false;
        values[at] = value;
        this.#prints[at] = print;
        if (++this.#size * 2 > mask) this.#grow();
        return true;
      }
      at = (at + 1) & mask;
    }
    return this.addOnly(value);
  }

  /** Adds an object of which there is no fingerprint. Each object comes always with one, or always without. */
  addOnly(value: unknown): boolean {
    const crowd = (this.#crowd ??= new Set());
    const before = crowd.size;
    return crowd.add(value).size > before;
  }

  #grow(): void {
    const values = this.#values;
    const prints = this.#prints;
    const length = values.length * 4;
    this.#values = new Array<unknown>(length).fill(undefined);
    this.#prints = new Int32Array(length);
    for (let from = 0; from < values.length; from++) {
      if (values[from] !== undefined) this.#place(values[from], prints[from]!);
    }
  }

  #place(value: unknown, print: number): void {
    const mask = this.#values.length - 1;
    let at = spread(print) & mask;
    for (let probe = 0; probe < PROBES; probe++) {
      if (this.#values[at] === undefined) {
        this.#values[at] = value;
        this.#prints[at] = print;
        return;
      }
      at = (at + 1) & mask;
    }
    this.addOnly(value);
  }
}

function spread(print: number): number {
  const mixed = Math.imul(print ^ (print >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
