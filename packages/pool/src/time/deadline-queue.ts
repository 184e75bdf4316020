import { BinaryHeap, type HeapItem } from "../binary-heap.ts";
import { outsideContext } from "../outside-context.ts";
import { lastReading, SYSTEM_CLOCK, timersNow, type Clock } from "./clock.ts";

/** Something that falls due. `index` is -1 when it waits no longer. */
export interface Deadline extends HeapItem {
  at: number;
  run: () => void;
}

/** A number in browsers, and in Deno before 2.9. */
type Timer = { ref?(): void; unref?(): void } | number;

interface Host {
  readonly Deno?: { refTimer?(timer: number): void; unrefTimer?(timer: number): void };
}

function setReffed(timer: Timer | undefined, isReffed: boolean): void {
  if (typeof timer === "number") {
    const { Deno } = globalThis as Host;
    if (isReffed) Deno?.refTimer?.(timer);
    else Deno?.unrefTimer?.(timer);
  } else if (isReffed) timer?.ref?.();
  else timer?.unref?.();
}

/** Timers cannot wait longer; a longer deadline takes several. */
const LONGEST_DELAY = 2_147_483_647;

/** A timer that is late by more, ms, is taken for one that the host has dropped. */
const LATEST = 1000;

/**
 * Deadlines in a heap behind one timer.
 *
 * Invariants:
 * - While something waits, a timer is armed for its due time or an earlier one. A timer that fires
 *   early arms itself again.
 * - With the system clock an empty queue keeps its timer, unref'd, for the next deadline: most are
 *   taken out long before they fall due, and a timer for each would cost more than the pool. It
 *   keeps the queue alive, and nothing else.
 * - `isHeld` refs the timer: somebody awaits what it brings.
 * - The timer is armed outside every async context. If the host or the clock refuses it, or it is
 *   lost (the host drops the timers of a request, fake timers go), the next deadline, `hold` or
 *   `check` arms it.
 * - Nothing runs before `put` has returned, whatever the clock does.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #usesSystem: boolean;
  readonly #heap = new BinaryHeap<Deadline>((a, b) => a.at < b.at);
  #timer: Timer | undefined;
  /** The `setTimeout` that made the timer. */
  #madeBy: unknown;
  #cancel: (() => void) | undefined;
  #timerAt = Infinity;
  /** Tells the timer from those that were armed before. */
  #round = 0;
  #isArming = false;
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

  /** Puts a deadline in that waits nowhere. Never throws. */
  put(deadline: Deadline): void {
    if (deadline.at === Infinity) return;
    this.#heap.put(deadline);
    if (deadline.at < this.#timerAt || !this.#isReffed || this.#isLost(lastReading())) this.#arm();
  }

  /** Has a deadline fall due at `at`, or earlier if it waits for an earlier time already. */
  putBy(deadline: Deadline, at: number): void {
    if (deadline.index !== -1 && deadline.at <= at) return;
    this.remove(deadline);
    deadline.at = at;
    this.put(deadline);
  }

  /** Takes a deadline out; nothing happens when it waits no longer. */
  remove(deadline: Deadline): void {
    if (this.#heap.remove(deadline) && this.#heap.size === 0) this.#disarm();
  }

  /** Takes all deadlines out, and lets go of the timer. */
  clear(): void {
    this.#heap.clear();
    this.#forgetTimer();
  }

  /** Whether the process stays alive for what waits here. */
  hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    if (this.#heap.size > 0) this.#arm();
  }

  /** Arms a timer that was lost. For the first use after a while; takes O(1). `now` is a reading of the clock. */
  check(now: number): void {
    if (this.#heap.size === 0) return;
    if (this.#isLost(now)) this.#forgetTimer();
    if (this.#timerAt === Infinity) this.#arm();
  }

  /** Runs all that is due. For clocks that do not call back, and for timers. What one of them throws is thrown at the end. */
  runDue(): void {
    const now = this.#clock.now();
    let failure: { readonly error: unknown } | undefined;
    for (let next = this.#heap.first; next !== undefined && next.at <= now;) {
      this.remove(next);
      try {
        next.run();
      } catch (error) {
        failure ??= { error };
      }
      next = this.#heap.first;
    }
    if (failure !== undefined) throw failure.error;
  }

  #fire(round: number): void {
    // A clock may run what was cancelled.
    if (round !== this.#round) return;
    if (this.#isArming) {
      // The clock runs it at once; #schedule sees to it.
      this.#round++;
      return;
    }
    this.#forgetTimer();
    try {
      this.runDue();
    } finally {
      if (this.#heap.size > 0) this.#arm();
    }
  }

  #arm(): void {
    if (this.#usesSystem && this.#isLost(lastReading())) this.#forgetTimer();
    const { at } = this.#heap.first!;
    if (at < this.#timerAt) {
      try {
        this.#schedule(at);
      } catch {
        // The host has no timers, or none here, as in the global scope of a worker.
        return;
      }
    }
    if (this.#timer !== undefined && this.#isReffed !== this.#isHeld) {
      setReffed(this.#timer, this.#isHeld);
      this.#isReffed = this.#isHeld;
    }
  }

  /** Arms a timer in the place of the one before, which stays if the host refuses this one. */
  #schedule(at: number): void {
    if (this.#isArming || (!this.#usesSystem && this.#clock.schedule === undefined)) return;
    const ms = at - this.#clock.now();
    const before = this.#round;
    const round = before + 1;
    const run = (): void => this.#fire(round);
    this.#isArming = true;
    let timer: Timer | undefined;
    let cancel: () => void;
    const cancelBefore = this.#cancel;
    try {
      this.#round = round;
      if (this.#usesSystem) {
        const delay = Math.min(Math.max(Math.ceil(ms), 1), LONGEST_DELAY);
        timer = outsideContext(() => setTimeout(run, delay));
        // That of the same host: other ones may know no such timer, or another one of this name.
        const clear = clearTimeout;
        const made = timer;
        cancel = () => clear(made);
      } else cancel = outsideContext(() => this.#clock.schedule!(run, ms));
    } catch (error) {
      this.#round = before;
      throw error;
    } finally {
      this.#isArming = false;
    }
    tryTo(cancelBefore);
    if (this.#round !== round) {
      // It has run already. What is due runs soon; else a clock that waits for nothing would never come to an end.
      cancel = () => {};
      if (ms > 0) at = Infinity;
      else {
        const again = this.#round;
        outsideContext(() => void Promise.resolve().then(() => this.#fire(again)));
      }
    }
    this.#cancel = cancel;
    this.#timer = timer;
    this.#timerAt = at;
    this.#isReffed = this.#usesSystem;
    this.#madeBy = timersNow();
  }

  #isLost(now: number): boolean {
    const isOfOther = this.#usesSystem && timersNow() !== this.#madeBy;
    return isOfOther || now - this.#timerAt > LATEST;
  }

  #disarm(): void {
    if (!this.#usesSystem) this.#forgetTimer();
    else if (this.#isReffed) {
      setReffed(this.#timer, false);
      this.#isReffed = false;
    }
  }

  #forgetTimer(): void {
    const cancel = this.#cancel;
    this.#round++;
    this.#timer = this.#cancel = undefined;
    this.#timerAt = Infinity;
    this.#isReffed = false;
    tryTo(cancel);
  }
}

/** Cancels a timer; what a clock throws at that changes nothing. */
function tryTo(cancel: (() => void) | undefined): void {
  try {
    cancel?.();
  } catch {
    // It fires in vain.
  }
}

declare function setTimeout(run: () => void, ms: number): Timer;
declare function clearTimeout(timer: Timer): void;
