import { BinaryHeap, type HeapItem } from "../binary-heap.ts";
import { outsideContext } from "../outside-context.ts";
import { SYSTEM_CLOCK, type Clock } from "./clock.ts";

/** Something that falls due. `index` is -1 when it waits no longer. */
export interface Deadline extends HeapItem {
  at: number;
  run: () => void;
}

/** A number in browsers, and in Deno before 2.9. */
export type Timer = { ref?(): void; unref?(): void } | number;

interface Host {
  readonly Deno?: { refTimer?(timer: number): void; unrefTimer?(timer: number): void };
}

/** Whether a timer keeps the process alive. */
export function setReffed(timer: Timer | undefined, isReffed: boolean): void {
  if (typeof timer === "number") {
    const { Deno } = globalThis as Host;
    if (isReffed) Deno?.refTimer?.(timer);
    else Deno?.unrefTimer?.(timer);
  } else if (isReffed) timer?.ref?.();
  else timer?.unref?.();
}

/** Timers cannot wait longer; a longer deadline takes several. */
export const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Deadlines in a binary heap behind one timer. Adding, and taking out any of them, takes O(log n);
 * the last one added is mostly the last one due, which takes O(1).
 *
 * Invariants:
 * - While something waits, a timer is armed for its due time or an earlier one. A timer that fires
 *   early arms itself again.
 * - With the system clock an empty queue keeps its timer, unref'd, for the next deadline: most are
 *   taken out long before they fall due, and a timer for each would cost more than the pool.
 * - `isHeld` refs the timer: somebody awaits what it brings.
 * - The timer is armed outside every async context. If the host refuses it, the next deadline tries again.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #usesSystem: boolean;
  readonly #heap = new BinaryHeap<Deadline>((a, b) => a.at < b.at);
  #timer: Timer | undefined;
  #cancel: (() => void) | undefined;
  #timerAt = Infinity;
  #isHeld: boolean;
  #isReffed = false;

  constructor(clock: Clock | undefined, isHeld: boolean) {
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.#usesSystem = clock === undefined;
    this.#isHeld = isHeld;
  }

  get size(): number {
    return this.#heap.size;
  }

  /** Runs `run` when the time is `at`. Infinity is never. */
  add(at: number, run: () => void): Deadline {
    const deadline: Deadline = { at, run, index: -1 };
    this.put(deadline);
    return deadline;
  }

  /** Puts a deadline in that waits nowhere. */
  put(deadline: Deadline): void {
    if (deadline.at === Infinity) return;
    this.#heap.put(deadline);
    if (deadline.at < this.#timerAt || !this.#isReffed) this.#arm();
  }

  /** Takes a deadline out; nothing happens when it waits no longer. */
  remove(deadline: Deadline): void {
    if (this.#heap.remove(deadline) && this.#heap.size === 0) this.#disarm();
  }

  /** Whether the process stays alive for what waits here. */
  hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    if (this.#heap.size > 0) this.#arm();
  }

  /** Runs all that is due. For clocks that do not call back, and for timers. */
  runDue(): void {
    const now = this.#clock.now();
    for (
      let next = this.#heap.first;
      next !== undefined && next.at <= now;
      next = this.#heap.first
    ) {
      this.remove(next);
      next.run();
    }
  }

  #fire(): void {
    this.#timer = undefined;
    this.#cancel = undefined;
    this.#timerAt = Infinity;
    this.#isReffed = false;
    try {
      this.runDue();
    } finally {
      if (this.#heap.size > 0) this.#arm();
    }
  }

  #arm(): void {
    const { at } = this.#heap.first!;
    if (!this.#usesSystem) {
      if (at >= this.#timerAt || this.#clock.schedule === undefined) return;
      this.#cancel?.();
      this.#timerAt = at;
      const ms = at - this.#clock.now();
      this.#cancel = outsideContext(() => this.#clock.schedule!(() => this.#fire(), ms));
      return;
    }
    if (at < this.#timerAt) {
      if (this.#timer !== undefined) clearTimeout(this.#timer);
      const delay = Math.min(Math.max(Math.ceil(at - this.#clock.now()), 1), LONGEST_DELAY);
      try {
        this.#timer = outsideContext(() => setTimeout(() => this.#fire(), delay));
        this.#timerAt = at;
        this.#isReffed = true;
      } catch {
        // The host has no timers, or none here, as in the global scope of a worker.
        this.#timer = undefined;
        this.#timerAt = Infinity;
        return;
      }
    }
    if (this.#isReffed !== this.#isHeld) {
      setReffed(this.#timer, this.#isHeld);
      this.#isReffed = this.#isHeld;
    }
  }

  #disarm(): void {
    if (!this.#usesSystem) {
      this.#cancel?.();
      this.#cancel = undefined;
      this.#timerAt = Infinity;
    } else if (this.#isReffed) {
      setReffed(this.#timer, false);
      this.#isReffed = false;
    }
  }
}

declare function setTimeout(run: () => void, ms: number): Timer;
declare function clearTimeout(timer: Timer): void;
