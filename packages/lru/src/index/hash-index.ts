import type { Slot } from "../policy/policy.ts";
import { CHAIN, FIRST_SLOT, HASH, LINKS, type SlotStore } from "../store/slot-store.ts";
import {
  hashDouble,
  hashSample,
  hashSeed,
  hashTail,
  hashUnhashed,
  hashWhole,
  mix,
  type HashSeed,
} from "./hash.ts";

/** `CHAIN` of a slot whose key is in the `Map`. */
const IN_MAP = -1;
/** What `find` notes of a key that it did not look for in the table. */
const BELONGS_IN_MAP = -1;
/** Keys in a chain, strings of one hash, that are no reason to hash better. */
const MOST_TWINS = 3;
/** Strings up to this length are hashed to their last character; longer ones go to the `Map` instead. */
const LONGEST_HASHED = 64;
/** Up to this length there are two chains for each entry. */
const LARGEST_SPARSE_TABLE = 2 ** 16;
/** Buckets of a table being doubled that each newcomer splits. */
const SPLITS_PER_ADD = 8;
/** A `Map` of V8 holds 2^24 keys, and half of that under churn. */
const LARGEST_MAP = 2 ** 22;

/** How much of a string goes into its hash, from the least to the most; 1 is a longer tail. */
const TAIL = 0;
const SAMPLE = 2;
const WHOLE = 3;
const WHOLE_ANY_LENGTH = 4;

/**
 * From keys to slots, by SameValueZero as in a `Map`: a chained hash table over the store's columns.
 *
 * ```
 * table[hash & mask] -> slot, CHAIN of slot -> slot, ... -> 0
 * ```
 *
 * A victim is unlinked by its stored hash, so its key is not touched; deleting from a `Map` is a
 * cache miss on the key, and leaves a tombstone.
 *
 * - Integers hash to themselves at first, so that neighbours share cache lines. Strings give their
 *   last four characters. A chain of some integers, or of some strings with one hash, makes the
 *   index scatter better and read more, for good: in the end strings are hashed to their last
 *   character with a keyed hash. Nothing that is known about the code and the keys, but the seed,
 *   tells how to make a chain long.
 * - Objects, symbols, bigints, NaN and the other primitives are in a `Map` beside the table, and so
 *   are long strings that differ neither in their tail nor in a sample.
 */
export class HashIndex<K, V> {
  readonly #store: SlotStore<K, V>;
  readonly #seed: HashSeed;
  #table: Int32Array = new Int32Array(1);
  #mask = 0;
  /** While the table is being doubled: buckets below are split, and follow `#wideMask`. */
  #split = 0;
  #wideMask = 0;
  #map: Map<unknown, Slot> | undefined = undefined;
  #isScattered = false;
  #reach = TAIL;
  #hash = 0;
  #walked = 0;

  constructor(store: SlotStore<K, V>) {
    this.#store = store;
    this.#seed = hashSeed(store.seed);
  }

