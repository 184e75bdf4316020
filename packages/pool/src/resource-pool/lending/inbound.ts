import type { Deadline, DeadlineQueue } from "../../time/deadline-queue.ts";
import type { Slot } from "./slot.ts";

/** A check or a reset is late after this share of its timeout, */
const SHARE = 1 / 5;

/** or after so many ms, if it has no timeout. */
const UNLIMITED = 1000;

/**
 * Resources that are being checked or reset. Each is on its way to somebody who waits, so that no
 * other one is looked for, until it is late: then the next idle one is tried, or one is created
 * beside it. A connection that died silently answers nothing at all.
 */
export class Inbound<T> {
  readonly #slots = new Set<Slot<T>>();
  readonly #deadlines: DeadlineQueue;
  readonly #onLate: () => void;
  readonly #deadline: Deadline = { at: 0, run: () => this.#lookForLate(), index: -1 };
  readonly #now: () => number;
  #late = 0;
  /** Resets on their way that are not late. */
  #resets = 0;

  /** `onLate` is called when some have become late. */
  constructor(deadlines: DeadlineQueue, now: () => number, onLate: () => void) {
    this.#deadlines = deadlines;
    this.#now = now;
    this.#onLate = onLate;
  }

  /** How many are on their way, and not late. */
  get size(): number {
    return this.#slots.size - this.#late;
  }

  /** How many of them are being checked. */
  get checks(): number {
    return this.size - this.#resets;
  }

  get hasLate(): boolean {
    return this.#late > 0;
  }

  /** How many can be counted on: for each that is late, another one may be as dead. */
  get promising(): number {
    return Math.max(0, this.size - this.#late);
  }

  /** Adds a slot to which its state says what is done. One that is not `trusted` is late from the beginning. */
  add(slot: Slot<T>, isTrusted: boolean): void {
    this.#slots.add(slot);
    slot.isLate = !isTrusted;
    slot.lateAt = Infinity;
    if (!isTrusted) this.#late++;
    else if (slot.state === "resetting") this.#resets++;
  }

  /** Watches one that was added and is not through yet: it is late after a part of the timeout. */
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

  /** Looks no longer. */
  stop(): void {
    this.#deadlines.remove(this.#deadline);
  }

  /** The deadline stays when what it was for has come: it looks in vain, which is cheaper than to take it out each time. */
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
