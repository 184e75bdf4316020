import { lru } from "@heapwise/lru/policies";
import { CHAIN, FIRST_SLOT, HASH, LINKS, SlotStore } from "@heapwise/lru/slots";
import type { EvictionPolicy, Slot } from "@heapwise/lru/slots";
import type { DesignedCache } from "./design.ts";
import { hashIdentity, hashTailOf8 } from "./key-hashes.ts";

/**
 * A table that doubles as entries arrive, on top of the store and the policy of the cache. The
 * chosen design splits some buckets with each new entry (linear hashing: W. Litwin, VLDB 1980). The
 * design that lost splits all buckets at once, which is a rehash.
 */
export class GrowingLru<K, V> implements DesignedCache<K, V> {
  readonly #store: SlotStore<K, V>;
  readonly #policy: EvictionPolicy;
  readonly #splitsPerAdd: number;
  #table: Int32Array = new Int32Array(1);
  #mask = 0;
  #wideMask = 0;
  /** The buckets below this one are split: for their keys the wide mask gives the bucket. */
  #split = 0;
  #hash = 0;

  constructor(max: number, splitsPerAdd: number) {
    this.#store = new SlotStore<K, V>(max, Infinity, 1);
    this.#policy = lru()(this.#store);
    this.#splitsPerAdd = splitsPerAdd;
  }

  get(key: K): V | undefined {
    const slot = this.#find(key);
    if (slot === 0) return undefined;
    this.#policy.access(slot);
    return this.#store.value(slot);
  }

  set(key: K, value: V): void {
    const store = this.#store;
    let slot = this.#find(key);
    if (slot !== 0) {
      store.entries[2 * slot + 1] = value;
      this.#policy.access(slot);
      return;
    }
    if (store.size === store.max) this.#evict();
    else if (store.isFull) this.#grow();
    if (this.#wideMask !== this.#mask) this.#splitBuckets(this.#splitsPerAdd);
    slot = store.allocate();
    store.put(slot, key, value);
    const bucket = this.#bucket(this.#hash);
    store.links[slot * LINKS + HASH] = this.#hash;
    store.links[slot * LINKS + CHAIN] = this.#table[bucket]!;
    this.#table[bucket] = slot;
    this.#policy.add(slot, this.#hash);
  }

  has(key: K): boolean {
    return this.#find(key) !== 0;
  }

  #find(key: K): Slot {
    const hash = typeof key === "string" ? hashTailOf8(key) : hashIdentity(key as number);
    const { links, entries } = this.#store;
    let slot = this.#table[this.#bucket(hash)]!;
    while (slot !== 0) {
      if (links[slot * LINKS + HASH] === hash && entries[2 * slot] === key) return slot;
      slot = links[slot * LINKS + CHAIN]!;
    }
    this.#hash = hash;
    return 0;
  }

  #evict(): void {
    const { links } = this.#store;
    const slot = this.#policy.evict(0);
    const after = links[slot * LINKS + CHAIN]!;
    const bucket = this.#bucket(links[slot * LINKS + HASH]!);
    let at = this.#table[bucket]!;
    if (at === slot) this.#table[bucket] = after;
    else {
      while (links[at * LINKS + CHAIN] !== slot) at = links[at * LINKS + CHAIN]!;
      links[at * LINKS + CHAIN] = after;
    }
    this.#store.free(slot);
  }

  #bucket(hash: number): number {
    const bucket = hash & this.#mask;
    return bucket < this.#split ? hash & this.#wideMask : bucket;
  }

  /** Makes the columns longer. Begins to double the table if it has fewer buckets than slots. */
  #grow(): void {
    this.#store.grow();
    this.#policy.grow(this.#store.length);
    while (this.#store.length - FIRST_SLOT > this.#table.length) {
      if (this.#wideMask !== this.#mask) this.#splitBuckets(Infinity);
      const table = new Int32Array(2 * this.#table.length);
      table.set(this.#table);
      this.#table = table;
      this.#wideMask = table.length - 1;
    }
  }

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
}
