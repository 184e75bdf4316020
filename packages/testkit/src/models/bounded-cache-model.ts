import type { CacheCounts, Removal, RemovalCause } from "../bounded-cache.ts";

/** Bounds of the model, and the two choices that it leaves to its maker. */
export interface BoundedCacheModelOptions<K, V> {
  readonly max?: number | undefined;
  readonly maxWeight?: number | undefined;
  readonly maxEntryWeight?: number | undefined;
  readonly weigh?: ((value: V, key: K) => number) | undefined;
  /** Names the entry that leaves next; the default is the coldest, which makes the model a strict LRU. */
  readonly victim?: ((coldestFirst: readonly K[]) => K) | undefined;
}

interface Entry<V> {
  value: V;
  weight: number;
}

/**
 * A naive bounded cache: a `Map` of what is in it and an array of its keys, coldest first. Slow and
 * plain on purpose, so that it can be read against the specification. It calls nobody back: what
 * left is in `removals`, in order.
 */
export class BoundedCacheModel<K, V> {
  readonly entries = new Map<K, Entry<V>>();
  readonly removals: Removal<K, V>[] = [];
  readonly counts = { hits: 0, misses: 0, inserts: 0, updates: 0, evictions: 0, rejections: 0 };
  max: number;
  maxWeight: number;
  #order: K[] = [];
  readonly #options: BoundedCacheModelOptions<K, V>;

  constructor(options: BoundedCacheModelOptions<K, V>) {
    this.#options = options;
    this.max = options.max ?? Infinity;
    this.maxWeight = options.maxWeight ?? Infinity;
  }

  get size(): number {
    return this.#order.length;
  }

  get weight(): number {
    return this.#order.reduce((sum, key) => sum + (this.entries.get(key)?.weight ?? NaN), 0);
  }

  get maxEntryWeight(): number {
    return this.#options.maxEntryWeight ?? this.maxWeight;
  }

  /** Keys, hottest first. */
  keys(): K[] {
    return [...this.#order].reverse();
  }

  weigh(value: V, key: K): number {
    return this.#options.weigh?.(value, key) ?? 1;
  }

  peek(key: K): V | undefined {
    return this.entries.get(key)?.value;
  }

  get(key: K): V | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) {
      this.counts.misses++;
      return undefined;
    }
    this.counts.hits++;
    this.#promote(key);
    return entry.value;
  }

  set(key: K, value: V, weight: number = this.weigh(value, key)): void {
    const old = this.entries.get(key);
    const isSame = old !== undefined && Object.is(old.value, value);
    if (old !== undefined && !isSame) this.removals.push([key, old.value, "replaced"]);
    if (weight > this.maxEntryWeight) {
      this.#forget(key);
      this.counts.rejections++;
      this.removals.push([key, value, "evicted"]);
      return;
    }
    this.counts[old === undefined ? "inserts" : "updates"]++;
    this.entries.set(key, { value, weight });
    this.#promote(key);
    this.#evictOverBounds();
  }

  delete(key: K): boolean {
    return this.#remove(key, "deleted");
  }

  clear(): void {
    for (const key of this.#order.slice()) this.#remove(key, "deleted");
  }

  evict(): [K, V] | undefined {
    if (this.size === 0) return undefined;
    const key = this.#options.victim?.(this.#order) ?? (this.#order[0] as K);
    const value = this.peek(key) as V;
    if (!this.#remove(key, "evicted")) throw new Error(`The victim ${String(key)} is not in the cache`);
    this.counts.evictions++;
    return [key, value];
  }

  resize(bounds: { max?: number; maxWeight?: number }): void {
    this.max = bounds.max ?? this.max;
    this.maxWeight = bounds.maxWeight ?? this.maxWeight;
    this.#evictOverBounds();
  }

  snapshotCounts(): CacheCounts {
    return { ...this.counts };
  }

  #evictOverBounds(): void {
    while (this.size > this.max || this.weight > this.maxWeight) this.evict();
  }

  #promote(key: K): void {
    const at = this.#order.findIndex((other) => sameValueZero(other, key));
    if (at >= 0) this.#order.splice(at, 1);
    // A Map stores -0 as 0, and so does the order.
    this.#order.push(Object.is(key, -0) ? (0 as K) : key);
  }

  #remove(key: K, cause: RemovalCause): boolean {
    const stored = this.#order.find((other) => sameValueZero(other, key)) as K;
    const entry = this.entries.get(key);
    if (entry === undefined) return false;
    this.#forget(key);
    this.removals.push([stored, entry.value, cause]);
    return true;
  }

  #forget(key: K): void {
    this.entries.delete(key);
    this.#order = this.#order.filter((other) => !sameValueZero(other, key));
  }
}

/** Equality of `Map` keys: `NaN` equals itself and -0 equals 0. */
export function sameValueZero(a: unknown, b: unknown): boolean {
  return a === b || (a !== a && b !== b);
}
