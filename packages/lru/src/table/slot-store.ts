import type { PolicyContext, Slot } from "../policy/policy.ts";

/**
 * Int32 numbers per slot in `links`; the four stand side by side so that a hit touches one cache
 * line for them.
 */
export const LINKS = 4;
/**
 * Its logarithm: `links[(slot << RECORD) | NEXT]` needs neither a multiplication nor a test for
 * overflow.
 */
export const RECORD = 2;
/** Belongs to the policy: by convention the neighbour towards the hotter end of its list. */
export const PREVIOUS = 0;
/** Belongs to the policy: by convention the neighbour towards the colder end of its list. */
export const NEXT = 1;
/** Belongs to the index: the hash of the key. */
export const HASH = 2;
/** Belongs to the index while the slot is in use (see `SlotTable`), to the free list otherwise. */
export const CHAIN = 3;

/**
 * `CHAIN` of a free slot is `FREE` less the next free slot; all that the index writes there is
 * above it.
 */
export const FREE = -2;

/** From this number of slots on, one call would take long to copy them all. */
const LARGE = 2 ** 16;

/** Slots that the first entry brings, so that a small cache never grows. */
const FEW = 16;

/** Slots below it are the sentinels of the policy's lists. */
export const FIRST_SLOT = 4;

/**
 * Holds the entries: columns over integer slots, with a free list.
 *
 * Nothing is allocated in proportion to a bound. Columns double, and from 2^16 slots on they grow
 * by half, in turns. They stop at the length that `max` entries and a newcomer need. `clear` and
 * `shrink` give memory back.
 *
 * Invariants:
 * - a slot in use is at least `FIRST_SLOT` and below `end`;
 * - a free slot below `end` is on the free list, and holds neither key nor value;
 * - without `weights` every entry weighs 1.
 */
export class SlotStore<K, V> implements PolicyContext {
  /**
   * Key and value of each slot, side by side: `entries[slot << 1]` and `entries[(slot << 1) | 1]`.
   */
  entries: (K | V | undefined)[] = emptyEntries();
  links: Int32Array = new Int32Array(LINKS * FIRST_SLOT);
  weights: Float64Array | undefined = undefined;
  hashes: Int32Array | undefined = undefined;
  /** Entries in the store. */
  size = 0;
  /** Sum of `weights`; 0 without them. The cache keeps it. */
  weight = 0;
  /** Elements of a column: all slots are below it. */
  length: number = FIRST_SLOT;
  /** The first slot that was never used. */
  end: Slot = FIRST_SLOT;
  // Both are set by `bound`.
  capacity!: number;
  max!: number;
  readonly seed: number;
  #firstFree: Slot = 0;

  /** A bound is Infinity if it is not set. */
  constructor(max: number, maxWeight: number, seed: number) {
    this.seed = seed;
    this.bound(max, maxWeight);
  }

  /** Sets the bounds; from the first `maxWeight` on there are weights. */
  bound(max: number, maxWeight: number): void {
    this.max = max;
    this.capacity = maxWeight === Infinity ? max : maxWeight;
    if (maxWeight !== Infinity && this.weights === undefined) {
      this.weights = new Float64Array(this.length).fill(1);
      this.weight = this.size;
    }
  }

  /** Whether `allocate` needs `grow` first. */
  get isFull(): boolean {
    return this.#firstFree === 0 && this.end === this.length;
  }

  /** Whether most slots are free, so that `shrink` is worth its time. */
  get isSparse(): boolean {
    return this.length > 64 && this.size < this.length >>> 2;
  }

  /**
   * Takes a free slot. The caller guarantees that the store is not full, and puts an entry there.
   */
  allocate(): Slot {
    this.size++;
    const slot = this.#firstFree;
    if (slot === 0) return this.end++;
    this.#firstFree = FREE - this.links[(slot << RECORD) | CHAIN]!;
    return slot;
  }

  /** Writes an entry to a slot; it is live when the index has it too. */
  put(slot: Slot, key: K, value: V): void {
    this.entries[slot << 1] = key;
    this.entries[(slot << 1) | 1] = value;
    this.links[(slot << RECORD) | CHAIN] = FREE;
  }

  /** Gives a slot back. The caller guarantees that neither index nor policy knows it any more. */
  free(slot: Slot): void {
    this.entries[slot << 1] = undefined;
    this.entries[(slot << 1) | 1] = undefined;
    this.links[(slot << RECORD) | CHAIN] = FREE - this.#firstFree;
    this.#firstFree = slot;
    this.size--;
  }

  isLive(slot: Slot): boolean {
    return this.links[(slot << RECORD) | CHAIN]! > FREE;
  }

