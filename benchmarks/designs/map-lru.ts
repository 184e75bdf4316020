import type { DesignedCache } from "./design.ts";

const LINKS = 2;
const PREVIOUS = 0;
const NEXT = 1;

/**
 * Lost: a `Map` from key to slot, two int32 numbers per slot for the list, key and value side by
 * side.
 */
export class MapLru<K, V> implements DesignedCache<K, V> {
  readonly #max: number;
  readonly #slots = new Map<K, number>();
  readonly #links: Int32Array;
  readonly #entries: (K | V | undefined)[];

  constructor(max: number) {
    this.#max = max;
    this.#links = new Int32Array(LINKS * (max + 1));
    this.#entries = new Array<K | V | undefined>(2 * (max + 1)).fill(undefined);
  }

  get(key: K): V | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    this.#use(slot);
    return this.#entries[2 * slot + 1] as V;
  }

  set(key: K, value: V): void {
    let slot = this.#slots.get(key);
    if (slot !== undefined) {
      this.#entries[2 * slot + 1] = value;
      this.#use(slot);
      return;
    }
    slot = this.#slots.size < this.#max ? this.#slots.size + 1 : this.#evict();
    this.#entries[2 * slot] = key;
    this.#entries[2 * slot + 1] = value;
    this.#slots.set(key, slot);
    this.#linkFirst(slot);
  }

  has(key: K): boolean {
    return this.#slots.has(key);
  }

  #evict(): number {
    const slot = this.#links[PREVIOUS]!;
    this.#unlink(slot);
    this.#slots.delete(this.#entries[2 * slot] as K);
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
