import type { DesignedCache, TableDesign } from "./design.ts";

const LINKS = 4;
const PREVIOUS = 0;
const NEXT = 1;
const HASH = 2;
const CHAIN = 3;
const IN_MAP = -1;

/**
 * The chosen design: a chained hash table. Each slot has a record of four int32 numbers, and its
 * key and value are next to each other. Keys that are objects are in a `Map`. Slot 0 is the
 * sentinel of the list.
 */
export class ChainedLru<K, V> implements DesignedCache<K, V> {
  readonly #max: number;
  readonly #design: TableDesign;
  readonly #mask: number;
  readonly #table: Int32Array;
  readonly #links: Int32Array;
  readonly #entries: (K | V | undefined)[];
  readonly #objects = new Map<K, number>();
  #size = 0;
  #hash = 0;

  constructor(max: number, design: TableDesign) {
    this.#max = max;
    this.#design = design;
    this.#mask = design.tableLength - 1;
    this.#table = new Int32Array(design.tableLength);
    this.#links = new Int32Array(LINKS * (max + 1));
    this.#entries = new Array<K | V | undefined>(2 * (max + 1)).fill(undefined);
  }

  get(key: K): V | undefined {
    const slot = this.#find(key);
    if (slot === 0) return undefined;
    this.#use(slot);
    return this.#entries[2 * slot + 1] as V;
  }

  set(key: K, value: V): void {
    let slot = this.#find(key);
    if (slot !== 0) {
      this.#entries[2 * slot + 1] = value;
      this.#use(slot);
      return;
    }
    slot = this.#size < this.#max ? ++this.#size : this.#evict();
    this.#entries[2 * slot] = key;
    this.#entries[2 * slot + 1] = value;
    this.#add(slot, key);
    this.#linkFirst(slot);
  }

  has(key: K): boolean {
    return this.#find(key) !== 0;
  }

  #find(key: K): number {
    if (typeof key === "string") this.#hash = this.#design.hashString(key);
    else if (typeof key === "number") this.#hash = this.#design.hashInteger(key);
    else return this.#objects.get(key) ?? 0;
    const hash = this.#hash;
    const links = this.#links;
    let slot = this.#table[hash & this.#mask]!;
    while (slot !== 0) {
      if (links[slot * LINKS + HASH] === hash && this.#entries[2 * slot] === key) return slot;
      slot = links[slot * LINKS + CHAIN]!;
    }
    return 0;
  }

  #add(slot: number, key: K): void {
    const links = this.#links;
    if (typeof key === "object") {
      this.#objects.set(key, slot);
      links[slot * LINKS + CHAIN] = IN_MAP;
      return;
    }
    const bucket = this.#hash & this.#mask;
    links[slot * LINKS + HASH] = this.#hash;
    links[slot * LINKS + CHAIN] = this.#table[bucket]!;
    this.#table[bucket] = slot;
  }

  #evict(): number {
    const links = this.#links;
    const slot = links[PREVIOUS]!;
    this.#unlink(slot);
    const after = links[slot * LINKS + CHAIN]!;
    if (after === IN_MAP) {
      this.#objects.delete(this.#entries[2 * slot] as K);
      return slot;
    }
    const bucket = links[slot * LINKS + HASH]! & this.#mask;
    let at = this.#table[bucket]!;
    if (at === slot) this.#table[bucket] = after;
    else {
      while (links[at * LINKS + CHAIN] !== slot) at = links[at * LINKS + CHAIN]!;
      links[at * LINKS + CHAIN] = after;
    }
    return slot;
  }

  #use(slot: number): void {
    if (this.#links[slot * LINKS + PREVIOUS] === 0) return;
    this.#unlink(slot);
    this.#linkFirst(slot);
  }

  #unlink(slot: number): void {
    const links = this.#links;
    const previous = links[slot * LINKS + PREVIOUS]!;
    const next = links[slot * LINKS + NEXT]!;
    links[previous * LINKS + NEXT] = next;
    links[next * LINKS + PREVIOUS] = previous;
  }

  #linkFirst(slot: number): void {
    const links = this.#links;
    const first = links[NEXT]!;
    links[slot * LINKS + NEXT] = first;
    links[slot * LINKS + PREVIOUS] = 0;
    links[first * LINKS + PREVIOUS] = slot;
    links[NEXT] = slot;
  }
}
