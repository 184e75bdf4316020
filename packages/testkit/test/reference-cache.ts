import {
  BoundedCacheModel,
  type BoundedCacheModelOptions,
  type FullCache,
  type RemovalCause,
} from "../src/index.ts";

/** Options of the reference cache: the options of the model, and a listener. */
export interface ReferenceOptions extends BoundedCacheModelOptions<unknown, unknown> {
  readonly onRemoval?: (key: unknown, value: unknown, cause: RemovalCause) => void;
}

export const REMOVE: unique symbol = Symbol("remove");

/**
 * The model with the interface of a cache. It shows that the suites pass a correct cache, and its
 * broken variants show that they catch a defect.
 */
export class ReferenceCache implements FullCache<unknown, unknown> {
  readonly model: BoundedCacheModel<unknown, unknown>;
  readonly options: ReferenceOptions;
  #reported = 0;
  #isReporting = false;

  constructor(options: ReferenceOptions) {
    this.options = options;
    this.model = new BoundedCacheModel(options);
  }

  get size(): number {
    return this.model.size;
  }
  get weight(): number {
    return this.model.weight;
  }
  get(key: unknown): unknown {
    return this.model.get(key);
  }
  peek(key: unknown): unknown {
    return this.model.peek(key);
  }
  has(key: unknown): boolean {
    return this.model.entries.has(key);
  }
  set(key: unknown, value: unknown): unknown {
    this.model.set(key, value);
    return this.report(this);
  }
  delete(key: unknown): boolean {
    return this.report(this.model.delete(key));
  }
  clear(): void {
    this.report(this.model.clear());
  }
  evict(): [unknown, unknown] | undefined {
    return this.report(this.model.evict());
  }
  resize(bounds: { max?: number; maxWeight?: number }): unknown {
    return this.report(this.model.resize(bounds));
  }
  getOrInsert(key: unknown, value: unknown): unknown {
    return this.getOrInsertComputed(key, () => value);
  }
  getOrInsertComputed(key: unknown, compute: (key: unknown) => unknown): unknown {
    const old = this.model.get(key);
    if (this.has(key)) return old;
    const value = compute(key);
    this.set(key, value);
    return value;
  }
  update(key: unknown, change: (old: unknown) => unknown): unknown {
    const value = change(this.peek(key));
    return value === REMOVE ? this.delete(key) : this.set(key, value);
  }
  getMany(keys: Iterable<unknown>): Map<unknown, unknown> {
    const found = new Map<unknown, unknown>();
    for (const key of keys) {
      const value = this.get(key);
      if (this.has(key)) found.set(key, value);
    }
    return found;
  }
  setMany(entries: Iterable<readonly [unknown, unknown]>): unknown {
    for (const [key, value] of entries) this.set(key, value);
    return this;
  }
  deleteMany(keys: Iterable<unknown>): number {
    return [...keys].filter((key) => this.delete(key)).length;
  }
  deleteWhere(matches: (value: unknown, key: unknown) => boolean): number {
    return this.deleteMany(
      this.entries()
        .filter(([key, value]) => matches(value, key))
        .map(([key]) => key),
    );
  }
  hottest(n: number): [unknown, unknown][] {
    return this.entries().slice(0, n);
  }
  coldest(n: number): [unknown, unknown][] {
    return this.entries().reverse().slice(0, n);
  }
  info(key: unknown): { readonly weight: number } | undefined {
    return this.model.entries.get(key);
  }
  stats(): ReturnType<FullCache<unknown, unknown>["stats"]> {
    return this.model.snapshotCounts();
  }
  keys(): Iterable<unknown> {
    return this.#live(([key]) => key);
  }
  values(): Iterable<unknown> {
    return this.#live(([, value]) => value);
  }
  entries(): [unknown, unknown][] {
    return this.model.keys().map((key) => [key, this.peek(key)]);
  }
  [Symbol.iterator](): Iterator<[unknown, unknown]> {
    return this.#live((entry) => entry)[Symbol.iterator]();
  }
  forEach(visit: (value: unknown, key: unknown) => void): void {
    for (const [key, value] of this) visit(value, key);
  }

  /**
   * Iterates over the keys that the cache had at the start, without the keys that were removed
   * since.
   */
  *#live<T>(select: (entry: [unknown, unknown]) => T): Generator<T> {
    for (const key of this.model.keys()) {
      if (this.has(key)) yield select([key, this.peek(key)]);
    }
  }

  /**
   * Reports the removed values in their order. Only the outermost call does so, and rethrows the
   * first error at the end.
   */
  protected report<T>(result: T): T {
    if (this.#isReporting) return result;
    this.#isReporting = true;
    const errors: unknown[] = [];
    while (this.#reported < this.model.removals.length) {
      const removal = this.model.removals[this.#reported++];
      try {
        if (removal !== undefined) this.options.onRemoval?.(...removal);
      } catch (error) {
        errors.push(error);
      }
    }
    this.#isReporting = false;
    if (errors.length > 0) throw errors[0];
    return result;
  }
}
