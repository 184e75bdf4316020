import type { Slot } from "../policy/policy.ts";
import { CHAIN, FIRST_SLOT, HASH, RECORD, SlotStore } from "./slot-store.ts";
import { hashAny, hashDouble, hashSeed, hashWhole, joined, mix, type HashSeed } from "./hash.ts";
import { codeAt } from "./positions.ts";
import { learnPlan, TAILS, type KeyPlan } from "./key-plan.ts";

/** `CHAIN` of a slot whose key is in the `Map`. */
const IN_MAP = -1;
/** Noted by `find` if it looked for a key in the `Map` only. */
const BELONGS_IN_MAP = -1;
/** Added by `find` for a string with the same hash, in addition to the 1 for each key. */
const TWIN = 2 ** 16;
/**
 * Maximum strings of one hash in a chain, and keys before an integer. More are a reason to hash
 * better.
 */
const MOST_TWINS = 2;
/** Maximum length of a chain that chance explains: one chain of 10^9 is longer. */
const LONGEST_CHAIN = 11;
/** V8 hashes digits up to this length as a number. Before Node 20.20.2 that hash was not secret. */
const LONGEST_INDEX = 10;
/** V8 uses the length of longer strings as their hash. */
const LONGEST_SECRET = 2 ** 14 - 1;
/** Maximum strings in the `Map` whose hash in V8 is not secret, before keys count as a flood. */
const MOST_EXPOSED = 64;
/** Maximum strings in the `Map`. V8 allows 2^24 keys, and half of that if keys come and go. */
const MOST_SPILLED = 2 ** 22;
/** Bits for the hashes of strings in the `Map`. */
const CROWDS = 2 ** 12;
/** Twins that newcomers may meet before a table learns. */
const GRACE = 8;
/** Entries of a table that may still take over a plan. */
const FEW_ENTRIES = 8;
/** Newcomers for each entry after which those so far count by half. */
const MEMORY = 4;
/**
 * Price of a lesson in newcomers, in addition to the entries of the last lesson. Newcomers take
 * longer than the lesson, so that it at most doubles their time.
 */
const LESSON = 2 ** 13;
/** Maximum lessons that newcomers save up for. A new table has saved two. */
const MOST_SAVED = 4;
/** Up to this length a table is doubled at once. */
const LARGEST_SMALL_TABLE = 2 ** 16;
/** Up to this number of slots chains are shortest. */
const FEW_SLOTS = 5000;
/** From this number of slots on, the caches of the processor hold neither entries nor table. */
const MANY_SLOTS = 2 ** 18;
/** Buckets of a table being doubled that each newcomer splits. */
const SPLITS_PER_ADD = 8;
/** Factor for integers. */
const SPREADER = 0x85ebca6b;

/**
 * The last plan of four places that any table has learnt, by length of keys, so that thousands of
 * small tables need not learn. Plans hold no keys.
 */
const recent: KeyPlan[] = [];

/** How integers become hashes, from the cheapest to the best; 1 is a multiplication. */
const AS_IT_IS = 0;
const MIXED = 2;

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
 * - Integers are their own hashes at first, so that neighbours share cache lines. A long chain
 *   makes the table scatter them, until it is cleared or shrinks.
 * - Strings give a few characters, at first their last four. If newcomers meet too many others with
 *   their hash, a sample of the keys shows which characters differ, and the table reads those from
 *   then on (`KeyPlan`). Strings that no plan can separate go to a `Map`, so that a chain stays
 *   short for any keys. Without the seed, code and keys do not show how to make a search long.
 * - Objects, symbols, bigints, NaN and the other primitives are in the `Map` too.
 *
 * Store and table are one object because a look-up is so short that following a pointer from one to
 * the other is a tenth of it.
 */
