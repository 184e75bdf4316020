import {
  canonicalKey,
  hashDouble,
  hashSeed,
  hashWhole,
  mix,
  type HashSeed,
} from "@heapwise/lru/slots";

/** Number of an entry in a table, from 1 on; 0 means no entry. It may change in `shrink`. */
export type TailSlot = number;

/** Strings up to this length are hashed completely; longer ones go to the `Map` instead. */
const LONGEST_HASHED = 64;
/** Up to this length columns double. Longer ones grow by an eighth, which leaves little unused. */
const LARGEST_DOUBLED = 2 ** 14;
/** Maximum number of slots for each bucket of the table. */
const MOST_PER_BUCKET = 1.25;

/** `CHAIN` of a slot whose key is in the `Map`. */
const IN_MAP = -1;
/**
 * `CHAIN` of a free slot is `FREE` minus the next free slot. `CHAIN` of a used slot is above
 * `FREE`.
 */
const FREE = -2;

/**
 * Entries whose values are held weakly: key to slot to `WeakRef`.
 *
 * ```
 * table[hash & mask] -> slot, CHAIN of slot -> slot, ... -> 0
 * cells:   key, ref | key, ref | ...      links:   hash, chain | hash, chain | ...
 * ```
 *
 * It resembles the index of `@heapwise/lru`, without room for a policy, and with one good hash
 * instead of a cheap one that improves when needed: creating a `WeakRef` takes so much longer that
 * the time of the hash does not show. An entry takes 29 bytes, and its `WeakRef` 32. Half of the 29
 * bytes are not pointers, so the collector does not visit them.
 *
 * - Integers, other numbers and short strings are hashed with a secret, so that an attacker cannot
 *   make chains long. All other keys are in a `Map` in addition to the table.
 * - Nothing is allocated ahead. Free slots are used again, and `shrink` shrinks columns that are
 *   mostly empty.
 */
export class TailTable<K> {
  /** Number of entries, including dead ones. */
  size = 0;
  /** The first slot that was never used: all entries are below it. */
  end: TailSlot = 1;
  #cells: (K | WeakRef<WeakKey> | undefined)[] = emptyCells(1);
  /** Hash and next slot of each slot. Only the table writes to it. */
  links: Int32Array = new Int32Array(2);
  /** Number of slots for which the columns have room. */
  #length = 1;
  #buckets: Int32Array = new Int32Array(1);
  #map: Map<unknown, TailSlot> | undefined;
  #free: TailSlot = 0;
  readonly #secret: HashSeed = hashSeed(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));

