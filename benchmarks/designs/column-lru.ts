import type { DesignedCache, TableDesign } from "./design.ts";

const IN_MAP = -1;

/**
 * Lost: the table of `ChainedLru`, with each number of a slot in a column of its own, and keys
 * apart from values. A hit touches six cache lines instead of two.
 */
export class ColumnLru<K, V> implements DesignedCache<K, V> {
  readonly #max: number;
  readonly #design: TableDesign;
  readonly #mask: number;
  readonly #table: Int32Array;
  readonly #previous: Int32Array;
  readonly #next: Int32Array;
  readonly #hashes: Int32Array;
  readonly #chain: Int32Array;
  readonly #keys: (K | undefined)[];
  readonly #values: (V | undefined)[];
  readonly #objects = new Map<K, number>();
  #size = 0;
  #hash = 0;

  constructor(max: number, design: TableDesign) {
    this.#max = max;
    this.#design = design;
    this.#mask = design.tableLength - 1;
    this.#table = new Int32Array(design.tableLength);
    this.#previous = new Int32Array(max + 1);
    this.#next = new Int32Array(max + 1);
    this.#hashes = new Int32Array(max + 1);
    this.#chain = new Int32Array(max + 1);
    this.#keys = new Array<K | undefined>(max + 1).fill(undefined);
    this.#values = new Array<V | undefined>(max + 1).fill(undefined);
  }

  get(key: K): V | undefined {
    const slot = this.#find(key);
    if (slot === 0) return undefined;
    this.#use(slot);
    return this.#values[slot];
  }

  set(key: K, value: V): void {
    let slot = this.#find(key);
    if (slot !== 0) {
      this.#values[slot] = value;
      this.#use(slot);
      return;
    }
    slot = this.#size < this.#max ? ++this.#size : this.#evict();
    this.#keys[slot] = key;
    this.#values[slot] = value;
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
    let slot = this.#table[hash & this.#mask]!;
    while (slot !== 0) {
      if (this.#hashes[slot] === hash && this.#keys[slot] === key) return slot;
      slot = this.#chain[slot]!;
    }
    return 0;
  }

  #add(slot: number, key: K): void {
    if (typeof key === "object") {
      this.#objects.set(key, slot);
      this.#chain[slot] = IN_MAP;
      return;
    }
    const bucket = this.#hash & this.#mask;
    this.#hashes[slot] = this.#hash;
    this.#chain[slot] = this.#table[bucket]!;
    this.#table[bucket] = slot;
  }

  #evict(): number {
    const slot = this.#previous[0]!;
    this.#unlink(slot);
    const chain = this.#chain;
    const after = chain[slot]!;
    if (after === IN_MAP) {
      this.#objects.delete(this.#keys[slot] as K);
      return slot;
    }
    const bucket = this.#hashes[slot]! & this.#mask;
    let at = this.#table[bucket]!;
    if (at === slot) this.#table[bucket] = after;
    else {
      while (chain[at] !== slot) at = chain[at]!;
      chain[at] = after;
    }
    return slot;
  }

  #use(slot: number): void {
    if (this.#previous[slot] === 0) return;
    this.#unlink(slot);
    this.#linkFirst(slot);
  }

  #unlink(slot: number): void {
    const previous = this.#previous[slot]!;
    const next = this.#next[slot]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #linkFirst(slot: number): void {
    const first = this.#next[0]!;
    this.#next[slot] = first;
    this.#previous[slot] = 0;
    this.#previous[first] = slot;
    this.#next[0] = slot;
  }
}
