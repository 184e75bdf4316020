/**
 * What has been charged already. Sizes that are taken with the same accounting charge each object,
 * and each backing buffer, once, however many of the values hold it. It keeps what it has seen alive.
 *
 * ```ts
 * import { Accounting, sizeOf } from "@heapwise/sizeof";
 *
 * const seen = new Accounting();
 * const shared = new Uint8Array(1000);
 * sizeOf([shared], { seen }) > 1000; // => true
 * sizeOf([shared], { seen }) < 100; // => true
 * ```
 */
export class Accounting {
  readonly #seen = new Set<unknown>();

  /** Objects charged so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** Whether a value was charged. */
  has(value: unknown): boolean {
    return this.#seen.has(value);
  }

  /** Marks a value as charged. Returns whether it was not before. */
  add(value: unknown): boolean {
    const before = this.#seen.size;
    return this.#seen.add(value).size > before;
  }

  /** Forgets a value, so that the next size charges it again. Returns whether it was there. */
  delete(value: unknown): boolean {
    return this.#seen.delete(value);
  }

  /** Forgets everything. */
  clear(): void {
    this.#seen.clear();
  }
}
