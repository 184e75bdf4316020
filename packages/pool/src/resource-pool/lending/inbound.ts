import type { Deadline, DeadlineQueue } from "../../time/deadline-queue.ts";
import type { Slot } from "./slot.ts";

/** A check or a reset is late after this share of its timeout ... */
const SHARE = 1 / 5;

/** ... or after this number of ms, if it has no timeout. */
const UNLIMITED = 1000;

/**
 * Resources that are being checked or reset. Each counts as on its way to a waiter, so that the
 * pool looks for no other one. If it is late, it no longer counts: the next idle resource is tried,
 * or another one is created. A connection that died silently never answers.
 */
export class Inbound<T> {
  readonly #slots = new Set<Slot<T>>();
  readonly #deadlines: DeadlineQueue;
  readonly #onLate: () => void;
  readonly #deadline: Deadline = { at: 0, run: () => this.#lookForLate(), index: -1 };
  readonly #now: () => number;
  #late = 0;
  /** Resets that are not late. */
  #resets = 0;

  /** `onLate` is called when some have become late. */
  constructor(deadlines: DeadlineQueue, now: () => number, onLate: () => void) {
    this.#deadlines = deadlines;
    this.#now = now;
    this.#onLate = onLate;
  }

  /** The number of resources on their way that are not late. */
  get size(): number {
    return this.#slots.size - this.#late;
  }

  /** The number of these that are being checked. */
  get checks(): number {
    return this.size - this.#resets;
  }

  get hasLate(): boolean {
    return this.#late > 0;
  }

  /** The number that can be relied on: for each late resource, another one may be as dead. */
  get promising(): number {
    return Math.max(0, this.size - this.#late);
  }

  /**
   * Adds a slot, whose state says whether it is checked or reset. A slot that is not trusted is
   * late from the beginning.
   */
  add(slot: Slot<T>, isTrusted: boolean): void {
    this.#slots.add(slot);
    slot.isLate = !isTrusted;
    slot.lateAt = Infinity;
    if (!isTrusted) this.#late++;
    else if (slot.state === "resetting") this.#resets++;
  }

  /**
   * Watches a slot that was added and has not passed yet: it is late after a share of `timeout`.
   */
  watch(slot: Slot<T>, timeout: number): void {
    if (slot.isLate) return;
    slot.lateAt = this.#now() + (timeout === Infinity ? UNLIMITED : timeout * SHARE);
    this.#deadlines.putBy(this.#deadline, slot.lateAt);
  }

  delete(slot: Slot<T>): void {
    if (!this.#slots.delete(slot)) return;
    if (slot.isLate) this.#late--;
    else if (slot.state === "resetting") this.#resets--;
    slot.isLate = false;
  }

  /** Removes the deadline. */
  stop(): void {
    this.#deadlines.remove(this.#deadline);
  }

  /**
   * The deadline of a slot stays when the slot has passed. Then it finds nothing, which takes less
   * time than to remove the deadline each time.
   */
  #lookForLate(): void {
    const now = this.#now();
    const before = this.#late;
    let next = Infinity;
    for (const slot of this.#slots) {
      if (slot.isLate) continue;
      if (slot.lateAt > now) next = Math.min(next, slot.lateAt);
      else {
        slot.isLate = true;
        this.#late++;
        if (slot.state === "resetting") this.#resets--;
      }
    }
    this.#deadlines.putBy(this.#deadline, next);
    if (this.#late > before) this.#onLate();
  }
}
