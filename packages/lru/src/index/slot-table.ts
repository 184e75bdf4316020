import type { Slot } from "../policy/policy.ts";
import { CHAIN, FIRST_SLOT, HASH, RECORD, SlotStore } from "../store/slot-store.ts";
import {
  hashDouble,
  hashSample,
  hashSeed,
  hashUnhashed,
  hashWhole,
  mix,
  tailOf,
  type HashSeed,
} from "./hash.ts";

/** `CHAIN` of a slot whose key is in the `Map`. */
const IN_MAP = -1;
/** What `find` notes of a key that it did not look for in the table. */
const BELONGS_IN_MAP = -1;
/** Integers in a chain, or strings of one hash, that are no reason to hash better. */
const MOST_TWINS = 2;
/** Keys of any hash in a chain that may be there by chance: one chain of 10^9 is longer. */
const LONGEST_CHAIN = 11;
/** Strings up to this length are hashed to their last character; longer ones go to the `Map` instead. */
const LONGEST_HASHED = 64;
/** Strings above this length are hashed in any case: V8 takes their length for their hash. */
const LONGEST_IN_MAP = 2 ** 14 - 1;
/** Up to this length a table is doubled at once. */
const LARGEST_SMALL_TABLE = 2 ** 16;
/** Up to so many slots chains are shortest. */
const FEW_SLOTS = 5000;
/** From so many slots on the processor's caches hold neither entries nor table. */
const MANY_SLOTS = 2 ** 18;
/** Buckets of a table being doubled that each newcomer splits. */
const SPLITS_PER_ADD = 8;
/** A `Map` of V8 holds 2^24 keys, and half of that under churn. */
const LARGEST_MAP = 2 ** 22;

/** How integers and tails of strings become hashes, from the cheapest to the best. */
const AS_IT_IS = 0;
const SPREAD = 1;
const MIXED = 2;

/** How much of a string goes into its hash, from the least to the most; 1 is a longer tail. */
const TAIL = 0;
const SAMPLE = 2;
const WHOLE = 3;
const WHOLE_ANY_LENGTH = 4;

/**
 * A store that finds its slots by key, with SameValueZero as in a `Map`: a chained hash table over
 * the columns.
 *
 * ```
 * table[hash & mask] -> slot, CHAIN of slot -> slot, ... -> 0
 * ```
 *
 * A victim is unlinked by its stored hash, so its key is not touched; deleting from a `Map` is a
 * cache miss on the key, and leaves a tombstone.
 *
 * - Integers are their own hashes at first, so that neighbours share cache lines. Strings give their
 *   last four characters. A chain of some integers, or of some strings with one hash, makes the
 *   table scatter better and read more, for good: in the end strings are hashed to their last
 *   character with a keyed hash. Nothing that is known about the code and the keys, but the seed,
 *   tells how to make a chain long.
 * - Objects, symbols, bigints, NaN and the other primitives are in a `Map` beside the table, and so
 *   are long strings once some were found that agree in their last eight characters.
 *
 * Store and table are one object because a look-up is so short that following a pointer from one to
 * the other is a tenth of it.
 */
export class SlotTable<K, V> extends SlotStore<K, V> {
  readonly #secret: HashSeed;
  // From a number on, so that V8 knows it for one.
  #low = 0;
  #table: Int32Array = new Int32Array(1);
  /** Length of the table, less 1, when it is a power of two again. */
  #mask = 0;
  /** Buckets in use; the table is growing while it is longer. Linear hashing: W. Litwin, VLDB 1980. */
  #buckets = 1;
  #map: Map<unknown, Slot> | undefined = undefined;
  /** Whether strings are hashed by their tails, and these are not mixed with the secrets. */
  #readsTails = true;
  #spreading = AS_IT_IS;
  #reach = TAIL;
  /** What the last `find` of a key that is not there has seen: its hash, the keys it passed, and the last of them. */
  #hash = 0;
  #walked = 0;
  #last: Slot = 0;
  /** What `prefetch` has read, and nobody needs: without it V8 would leave out the reading. */
  protected fetched: Slot = 0;