  /** Keys in the table that the last `find` which found nothing passed. */
  get walked(): number {
    return Math.max(0, this.#walked);
  }

  /** The slot of a key, or 0. */
  find(key: K): Slot {
    if (typeof key === "string") return this.#findString(key);
    if (typeof key === "number") return this.#findNumber(key);
    return this.#findInMap(key);
  }

  /**
   * Adds the key of a slot. The caller guarantees that the last call was a `find` of this key, that
   * it returned 0, and that the slot was taken since then.
   */
  add(slot: Slot): void {
    const isPlain = this.#walked >= 0 && this.#walked <= MOST_TWINS;
    if (isPlain && this.#wideMask === this.#mask) this.#link(slot, this.#hash);
    else this.#addWithCare(slot);
  }

  /** Removes the key of a slot. */
  remove(slot: Slot): void {
    const links = this.#store.links;
    const after = links[slot * LINKS + CHAIN]!;
    if (after === IN_MAP) {
      this.#map!.delete(this.#store.key(slot));
      return;
    }
    const bucket = this.#bucket(links[slot * LINKS + HASH]!);
    let at = this.#table[bucket]!;
    if (at === slot) {
      this.#table[bucket] = after;
      return;
    }
    let next = links[at * LINKS + CHAIN]!;
    while (next !== slot) {
      at = next;
      next = links[at * LINKS + CHAIN]!;
    }
    links[at * LINKS + CHAIN] = after;
  }

  /** The hash of a slot's key for the policy. Computed now where the index itself needs none, and then in the record. */
  hashOf(slot: Slot): number {
    const { links } = this.#store;
    const at = slot * LINKS + HASH;
    if (links[slot * LINKS + CHAIN] === IN_MAP) {
      links[at] = hashUnhashed(this.#store.key(slot), this.#seed);
    }
    return links[at]!;
  }

  /** Follows the columns of the store, which have grown. A large table is doubled bucket by bucket, by later calls of `add`. */
  resize(): void {
    while (this.#store.length > mostSlots(this.#mask + 1)) {
      if (this.#wideMask !== this.#mask) this.#splitBuckets(Infinity);
      const table = new Int32Array(2 * this.#table.length);
      table.set(this.#table);
      this.#table = table;
      this.#wideMask = table.length - 1;
      if (table.length <= LARGEST_SPARSE_TABLE) this.#splitBuckets(Infinity);
      else return;
    }
  }

  /** Hashes all keys anew: slots have moved, or hashes are to be better. */
  rebuild(): void {
    this.#map = undefined;
    this.#emptyTable();
    const store = this.#store;
    for (let slot = FIRST_SLOT; slot < store.end; slot++) {
      if (!store.isLive(slot)) continue;
      const key = store.key(slot);
      if (this.#isHashed(key)) this.#link(slot, this.#hashKey(key));
      else this.#addToMap(slot, key);
    }
  }

  /** Forgets all keys and gives back the memory held for them; what was learned about hashing stays. */
  clear(): void {
    this.#table = new Int32Array(1);
    this.#mask = this.#wideMask = this.#split = 0;
    this.#map = undefined;
  }

  #addWithCare(slot: Slot): void {
    if (this.#wideMask !== this.#mask) this.#splitBuckets(SPLITS_PER_ADD);
    if (this.#walked > MOST_TWINS) this.#relieve(this.#store.key(slot));
    if (this.#walked === BELONGS_IN_MAP) this.#addToMap(slot, this.#store.key(slot));
    else this.#link(slot, this.#hash);
  }

  #findString(key: string): Slot {
    let hash: number;
    if (this.#reach === TAIL) hash = hashTail(key, this.#seed);
    else if (this.#isHashed(key)) hash = this.#hashString(key);
    else return this.#findInMap(key);
    const { links, entries } = this.#store;
    let walked = 0;
    let slot = this.#table[this.#bucket(hash)]!;
    while (slot !== 0) {
      if (links[slot * LINKS + HASH] === hash && entries[2 * slot] === key) return slot;
      slot = links[slot * LINKS + CHAIN]!;
      walked++;
    }
    this.#hash = hash;
    this.#walked = walked;
    return 0;
  }

  // The loop of #findString again: V8 keeps what it learns about types by place, and comparing
  // integers where strings are compared too is several times dearer.
  #findNumber(key: number): Slot {
    const integer = key | 0;
    let hash = integer ^ this.#seed.low;
    if (integer !== key) {
      if (key !== key) return this.#findInMap(key);
      hash = hashDouble(key, this.#seed);
    } else if (this.#isScattered) {
      hash = mix(integer, this.#seed);
    }
    const { links, entries } = this.#store;
    let walked = 0;
    let slot = this.#table[this.#bucket(hash)]!;
    while (slot !== 0) {
      if (links[slot * LINKS + HASH] === hash && entries[2 * slot] === key) return slot;
      slot = links[slot * LINKS + CHAIN]!;
      walked++;
    }
    this.#hash = hash;
    this.#walked = walked;
    return 0;
  }

  #findInMap(key: unknown): Slot {
    this.#walked = BELONGS_IN_MAP;
    return this.#map?.get(key) ?? 0;
  }

  #hashKey(key: string | number): number {
    return typeof key === "string" ? this.#hashString(key) : this.#hashNumber(key);
  }

  #hashString(key: string): number {
    if (this.#reach === TAIL) return hashTail(key, this.#seed);
    if (this.#reach >= WHOLE) return hashWhole(key, this.#seed);
    return hashSample(key, this.#seed, this.#reach === SAMPLE ? 8 : 0);
  }

  #hashNumber(key: number): number {
    const integer = key | 0;
    if (integer !== key) return hashDouble(key, this.#seed);
    return this.#isScattered ? mix(integer, this.#seed) : integer ^ this.#seed.low;
  }

  /** Whether the table has the key, and not the `Map`. */
  #isHashed(key: unknown): key is string | number {
    if (typeof key === "number") return key === key;
    if (typeof key !== "string") return false;
    const reach = this.#reach;
    return reach < SAMPLE || key.length <= LONGEST_HASHED || reach === WHOLE_ANY_LENGTH;
  }

  #bucket(hash: number): number {
    const bucket = hash & this.#mask;
    return bucket < this.#split ? hash & this.#wideMask : bucket;
  }

  /** Distributes chains of the narrow table over the wide one (linear hashing: W. Litwin, VLDB 1980). */
  #splitBuckets(count: number): void {
    const { links } = this.#store;
    const table = this.#table;
    const end = Math.min(this.#split + count, this.#mask + 1);
    for (let bucket = this.#split; bucket < end; bucket++) {
      let slot = table[bucket]!;
      table[bucket] = 0;
      while (slot !== 0) {
        const next = links[slot * LINKS + CHAIN]!;
        const target = links[slot * LINKS + HASH]! & this.#wideMask;
        links[slot * LINKS + CHAIN] = table[target]!;
        table[target] = slot;
        slot = next;
      }
    }
    this.#split = end;
    if (end <= this.#mask) return;
    this.#mask = this.#wideMask;
    this.#split = 0;
  }

  #link(slot: Slot, hash: number): void {
    const links = this.#store.links;
    const bucket = this.#bucket(hash);
    links[slot * LINKS + HASH] = hash;
    links[slot * LINKS + CHAIN] = this.#table[bucket]!;
    this.#table[bucket] = slot;
  }

  #addToMap(slot: Slot, key: unknown): void {
    this.#map ??= new Map();
    this.#map.set(key, slot);
    this.#store.links[slot * LINKS + CHAIN] = IN_MAP;
    if (typeof key === "string" && this.#map.size > LARGEST_MAP && this.#reach === WHOLE) {
      this.#reach = WHOLE_ANY_LENGTH;
      this.rebuild();
    }
  }

  /** Hashes keys better when the chain that a newcomer joins is crowded for another reason than chance. */
  #relieve(key: K): void {
    if (typeof key === "number") {
      if (this.#isScattered) return;
      this.#isScattered = true;
    } else if (
      typeof key === "string" &&
      this.#reach < WHOLE &&
      this.#twins(this.#hash) > MOST_TWINS
    ) {
      this.#reach++;
    } else {
      return;
    }
    this.rebuild();
    this.find(key);
    if (this.#walked > MOST_TWINS) this.#relieve(key);
  }

  #twins(hash: number): number {
    const links = this.#store.links;
    let twins = 0;
    for (let at = this.#table[this.#bucket(hash)]!; at !== 0; at = links[at * LINKS + CHAIN]!) {
      if (links[at * LINKS + HASH] === hash) twins++;
    }
    return twins;
  }

  #emptyTable(): void {
    let length = 1;
    while (this.#store.length > mostSlots(length)) length *= 2;
    this.#table = new Int32Array(length);
    this.#mask = this.#wideMask = length - 1;
    this.#split = 0;
  }
}

/**
 * Length of the columns that a table serves. A small table has at most one entry for two chains, and
 * hits that need no second look; a large one 1.25 for one, since then memory is what is waited for.
 */
function mostSlots(tableLength: number): number {
  if (tableLength <= LARGEST_SPARSE_TABLE) return FIRST_SLOT + (tableLength >>> 1);
  return FIRST_SLOT + tableLength + (tableLength >>> 2);
}