export class SlotTable<K, V> extends SlotStore<K, V> {
  readonly #secret: HashSeed;
  // Begins with a number, so that V8 knows that the field is one.
  #low = 0;
  #table: Uint16Array | Int32Array = new Uint16Array(1);
  /** The next power of two of the length of the table, less 1. */
  #mask = 0;
  /**
   * Buckets in use. The table is growing while it is longer. Linear hashing: W. Litwin, VLDB 1980.
   */
  #buckets = 1;
  #map: Map<unknown, Slot> | undefined = undefined;
  #spreading = AS_IT_IS;
  /** The plan by which strings are hashed. Two of its fields are copied here for speed. */
  #plan: KeyPlan = TAILS;
  #places: Int32Array = TAILS.places;
  /** Strings of more characters, and the empty one, are not in `#places`. */
  #reach = TAILS.width - 1;
  #isDeep = false;
  /**
   * Odd and secret: scatters the words that a plan makes of strings. Each lesson draws a new one.
   */
  #factor = 1;
  /** 1 if strings whose hash in a `Map` is not secret are hashed in full, 2 if all strings are. */
  #strictness = 0;
  /**
   * Number of strings in the `Map`, and how many of these have a hash that is not secret; a bit for
   * each hash that strings there have had.
   */
  #spilled = 0;
  #exposed = 0;
  #crowds: Int32Array | undefined = undefined;
  /** Newcomers until now, and newcomers that paid for lessons. */
  #newcomers = 0;
  #paid = -2 * LESSON;
  /**
   * Twins that newcomers have met since the newcomer `#since`: since the last lesson or later. A
   * long chain counts as one.
   */
  #twinsMet = 0;
  #since = 0;
  /**
   * Entries at the last lesson, and more if it left strings to the `Map`. At twice the number the
   * next lesson is free.
   */
  #learnedAt = 0;
  /** State of the random numbers. */
  #state = 0;
  /**
   * Notes of the last `find` that found nothing: the hash of the key, and the last slot that it
   * passed.
   */
  #hash = 0;
  #last: Slot = 0;
  /**
   * The keys that it passed: 1 for each, and `TWIN` for each string of the same hash. Tests read
   * it.
   */
  protected met = 0;
  /** Result of `prefetch`, which is not used. Without it V8 would omit the reading. */
  protected fetched: Slot = 0;

  /** A bound is Infinity if it is not set. */
  constructor(max: number, maxWeight: number, seed: number) {
    super(max, maxWeight, seed);
    this.#secret = hashSeed(seed);
    this.#low = this.#secret.low;
    this.#follow(TAILS);
  }

