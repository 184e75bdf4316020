/** The first objects are compared one by one. */
const FEW = 8;

/**
 * The objects that a walk has visited. A `Set` asks the engine for an identity hash of each object,
 * which costs as much as reading the object. So the first few are compared one by one instead.
 */
export class Visited {
  readonly #few: unknown[] = new Array<undefined>(FEW).fill(undefined);
  #count = 0;
  #others = new Set<unknown>();

  /** Adds an object. Returns false if it was there before. */
  add(object: unknown): boolean {
    const few = this.#few;
    for (let i = 0; i < FEW; i++) if (few[i] === object) return false;
    if (this.#count < FEW) {
      few[this.#count++] = object;
      return true;
    }
    const before = this.#others.size;
    return this.#others.add(object).size > before;
  }

  has(object: unknown): boolean {
    return this.#few.includes(object) || this.#others.has(object);
  }

  clear(): void {
    this.#few.fill(undefined);
    this.#count = 0;
    if (this.#others.size > 0) this.#others = new Set();
  }
}