  /** The slot of a key, or 0. */
  find(key: K): TailSlot {
    if (this.size === 0) return 0;
    if (!isHashed(key)) return this.#map?.get(key) ?? 0;
    const hash = this.#hashOf(key);
    const links = this.links;
    let slot = this.#buckets[hash & (this.#buckets.length - 1)]!;
    while (slot !== 0) {
      if (links[slot << 1] === hash && this.#cells[slot << 1] === key) return slot;
      slot = links[(slot << 1) | 1]!;
    }
    return 0;
  }

  /** Adds an entry. The caller guarantees that the table does not have the key. */
  add(key: K, ref: WeakRef<WeakKey>): void {
    const slot = this.#take();
    this.#cells[slot << 1] = canonicalKey(key);
    this.#cells[(slot << 1) | 1] = ref;
    this.#index(slot);
  }

  /** Removes the entry in a slot. */
  remove(slot: TailSlot): void {
    const links = this.links;
    const after = links[(slot << 1) | 1]!;
    if (after === IN_MAP) {
      this.#map!.delete(this.#cells[slot << 1]);
    } else {
      const bucket = links[slot << 1]! & (this.#buckets.length - 1);
      let at = this.#buckets[bucket]!;
      if (at === slot) this.#buckets[bucket] = after;
      else {
        while (links[(at << 1) | 1] !== slot) at = links[(at << 1) | 1]!;
        links[(at << 1) | 1] = after;
      }
    }
    this.#cells[slot << 1] = undefined;
    this.#cells[(slot << 1) | 1] = undefined;
    links[(slot << 1) | 1] = FREE - this.#free;
    this.#free = slot;
    this.size--;
  }

  /** Whether the slot has an entry. */
  isUsed(slot: TailSlot): boolean {
    return slot < this.end && this.links[(slot << 1) | 1]! > FREE;
  }

  key(slot: TailSlot): K {
    return this.#cells[slot << 1] as K;
  }

  ref(slot: TailSlot): WeakRef<WeakKey> {
    return this.#cells[(slot << 1) | 1] as WeakRef<WeakKey>;
  }

  /** The value of a slot, or undefined if it is dead. */
  value(slot: TailSlot): WeakKey | undefined {
    return this.ref(slot).deref();
  }

  /** The slots of all entries, including dead ones, in no order. */
  *slots(): IterableIterator<TailSlot> {
    for (let slot = 1; slot < this.end; slot++) if (this.isUsed(slot)) yield slot;
  }

  /** The keys of all entries, including dead ones, in no order. */
  keys(): K[] {
    return Array.from(this.slots(), (slot) => this.key(slot));
  }

  /** Shrinks columns that are mostly empty. Returns whether slots have changed. */
  shrink(): boolean {
    if (this.#length <= 64 || this.size >= this.#length >>> 2) return false;
    const cells = this.#cells;
    const used = [...this.slots()];
    this.clear();
    this.#resize(used.length + (used.length >>> 1) + 1);
    for (const slot of used) {
      this.add(cells[slot << 1] as K, cells[(slot << 1) | 1] as WeakRef<WeakKey>);
    }
    return true;
  }

  /** Removes all entries, and returns the memory that they took. */
  clear(): void {
    this.#cells = emptyCells(1);
    this.links = new Int32Array(2);
    this.#buckets = new Int32Array(1);
    this.#map = undefined;
    this.size = this.#free = 0;
    this.#length = this.end = 1;
  }

  #take(): TailSlot {
    this.size++;
    const slot = this.#free;
    if (slot !== 0) {
      this.#free = FREE - this.links[(slot << 1) | 1]!;
      return slot;
    }
    if (this.end === this.#length) {
      const length = this.#length;
      this.#resize(length + (length < LARGEST_DOUBLED ? Math.max(length, 4) : length >>> 3));
    }
    return this.end++;
  }

  #index(slot: TailSlot): void {
    const key = this.#cells[slot << 1];
    const links = this.links;
    if (!isHashed(key)) {
      this.#map ??= new Map();
      this.#map.set(key, slot);
      links[(slot << 1) | 1] = IN_MAP;
      return;
    }
    const hash = this.#hashOf(key);
    const bucket = hash & (this.#buckets.length - 1);
    links[slot << 1] = hash;
    links[(slot << 1) | 1] = this.#buckets[bucket]!;
    this.#buckets[bucket] = slot;
  }

  /** Makes room for `length` slots, which is more than before. */
  #resize(length: number): void {
    const links = new Int32Array(2 * length);
    links.set(this.links);
    this.links = links;
    // The engine copies the array in one step, and without the spare room that `push` leaves.
    this.#cells = this.#cells.concat(new Array(2 * length - this.#cells.length));
    this.#length = length;
    let buckets = this.#buckets.length;
    while (length > MOST_PER_BUCKET * buckets) buckets *= 2;
    if (buckets > this.#buckets.length) this.#rehash(buckets);
  }

  #rehash(buckets: number): void {
    this.#buckets = new Int32Array(buckets);
    const links = this.links;
    for (let slot = 1; slot < this.end; slot++) {
      if (links[(slot << 1) | 1]! <= IN_MAP) continue;
      const bucket = links[slot << 1]! & (buckets - 1);
      links[(slot << 1) | 1] = this.#buckets[bucket]!;
      this.#buckets[bucket] = slot;
    }
  }

  #hashOf(key: string | number): number {
    if (typeof key === "string") return hashWhole(key, this.#secret);
    const integer = key | 0;
    return integer === key ? mix(integer, this.#secret) : hashDouble(key, this.#secret);
  }
}

/** Whether the key is in the table, and not in the `Map`. */
function isHashed(key: unknown): key is string | number {
  if (typeof key === "number") return key === key;
  return typeof key === "string" && key.length <= LONGEST_HASHED;
}

/**
 * Filled with undefined from the start, which keeps V8 from storing the array as unboxed integers
 * or doubles.
 */
function emptyCells(length: number): undefined[] {
  return new Array<undefined>(2 * length).fill(undefined);
}
