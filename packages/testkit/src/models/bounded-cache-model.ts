import type { CacheCounts, EntryFacts, Removal, RemovalCause } from "../bounded-cache.ts";

/** Bounds of the model, and the two choices that the caller makes for it. */
export interface BoundedCacheModelOptions<K, V> {
  readonly max?: number | undefined;
  readonly maxWeight?: number | undefined;
  readonly maxEntryWeight?: number | undefined;
  readonly weigh?: ((value: V, key: K) => number) | undefined;
  /** Time that an entry lives after its write, ms. */
  readonly ttl?: number | undefined;
  /** Time that an entry lives after its last use, ms. */
  readonly idleTtl?: number | undefined;
  /**
   * Chooses the entry that expires next. Gets the expired keys, the earliest first. Default: the
   * first.
   */
  readonly expired?: ((over: readonly K[]) => K) | undefined;
  /**
   * Chooses the next victim. By default it is the coldest entry, which makes the model a strict
   * LRU.
   */
  readonly victim?: ((coldestFirst: readonly K[]) => K) | undefined;
}

interface Entry<V> {
  value: V;
  weight: number;
  /** Times, ms. */
  readonly written: number;
  used: number;
  readonly deadline: number;
}

/**
 * A naive bounded cache: a `Map` of its entries and an array of its keys, coldest first. It is slow
 * and simple on purpose, so that a reader can compare it with the specification. It calls no
 * listener: `removals` has the removed entries in order.
 */
export class BoundedCacheModel<K, V> {
  readonly entries = new Map<K, Entry<V>>();
  readonly removals: Removal<K, V>[] = [];
  readonly counts = {
    hits: 0,
    misses: 0,
    inserts: 0,
    updates: 0,
    evictions: 0,
    rejections: 0,
    expirations: 0,
  };
  /** The time, ms. After a change of it the caller calls `expire`. */
  now = 0;
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
    entry.used = this.now;
    this.#promote(key);
    return entry.value;
  }

  set(
    givenKey: K,
    value: V,
    weight: number = this.weigh(value, givenKey),
    ttl: number = this.#options.ttl ?? Infinity,
  ): void {
    // A Map stores -0 as 0, and so does a cache.
    const key = Object.is(givenKey, -0) ? (0 as K) : givenKey;
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
    const { now } = this;
    this.entries.set(key, { value, weight, written: now, used: now, deadline: now + ttl });
    this.#promote(key);
    this.#evictOverBounds(key);
  }

  /** The facts of an entry, with times if the model has them. Undefined if the key is missing. */
  info(key: K): EntryFacts | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const { idleTtl } = this.#options;
    const expiresIn = this.#absentFrom(entry) - this.now;
    return {
      weight: entry.weight,
      age: this.now - entry.written,
      ...(idleTtl !== undefined && { idle: this.now - entry.used }),
      ...(expiresIn !== Infinity && { expiresIn }),
    };
  }

  /** Removes the expired entries. Returns their number. */
  expire(): number {
    let expired = 0;
    for (let over = this.#expired(); over.length > 0; over = this.#expired()) {
      const key = this.#options.expired?.(over) ?? over[0]!;
      const isOver = over.some((other) => sameValueZero(other, key));
      if (!isOver || !this.#remove(key, "expired")) {
        throw new Error(
          `Cannot expire entry: ${String(key)} has not expired, expected an expired key`,
        );
      }
      expired++;
    }
    this.counts.expirations += expired;
    return expired;
  }

  delete(key: K): boolean {
    return this.#remove(key, "deleted");
  }

  clear(): void {
    while (this.size > 0) this.#removeNext("deleted");
  }

  evict(): [K, V] | undefined {
    if (this.size === 0) return undefined;
    const [key, value] = this.#removeNext("evicted");
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

  #absentFrom({ deadline, used }: Entry<V>): number {
    return Math.min(deadline, used + (this.#options.idleTtl ?? Infinity));
  }

  /** Keys of the expired entries, the earliest first. */
  #expired(): K[] {
    return [...this.entries]
      .map(([key, entry]) => ({ key, from: this.#absentFrom(entry) }))
      .filter(({ from }) => from <= this.now)
      .sort((a, b) => a.from - b.from)
      .map(({ key }) => key);
  }

  /** Evicts down to the bounds. If a newcomer is the victim, that counts as a rejection. */
  #evictOverBounds(...newcomers: K[]): void {
    while (this.size > this.max || this.weight > this.maxWeight) {
      const [key] = this.#removeNext("evicted");
      const isRefused = newcomers.some((newcomer) => sameValueZero(newcomer, key));
      this.counts[isRefused ? "rejections" : "evictions"]++;
    }
  }

  #removeNext(cause: RemovalCause): [K, V] {
    const key =
      this.#options.victim === undefined
        ? (this.#order[0] as K)
        : this.#options.victim(this.#order);
    const value = this.peek(key) as V;
    if (!this.#remove(key, cause))
      throw new Error(`Cannot remove victim: ${String(key)} is missing, expected a stored key`);
    return [key, value];
  }

  #promote(key: K): void {
    const stored = this.#order.find((other) => sameValueZero(other, key)) ?? key;
    this.#order = this.#order.filter((other) => !sameValueZero(other, key));
    this.#order.push(stored);
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
