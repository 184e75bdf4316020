import type { Slot } from "../policy/policy.ts";
import { resized } from "../table/slot-store.ts";

/** Links while there was no entry yet. */
const NONE = /* @__PURE__ */ new Int32Array(0);
/** Before the first slot and after the last; no entry has this slot. */
const END = 1;

/**
 * The slots of the entries in their stale window, in the order in which they came to it: a list in
 * columns, since a `Set` of many slots stops the program when it grows.
 */
export class StaleEntries {
  /** Of each slot the one after it, then the one before it; 0 if the slot is not in the list. */
  #links: Int32Array = NONE;
  size = 0;
  /** Sum of their weights. */
  weight = 0;

  /** The slot that has been here longest, or 0. */
  get oldest(): Slot {
    return this.size === 0 ? 0 : this.#links[2 * END]!;
  }

  has(slot: Slot): boolean {
    return this.size > 0 && this.#links[2 * slot] !== 0;
  }

  /** Adds a slot that is not there. All slots are below `length`. */
  add(slot: Slot, weight: number, length: number): void {
    if (this.#links === NONE) {
      this.#links = new Int32Array(2 * length);
      this.#join(END, END);
    }
    this.#join(this.#links[2 * END + 1]!, slot);
    this.#join(slot, END);
    this.size++;
    this.weight += weight;
  }

  /** Takes a slot out, if it is there. */
  delete(slot: Slot, weight: number): void {
    if (!this.has(slot)) return;
    const links = this.#links;
    this.#join(links[2 * slot + 1]!, links[2 * slot]!);
    links[2 * slot] = 0;
    this.size--;
    this.weight -= weight;
  }

  /** The entry at `from` goes on at `to`. */
  move(from: Slot, to: Slot): void {
    if (!this.has(from)) return;
    const links = this.#links;
    this.#join(links[2 * from + 1]!, to);
    this.#join(to, links[2 * from]!);
    links[2 * from] = 0;
  }

  /** Makes room for slots below `length`. */
  resize(length: number): void {
    if (this.#links !== NONE) this.#links = resized(this.#links, 2 * length);
  }

  clear(): void {
    this.#links = NONE;
    this.size = this.weight = 0;
  }

  #join(previous: Slot, next: Slot): void {
    this.#links[2 * previous] = next;
    this.#links[2 * next + 1] = previous;
  }
}