  /** Bounds are Infinity where there is none. */
  constructor(max: number, maxWeight: number, seed: number) {
    super(max, maxWeight, seed);
    this.#secret = hashSeed(seed);
    this.#low = this.#secret.low;
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
    if (isPlain && this.#buckets === this.#table.length) this.#link(slot, this.#hash);
    else this.#addWithCare(slot);
  }

  /** Removes the key of a slot. */
  remove(slot: Slot): void {
    const links = this.links;
    const after = links[(slot << RECORD) | CHAIN]!;
    if (after === IN_MAP) {
      this.#map!.delete(this.key(slot));
      return;
    }
    const bucket = this.#bucket(links[(slot << RECORD) | HASH]!);
    let at = this.#table[bucket]!;
    if (at === slot) {
      this.#table[bucket] = after;
      return;
    }
    while (links[(at << RECORD) | CHAIN] !== slot) at = links[(at << RECORD) | CHAIN]!;
    links[(at << RECORD) | CHAIN] = after;
  }

  /**
   * Reads what `replace` of a slot will need. Before the `find` of the newcomer, so that the memory
   * of both is waited for at once.
   */
  prefetch(slot: Slot): void {
    this.fetched = this.#table[this.#bucket(this.links[(slot << RECORD) | HASH]!)]!;
  }

  /** Another entry takes the place of a slot's. As `remove`, `put` and `add` in one go. */
  replace(slot: Slot, key: K, value: V): void {
    const { links } = this;
    const after = links[(slot << RECORD) | CHAIN]!;
    const table = this.#table;
    const isPlain = this.#walked >= 0 && this.#walked <= MOST_TWINS;
    if (!isPlain || after === IN_MAP || slot === this.#last || this.#buckets !== table.length) {
      this.#replaceWithCare(slot, key, value);
      return;
    }
    const left = this.#bucket(links[(slot << RECORD) | HASH]!);
    let at = table[left]!;
    if (at === slot) {
      table[left] = after;
    } else {
      while (links[(at << RECORD) | CHAIN] !== slot) at = links[(at << RECORD) | CHAIN]!;
      links[(at << RECORD) | CHAIN] = after;
    }
    links[(slot << RECORD) | HASH] = this.#hash;
    links[(slot << RECORD) | CHAIN] = 0;
    // Newcomers are at the end of their chains, so that victims, which are old, are near the start.
    if (this.#last === 0) table[this.#bucket(this.#hash)] = slot;
    else links[(this.#last << RECORD) | CHAIN] = slot;
    this.entries[slot << 1] = key;
    this.entries[(slot << 1) | 1] = value;
  }

  #replaceWithCare(slot: Slot, key: K, value: V): void {
    if (this.links[(slot << RECORD) | CHAIN] !== IN_MAP || this.#walked !== BELONGS_IN_MAP) {
      this.remove(slot);
      this.put(slot, key, value);
      this.add(slot);
      return;
    }
    this.#map!.delete(this.entries[slot << 1]);
    this.#map!.set(key, slot);
    this.entries[slot << 1] = key;
    this.entries[(slot << 1) | 1] = value;
  }

  /** The hash of a slot's key for the policy. Computed now where the table itself needs none, and then in the record. */
  hashOf(slot: Slot): number {
    const { links } = this;
    const at = (slot << RECORD) | HASH;
    if (links[(slot << RECORD) | CHAIN] === IN_MAP) {
      links[at] = hashUnhashed(this.key(slot), this.#secret);
    }
    return links[at]!;
  }

  /** Makes room for more entries. A large table grows bucket by bucket, by later calls of `add`. */
  override grow(): void {
    super.grow();
    const length = tableLength(this.length);
    while (this.#table.length < length) {
      this.#split(Infinity);
      if (this.#buckets > this.#mask) this.#mask = (this.#mask << 1) | 1;
      const table = new Int32Array(Math.min(length, this.#mask + 1));
      table.set(this.#table);
      this.#table = table;
      // What a large one is still short of comes when the columns grow again.
      if (table.length > LARGEST_SMALL_TABLE) return;
      this.#split(Infinity);
    }
  }

  override shrink(moved: (from: Slot, to: Slot) => void): void {
    super.shrink(moved);
    this.#rebuild();
    // Chains that a longer table kept apart may be one now.
    while (this.#spreading < MIXED && this.#isCrowded()) {
      this.#spreading++;
      this.#rebuild();
    }
  }

  /** What was learned about hashing stays. */
  override clear(): void {
    super.clear();
    this.#map = undefined;
    this.#emptyTable();
  }

  #addWithCare(slot: Slot): void {
    if (this.#buckets !== this.#table.length) this.#split(SPLITS_PER_ADD);
    if (this.#walked > MOST_TWINS) this.#relieve(this.key(slot));
    if (this.#walked === BELONGS_IN_MAP) this.#addToMap(slot, this.key(slot));
    else this.#link(slot, this.#hash);
  }

  #findString(key: string): Slot {
    const hash = this.#readsTails ? scatter(tailOf(key) ^ this.#low) : this.#hashString(key);
    const { links, entries } = this;
    let walked = 0;
    let last = 0;
    let slot = this.#table[this.#bucket(hash)]!;
    while (slot !== 0) {
      if (links[(slot << RECORD) | HASH] === hash && entries[slot << 1] === key) return slot;
      last = slot;
      slot = links[(slot << RECORD) | CHAIN]!;
      walked++;
    }
    this.#hash = hash;
    this.#walked = walked;
    this.#last = last;
    return this.#readsTails ? 0 : this.#findUnhashed(key);
  }

  #findUnhashed(key: string): Slot {
    return this.#isHashed(key) ? 0 : this.#findInMap(key);
  }

  // The loop of #findString again: V8 keeps what it learns about types by place, and comparing
  // integers where strings are compared too is several times dearer.
  #findNumber(key: number): Slot {
    let hash = key | 0;
    if (hash !== key) {
      hash = hashDouble(key, this.#secret);
    } else {
      hash ^= this.#low;
      if (this.#spreading !== AS_IT_IS) hash = this.#scatter(hash);
    }
    const { links, entries } = this;
    let walked = 0;
    let last = 0;
    let slot = this.#table[this.#bucket(hash)]!;
    while (slot !== 0) {
      if (links[(slot << RECORD) | HASH] === hash && entries[slot << 1] === key) return slot;
      last = slot;
      slot = links[(slot << RECORD) | CHAIN]!;
      walked++;
    }
    this.#hash = hash;
    this.#walked = walked;
    this.#last = last;
    return key === key ? 0 : this.#findInMap(key);
  }

  #findInMap(key: unknown): Slot {
    const slot = this.#map?.get(key);
    if (slot !== undefined) return slot;
    this.#walked = BELONGS_IN_MAP;
    return 0;
  }

  #hashString(key: string): number {
    // Not looked for in the table, and too long to be read.
    if (!this.#isHashed(key)) return 0;
    if (this.#reach >= WHOLE) return hashWhole(key, this.#secret);
    if (this.#reach > TAIL) {
      return hashSample(key, this.#secret, this.#reach === SAMPLE ? 8 : 0);
    }
    return this.#scatter(tailOf(key) ^ this.#low);
  }

  #hashNumber(key: number): number {
    const integer = key | 0;
    if (integer !== key) return hashDouble(key, this.#secret);
    const hash = integer ^ this.#low;
    return this.#spreading === AS_IT_IS ? hash : this.#scatter(hash);
  }

  #scatter(word: number): number {
    const hash = scatter(word);
    return this.#spreading === MIXED ? mix(hash, this.#secret) : hash;
  }

  /** Whether the table has the key, and not the `Map`. */
  #isHashed(key: unknown): key is string | number {
    if (typeof key === "number") return key === key;
    if (typeof key !== "string") return false;
    const reach = this.#reach;
    const { length } = key;
    if (reach < SAMPLE || reach === WHOLE_ANY_LENGTH) return true;
    return length <= LONGEST_HASHED || length > LONGEST_IN_MAP;
  }

  #bucket(hash: number): number {
    const bucket = hash & this.#mask;
    return bucket < this.#buckets ? bucket : bucket & (this.#mask >>> 1);
  }

  /** Goes on with growing: each new bucket takes its keys from the one that has had them so far. */
  #split(count: number): void {
    const { links } = this;
    const table = this.#table;
    const mask = this.#mask;
    const end = Math.min(this.#buckets + count, table.length);
    for (let bucket = this.#buckets; bucket < end; bucket++) {
      const source = bucket & (mask >>> 1);
      let slot = table[source]!;
      table[source] = 0;
      while (slot !== 0) {
        const next = links[(slot << RECORD) | CHAIN]!;
        const target = links[(slot << RECORD) | HASH]! & mask;
        links[(slot << RECORD) | CHAIN] = table[target]!;
        table[target] = slot;
        slot = next;
      }
    }
    this.#buckets = end;
  }

  #link(slot: Slot, hash: number): void {
    const links = this.links;
    const bucket = this.#bucket(hash);
    links[(slot << RECORD) | HASH] = hash;
    links[(slot << RECORD) | CHAIN] = this.#table[bucket]!;
    this.#table[bucket] = slot;
  }

  #addToMap(slot: Slot, key: unknown): void {
    this.#map ??= new Map();
    this.#map.set(key, slot);
    this.links[(slot << RECORD) | CHAIN] = IN_MAP;
    if (typeof key === "string" && this.#map.size > LARGEST_MAP) {
      this.#reach = WHOLE_ANY_LENGTH;
      this.#rebuild();
    }
  }

  /** Hashes keys better when the chain that a newcomer joins is crowded for another reason than chance. */
  #relieve(key: K): void {
    const isString = typeof key === "string";
    if (!isString && this.#spreading === AS_IT_IS) this.#spreading = SPREAD;
    else if (isString && this.#reach < WHOLE && this.#twins() > MOST_TWINS) this.#reach++;
    else if (this.#walked > LONGEST_CHAIN && this.#spreading < MIXED) this.#spreading = MIXED;
    else return;
    this.#rebuild();
    this.find(key);
    if (this.#walked > MOST_TWINS) this.#relieve(key);
  }

  /** Whether some chain is longer than newcomers make one before keys are scattered better. */
  #isCrowded(): boolean {
    const links = this.links;
    const most = 1 + (this.#spreading === AS_IT_IS ? MOST_TWINS : LONGEST_CHAIN);
    for (const first of this.#table) {
      let length = 0;
      for (let at = first; at !== 0; at = links[(at << RECORD) | CHAIN]!) {
        if (++length > most) return true;
      }
    }
    return false;
  }

  /** Keys with the hash that was looked for last. */
  #twins(): number {
    const links = this.links;
    let twins = 0;
    for (let at = this.#table[this.#bucket(this.#hash)]!; at !== 0;) {
      if (links[(at << RECORD) | HASH] === this.#hash) twins++;
      at = links[(at << RECORD) | CHAIN]!;
    }
    return twins;
  }

  /** Hashes all keys anew: slots have moved, or hashes are to be better. */
  #rebuild(): void {
    const reach = this.#reach;
    this.#readsTails = reach === TAIL && this.#spreading !== MIXED;
    this.#map = undefined;
    this.#emptyTable();
    // Strings that are too many for the `Map` have all keys hashed anew, and then that is done.
    for (let slot = FIRST_SLOT; slot < this.end && reach === this.#reach; slot++) {
      if (!this.isLive(slot)) continue;
      const key = this.key(slot);
      if (!this.#isHashed(key)) this.#addToMap(slot, key);
      else {
        this.#link(slot, typeof key === "string" ? this.#hashString(key) : this.#hashNumber(key));
      }
    }
  }

  #emptyTable(): void {
    const length = tableLength(this.length);
    this.#table = new Int32Array(length);
    this.#buckets = length;
    this.#mask = 2 ** Math.ceil(Math.log2(length)) - 1;
  }
}

/**
 * One multiplication, and its upper bits folded twice: words that differ in their upper eight bits only
 * would else meet in a small table. One to one, so that equal hashes are equal words.
 */
function scatter(word: number): number {
  const product = Math.imul(word, 0x85ebca6b);
  return product ^ (product >>> 16) ^ (product >>> 24);
}

/**
 * Buckets for columns of `length` slots. A second look at a chain is mispredicted, which is much of
 * the time that a small cache takes: it has three chains or more for each entry, then two. A larger
 * table is waited for itself, and is kept short; until each look at a chain is waited for.
 */
function tableLength(length: number): number {
  const slots = length - FIRST_SLOT;
  if (slots > MANY_SLOTS) return Math.ceil(1.9 * slots);
  if (2 * slots > LARGEST_SMALL_TABLE) return Math.max(LARGEST_SMALL_TABLE, Math.ceil(1.3 * slots));
  return 2 ** Math.ceil(Math.log2(Math.max(1, (slots > FEW_SLOTS ? 2 : 3) * slots)));
}