  key(slot: Slot): K {
    return this.entries[slot << 1] as K;
  }

  value(slot: Slot): V {
    return this.entries[(slot << 1) | 1] as V;
  }

  weightOf(slot: Slot): number {
    return this.weights === undefined ? 1 : this.weights[slot]!;
  }

  /**
   * Makes room for more entries. In a large store links and entries take turns, so that no call
   * copies both.
   */
  grow(): void {
    const slots = this.length - FIRST_SLOT;
    const isLarge = slots >= LARGE;
    const more = isLarge ? slots >>> 1 : Math.max(slots, FEW);
    const longer = (by: number): number => FIRST_SLOT + Math.min(slots + by, this.max + 1);
    let linked = this.links.length >>> RECORD;
    let filled = this.entries.length >>> 1;
    if (linked === this.length) linked = longer(isLarge && filled === linked ? more >>> 1 : more);
    if (filled === this.length) filled = longer(more);
    this.#resizeColumns(linked, filled);
  }

  /**
   * Moves entries from the upper slots into free lower ones, calls `moved` after each move, and
   * gives back the memory above. The caller rebuilds the index afterwards.
   */
  shrink(moved: (from: Slot, to: Slot) => void): void {
    const length = FIRST_SLOT + this.size + (this.size >>> 1);
    let to = FIRST_SLOT;
    for (let from = length; from < this.end; from++) {
      if (!this.isLive(from)) continue;
      while (this.isLive(to)) to++;
      this.#move(from, to);
      moved(from, to);
    }
    this.#resizeColumns(length, length);
    this.#listFree();
  }

  /** Makes a new free list, lower slots first, after entries have left the upper slots. */
  #listFree(): void {
    let end = FIRST_SLOT;
    for (let slot = FIRST_SLOT; slot < Math.min(this.end, this.length); slot++) {
      if (this.isLive(slot)) end = slot + 1;
    }
    this.end = end;
    this.#firstFree = 0;
    for (let slot = end - 1; slot >= FIRST_SLOT; slot--) {
      if (this.isLive(slot)) continue;
      this.links[(slot << RECORD) | CHAIN] = FREE - this.#firstFree;
      this.#firstFree = slot;
    }
  }

  #move(from: Slot, to: Slot): void {
    this.entries[to << 1] = this.entries[from << 1];
    this.entries[(to << 1) | 1] = this.entries[(from << 1) | 1];
    this.links[(to << RECORD) | HASH] = this.links[(from << RECORD) | HASH]!;
    this.links[(to << RECORD) | CHAIN] = this.links[(from << RECORD) | CHAIN]!;
    this.links[(from << RECORD) | CHAIN] = FREE;
    if (this.weights !== undefined) this.weights[to] = this.weights[from]!;
    if (this.hashes !== undefined) this.hashes[to] = this.hashes[from]!;
  }

  /** Forgets all entries and gives back the memory held for them. */
  clear(): void {
    this.entries = emptyEntries();
    this.links = new Int32Array(LINKS * FIRST_SLOT);
    if (this.weights !== undefined) this.weights = new Float64Array(FIRST_SLOT);
    if (this.hashes !== undefined) this.hashes = new Int32Array(FIRST_SLOT);
    this.size = this.weight = this.#firstFree = 0;
    this.length = this.end = FIRST_SLOT;
  }

  /** Resizes `links` and `entries` to a number of slots. The slots that both have are in use. */
  #resizeColumns(linked: number, filled: number): void {
    const length = Math.min(linked, filled);
    this.entries = resizedArray(this.entries, 2 * filled);
    this.links = resized(this.links, LINKS * linked);
    if (this.weights !== undefined) this.weights = resized(this.weights, length);
    if (this.hashes !== undefined) this.hashes = resized(this.hashes, length);
    this.length = length;
  }
}

/**
 * Undefined from the start, which also keeps V8 from storing the array as unboxed integers or
 * doubles.
 */
function emptyEntries(): undefined[] {
  return new Array<undefined>(2 * FIRST_SLOT).fill(undefined);
}

function resizedArray<T>(array: T[], length: number): T[] {
  if (length === array.length) return array;
  if (length < array.length) return array.slice(0, length);
  // Copied by the engine in one piece, and without the slack that push leaves.
  return array.concat(new Array<T>(length - array.length));
}

/**
 * A copy of a column with another length, or the column itself if it has that length. Elements
 * beyond it are lost.
 */
export function resized<A extends Int32Array | Float64Array>(column: A, length: number): A {
  if (column.length === length) return column;
  const other = new (column.constructor as new (length: number) => A)(length);
  other.set(length < column.length ? column.subarray(0, length) : column);
  return other;
}
