/**
 * A record of the objects that were charged already. Sizes that are taken with the same accounting
 * charge each object and each backing buffer once, even if several of the values hold it. Texts
 * count each time, because equal texts can't be distinguished.
 *
 * Keeps every object that it has recorded alive, until `delete` or `clear`.
 *
 * @example
 * ```ts
 * import { Accounting, sizeOf } from "@heapwise/sizeof";
 *
 * const seen = new Accounting();
 * const shared = new Uint8Array(1000);
 * sizeOf([shared], { seen }) > 1000; // => true
 * sizeOf([shared], { seen }) < 100; // => true
 * seen.has(shared); // => true
 * ```
 */
export class Accounting {
  readonly #seen = new Set<unknown>();

  /** Number of objects and buffers charged so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** Whether a value was charged. Sizes do not mark texts. */
  has(value: unknown): boolean {
    return this.#seen.has(value);
  }

  /** Marks a value as charged, so that it counts nothing. Returns false if it was marked before. */
  add(value: unknown): boolean {
    const before = this.#seen.size;
    return this.#seen.add(value).size > before;
  }

  /**
   * Forgets a value, so that the next size charges it again. The objects that it holds stay
   * charged. Returns false if the value was not charged.
   */
  delete(value: unknown): boolean {
    return this.#seen.delete(value);
  }

  /** Forgets everything. */
  clear(): void {
    this.#seen.clear();
  }
}