  /** Whether the key that was looked for last belongs in the table, and has met few other keys. */
  get #isRoomy(): boolean {
    return this.met >>> 0 <= MOST_TWINS;
  }

  /** The slot of a key, or 0. */
  find(key: K): Slot {
    if (typeof key === "string") return this.#findString(key);
    if (typeof key === "number") return this.#findNumber(key);
    return this.#findInMap(key);
  }

  #findString(key: string): Slot {
    const hash = this.#hashString(key);
    const { links, entries } = this;
    let met = 0;
    let last = 0;
    let slot = this.#table[this.#bucket(hash)]!;
    while (slot !== 0) {
      if (links[(slot << RECORD) | HASH] === hash) {
        if (entries[slot << 1] === key) return slot;
        met += TWIN;
      }
      last = slot;
      slot = links[(slot << RECORD) | CHAIN]!;
      met++;
    }
    this.#hash = hash;
    this.met = met;
    this.#last = last;
    return this.#spilled === 0 ? 0 : this.#findSpilled(key, hash);
  }

  #findSpilled(key: string, hash: number): Slot {
    const isCrowded = (this.#crowds![(hash & (CROWDS - 1)) >>> 5]! & (1 << hash)) !== 0;
    return isCrowded ? (this.#map!.get(key) ?? 0) : 0;
  }

  /**
   * Adds the key of a slot. The caller guarantees that the last call was a `find` of this key, that
   * it returned 0, and that the slot was taken since then.
   */
  add(slot: Slot): void {
    this.#newcomers++;
    if (this.#isRoomy && this.#buckets === this.#table.length) this.#link(slot, this.#hash);
    else this.#addWithCare(slot);
  }

  /** Removes the key of a slot. */
  unlink(slot: Slot): void {
    if (this.links[(slot << RECORD) | CHAIN] === IN_MAP) this.#removeFromMap(this.key(slot));
    else this.#unchain(slot);
  }

  /**
   * Reads what `replace` of a slot will need. Called before the `find` of the newcomer, so that the
   * processor waits for the memory of both at once.
   */
  prefetch(slot: Slot): void {
    this.fetched = this.#table[this.#bucket(this.links[(slot << RECORD) | HASH]!)]!;
  }

  /** Replaces the entry of a slot by another entry: `unlink`, `put` and `add` in one step. */
  replace(slot: Slot, key: K, value: V): void {
    const { links } = this;
    const table = this.#table;
    if (
      !this.#isRoomy ||
      links[(slot << RECORD) | CHAIN] === IN_MAP ||
      slot === this.#last ||
      this.#buckets !== table.length
    ) {
      this.unlink(slot);
      this.put(slot, key, value);
      this.add(slot);
      return;
    }
    this.#newcomers++;
    this.#unchain(slot);
    links[(slot << RECORD) | HASH] = this.#hash;
    links[(slot << RECORD) | CHAIN] = 0;
    // Newcomers are at the end of their chains, so that victims, which are old, are near the start.
    if (this.#last === 0) table[this.#bucket(this.#hash)] = slot;
    else links[(this.#last << RECORD) | CHAIN] = slot;
    this.entries[slot << 1] = key;
    this.entries[(slot << 1) | 1] = value;
  }

  /**
   * The hash of a key for the policy. Unlike the hash of the index, it is the same whenever the key
   * returns.
   */
  hashOf(key: K): number {
    if (typeof key !== "number" || key !== key) return hashAny(key, this.#secret);
    return (key | 0) === key ? key ^ this.#low : hashDouble(key, this.#secret);
  }

  /** Makes room for more entries. A large table grows bucket by bucket, by later calls of `add`. */
  override grow(): void {
    super.grow();
    const length = tableLength(this.length);
    while (this.#table.length < length) {
      this.#split(Infinity);
      if (this.#buckets > this.#mask) this.#mask = (this.#mask << 1) | 1;
      const table = this.#createTable(Math.min(length, this.#mask + 1));
      table.set(this.#table);
      this.#table = table;
      // The rest of a large table is added when the columns grow again.
      if (table.length > LARGEST_SMALL_TABLE) return;
      this.#split(Infinity);
    }
  }

  /** A table that has shrunk learns again, because it learnt from other entries. */
  override shrink(moved: (from: Slot, to: Slot) => void): void {
    super.shrink(moved);
    this.#forget();
    this.#rebuild();
    if (this.#spilled > 0) this.#learnIfPaid();
  }

  override clear(): void {
    super.clear();
    this.#forget();
    this.#learnedAt = 0;
    this.#emptyTable();
  }

  #forget(): void {
    this.#spreading = AS_IT_IS;
    this.#strictness = 0;
    this.#follow(TAILS);
    this.#twinsMet = 0;
    this.#since = this.#newcomers;
  }

  #addWithCare(slot: Slot): void {
    if (this.#buckets !== this.#table.length) this.#split(SPLITS_PER_ADD);
    const key = this.key(slot);
    if (typeof key === "string") this.#addString(slot, key);
    else if (this.met === BELONGS_IN_MAP) this.#addToMap(slot, key);
    else {
      while (this.#spreadBetter(this.met)) {
        this.#rebuild();
        this.find(key);
      }
      this.#link(slot, this.#hash);
    }
  }

  /**
   * Adds a string. If it meets too many others, it goes to the `Map`. If many strings meet others,
   * the table learns.
   */
  #addString(slot: Slot, key: string): void {
    this.#place(slot, key, this.#hash, this.met);
    const plan = recent[key.length];
    // A twin among the first keys: another table has learnt from keys of this length.
    if (plan && this.#plan === TAILS && this.met >= TWIN && this.size < FEW_ENTRIES) {
      this.#follow(plan);
      this.#rebuild();
    }
    const newcomers = this.#newcomers - this.#since;
    // Keys may change after a long time.
    if (newcomers > MEMORY * this.size) {
      this.#since += newcomers >>> 1;
      this.#twinsMet >>>= 1;
    }
    const strictness = this.#spilled > MOST_SPILLED ? 2 : Number(this.#exposed > MOST_EXPOSED);
    if (strictness > this.#strictness) {
      this.#strictness = strictness;
      this.#learn();
      return;
    }
    // In a large table a lesson takes long, and has to be worth it.
    const few = newcomers >>> (this.size > MANY_SLOTS ? 1 : 3);
    // In the smallest caches most twins are victims.
    if (this.size > MOST_TWINS && this.#twinsMet >= GRACE + few) this.#learnIfPaid();
  }

  /** Learns if newcomers have paid for it, or if the entries have doubled since the last lesson. */
  #learnIfPaid(): void {
    const price = LESSON + this.#learnedAt;
    this.#paid = Math.max(this.#paid, this.#newcomers - MOST_SAVED * price);
    if (this.size < 2 * this.#learnedAt) {
      if (this.#newcomers - this.#paid < price) return;
      this.#paid += price;
    }
    this.#learn();
  }

  /** Links a string, or leaves it to the `Map`. */
  #place(slot: Slot, key: string, hash: number, met: number): void {
    if (met > LONGEST_CHAIN) this.#twinsMet += Math.max(1, Math.floor(met / TWIN));
    if (met < MOST_TWINS * TWIN && met % TWIN <= LONGEST_CHAIN) {
      this.#link(slot, hash);
      return;
    }
    this.#addToMap(slot, key);
    this.links[(slot << RECORD) | HASH] = hash;
    this.#spilled++;
    if (isExposed(key)) this.#exposed++;
    this.#crowds ??= new Int32Array(CROWDS >>> 5);
    this.#crowds[(hash & (CROWDS - 1)) >>> 5]! |= 1 << hash;
  }

  /**
   * Chooses by a sample of the entries which characters of strings are read, and hashes all keys
   * again.
   */
  #learn(): void {
    const sample = this.#sample();
    const plan = learnPlan(sample, this.size, () => this.#random());
    if (plan ?? this.#strictness) {
      this.#follow(plan ?? this.#plan);
      this.#rebuild();
    }
    if (plan && !this.#isDeep) {
      for (const { length } of sample) recent[Math.min(length, plan.width)] = plan;
    }
    // If a lesson left many strings to the `Map`, the next one hardly helps: it comes later and
    // costs more.
    this.#learnedAt = this.size + 4 * this.#spilled;
    this.#since = this.#newcomers;
    this.#twinsMet = 0;
  }

  /**
   * Some of the strings, drawn at random: entries that were added one after the other are often the
   * most similar.
   */
  #sample(): string[] {
    const sample = new Set<string>();
    const used = this.end - FIRST_SLOT;
    const count = Math.ceil(12 * Math.sqrt(this.size));
    for (let i = 0; i < Math.min(used, count); i++) {
      const slot = FIRST_SLOT + (used <= count ? i : Math.floor(this.#random() * used));
      const key = this.isLive(slot) ? this.key(slot) : undefined;
      if (typeof key === "string") sample.add(key);
    }
    return [...sample];
  }

  #follow(plan: KeyPlan): void {
    this.#plan = plan;
    this.#places = plan.places;
    this.#reach = this.#strictness > 0 ? 0 : plan.width - 1;
    this.#isDeep = plan.places.length > plan.width;
    this.#factor = Math.floor(this.#random() * 2 ** 30) * 2 + 1;
  }

  /** A number from 0 to 1 that cannot be predicted. */
  #random(): number {
    return ((this.#state = mix(this.#state + 1, this.#secret)) >>> 0) / 2 ** 32;
  }

  // The loop of #findString again: V8 learns types for each place in the code, and to compare
  // integers in a place that also compares strings takes several times as long.
  #findNumber(key: number): Slot {
    let hash = key | 0;
    if (hash !== key) {
      hash = hashDouble(key, this.#secret);
    } else {
      hash ^= this.#low;
      if (this.#spreading !== AS_IT_IS) hash = this.#scatter(hash);
    }
    const { links, entries } = this;
    let met = 0;
    let last = 0;
    let slot = this.#table[this.#bucket(hash)]!;
    while (slot !== 0) {
      if (links[(slot << RECORD) | HASH] === hash && entries[slot << 1] === key) return slot;
      last = slot;
      slot = links[(slot << RECORD) | CHAIN]!;
      met++;
    }
    this.#hash = hash;
    this.met = met;
    this.#last = last;
    return key === key ? 0 : this.#findInMap(key);
  }

  #findInMap(key: unknown): Slot {
    const slot = this.#map?.get(key);
    if (slot !== undefined) return slot;
    this.met = BELONGS_IN_MAP;
    return 0;
  }

  // Small, so that V8 inlines it into the loops of callers.
  #hashString(key: string): number {
    const { length } = key;
    if ((length - 1) >>> 0 >= this.#reach) return this.#hashFar(key);
    const places = this.#places[length]!;
    let word =
      key.charCodeAt(places & 255) ^
      (key.charCodeAt((places >>> 8) & 255) << 8) ^
      (key.charCodeAt((places >>> 16) & 255) << 16) ^
      (key.charCodeAt(places >>> 24) << 24);
    if (this.#isDeep) word = this.#deepen(word, key);
    return scattered(word, length, this.#factor);
  }

  /** Adds the characters of further places to the word of a key. */
  #deepen(word: number, key: string): number {
    const places = this.#places;
    const width = this.#reach + 1;
    for (let at = key.length + width; at < places.length; at += width) {
      const pair = places[at]!;
      word = Math.imul(word, 0xc2b2ae35);
      word ^= (word >>> 15) ^ key.charCodeAt(pair & 255) ^ (key.charCodeAt(pair >>> 8) << 16);
    }
    return word;
  }

  /** The hash of a key whose length is not listed. */
  #hashFar(key: string): number {
    if (this.#strictness > (isExposed(key) ? 0 : 1)) return hashWhole(key, this.#secret);
    const { positions } = this.#plan;
    let word = 0;
    for (let i = 0; i < positions.length; i++) word = joined(word, codeAt(key, positions[i]!));
    return scattered(word, key.length, this.#factor);
  }

  #hashNumber(key: number): number {
    const integer = key | 0;
    if (integer !== key) return hashDouble(key, this.#secret);
    const hash = integer ^ this.#low;
    return this.#spreading === AS_IT_IS ? hash : this.#scatter(hash);
  }

  #scatter(word: number): number {
    const hash = scattered(word, 0, SPREADER);
    return this.#spreading === MIXED ? mix(hash, this.#secret) : hash;
  }

  #bucket(hash: number): number {
    const bucket = hash & this.#mask;
    return bucket < this.#buckets ? bucket : bucket & (this.#mask >>> 1);
  }

  /**
   * Continues to grow: each new bucket takes its keys from the bucket that has held them until now.
   */
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

  /** Takes a slot out of its chain. */
  #unchain(slot: Slot): void {
    const { links } = this;
    const after = links[(slot << RECORD) | CHAIN]!;
    const bucket = this.#bucket(links[(slot << RECORD) | HASH]!);
    let at = this.#table[bucket]!;
    if (at === slot) {
      this.#table[bucket] = after;
      return;
    }
    while (links[(at << RECORD) | CHAIN] !== slot) at = links[(at << RECORD) | CHAIN]!;
    links[(at << RECORD) | CHAIN] = after;
  }

  #addToMap(slot: Slot, key: unknown): void {
    this.#map ??= new Map();
    this.#map.set(key, slot);
    this.links[(slot << RECORD) | CHAIN] = IN_MAP;
  }

  #removeFromMap(key: unknown): void {
    this.#map!.delete(key);
    if (typeof key !== "string") return;
    if (isExposed(key)) this.#exposed--;
    // Several keys may share a bit, so that bits are cleared all at once.
    if (--this.#spilled === 0) this.#crowds!.fill(0);
  }

  /**
   * Scatters integers better if chance does not explain the keys that one has met. Returns whether
   * it does so.
   */
  #spreadBetter(met: number): boolean {
    const most = this.#spreading === AS_IT_IS ? MOST_TWINS : LONGEST_CHAIN;
    if (met <= most || this.#spreading === MIXED) return false;
    this.#spreading++;
    return true;
  }

  /** Hashes all keys again, because slots have moved or hashes change. */
  #rebuild(): void {
    this.#emptyTable();
    for (let slot = FIRST_SLOT; slot < this.end; slot++) {
      if (!this.isLive(slot)) continue;
      const key = this.key(slot);
      if (typeof key === "string") {
        const hash = this.#hashString(key);
        this.#place(slot, key, hash, this.#metBy(hash));
      } else if (typeof key === "number" && key === key) {
        const hash = this.#hashNumber(key);
        if (this.#spreadBetter(this.#metBy(hash) % TWIN)) {
          this.#rebuild();
          return;
        }
        this.#link(slot, hash);
      } else {
        this.#addToMap(slot, key);
      }
    }
  }

  /** The keys that a newcomer with a hash would meet in its chain, counted as by `find`. */
  #metBy(hash: number): number {
    const { links } = this;
    let met = 0;
    for (let at = this.#table[this.#bucket(hash)]!; at !== 0; met++) {
      if (links[(at << RECORD) | HASH] === hash) met += TWIN;
      at = links[(at << RECORD) | CHAIN]!;
    }
    return met;
  }

  #emptyTable(): void {
    const length = tableLength(this.length);
    this.#map = undefined;
    this.#spilled = this.#exposed = 0;
    this.#crowds = undefined;
    this.#table = this.#createTable(length);
    this.#buckets = length;
    this.#mask = 2 ** Math.ceil(Math.log2(length)) - 1;
  }

  /**
   * A table of half the size if slots have 16 bits: more of it stays in the caches of the
   * processor. Columns that grow beyond 16 bits need a longer table (`tableLength`), which is then
   * created again.
   */
  #createTable(length: number): Uint16Array | Int32Array {
    return this.length <= 2 ** 16 ? new Uint16Array(length) : new Int32Array(length);
  }
}

/** Whether V8's hash of a string is not secret. */
function isExposed(key: string): boolean {
  const isIndex = key.length <= LONGEST_INDEX && (key.charCodeAt(0) - 48) >>> 0 < 10;
  return isIndex || key.length > LONGEST_SECRET;
}

/**
 * One multiplication, whose upper bits are folded twice: else words that differ only in their upper
 * bits would meet in a small table. One to one for each length, so that equal hashes mean equal
 * words.
 */
function scattered(word: number, length: number, factor: number): number {
  const product = Math.imul((word + Math.imul(length, SPREADER)) | 0, factor);
  return product ^ (product >>> 16) ^ (product >>> 24);
}

/**
 * Buckets for columns of `length` slots. Up to 5,000 slots a table has 3 to 6 buckets for each
 * entry, then 2 to 4, because each further step in a chain costs a branch misprediction. From 2^15
 * slots on it has 1.3, so that the table stays in the caches of the processor, and from 2^18 on
 * 1.9, because then each step is a cache miss anyway.
 */
function tableLength(length: number): number {
  const slots = length - FIRST_SLOT;
  if (slots > MANY_SLOTS) return Math.ceil(1.9 * slots);
  if (2 * slots > LARGEST_SMALL_TABLE) return Math.max(LARGEST_SMALL_TABLE, Math.ceil(1.3 * slots));
  return 2 ** Math.ceil(Math.log2(Math.max(1, (slots > FEW_SLOTS ? 2 : 3) * slots)));
}
