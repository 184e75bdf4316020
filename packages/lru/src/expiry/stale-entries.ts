import type { Slot } from "../policy/policy.ts";
import { resized } from "../table/slot-store.ts";

/** The links before the first entry. */
const NONE = /* @__PURE__ */ new Int32Array(0);
/** The sentinel of the list, before its first slot and after its last. No entry has this slot. */
const END = 1;

/**
 * The slots of the entries in their stale window, in the order in which the windows began. A linked
 * list in columns: a `Set` of many slots would stop the program for too long when it grows.
 */
export class StaleEntries {
  /**
   * Two links of each slot: to the next slot, and to the previous one. 0 if it is not in the list.
   */
  #links: Int32Array = NONE;
  size = 0;
  /** The sum of the weights. */
  weight = 0;

  /** The slot that was added first, or 0 if the list is empty. */
  get oldest(): Slot {
    return this.size === 0 ? 0 : this.#links[2 * END]!;
  }

  has(slot: Slot): boolean {
    return this.size > 0 && this.#links[2 * slot] !== 0;
  }

  /**
   * Adds a slot. The caller guarantees that it is not in the list, and that it is below `length`.
   */
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

  /** Removes a slot, if it is in the list. */
  delete(slot: Slot, weight: number): void {
    if (!this.has(slot)) return;
    const links = this.#links;
    this.#join(links[2 * slot + 1]!, links[2 * slot]!);
    links[2 * slot] = 0;
    this.size--;
    this.weight -= weight;
  }

  /** Puts the slot `to` in the place of `from`, if `from` is in the list. */
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
