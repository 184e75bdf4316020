import { BinaryHeap, type HeapItem } from "../binary-heap.ts";
import { outsideContext } from "../outside-context.ts";
import { lastReading, SYSTEM_CLOCK, timersNow, type Clock } from "./clock.ts";

/** A callback with the time at which it is due. `index` is -1 if it is in no queue. */
export interface Deadline extends HeapItem {
  /** When it is due, ms of the clock of the queue. Infinity is never. */
  at: number;
  /** Called when it is due. */
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

/** The longest delay of a timer, ms; a later deadline takes several timers. */
const LONGEST_DELAY = 2_147_483_647;

/** A timer that is later than this, ms, counts as dropped by the host. */
const LATEST = 1000;

/**
 * Deadlines in a heap, with one timer.
 *
 * Invariants:
 * - While a deadline waits, a timer is armed for its time or for an earlier one. A timer that fires
 *   early arms itself again.
 * - With the system clock an empty queue keeps its timer, unref'd, for the next deadline: most
 *   deadlines are removed long before they are due, and one timer for each would cost more than the
 *   pool. The timer keeps the queue alive, and nothing else.
 * - `isHeld` refs the timer: a caller awaits the effect of a deadline.
 * - The timer is armed outside every async context. If the host or the clock refuses it, or if it
 *   is lost (the host drops the timers of a request, fake timers are removed), the next deadline,
 *   `hold` or `check` arms it again.
 * - No callback runs before `put` has returned, whatever the clock does.
 */
export class DeadlineQueue {
  readonly #clock: Clock;
  readonly #usesSystem: boolean;
  readonly #heap = new BinaryHeap<Deadline>((a, b) => a.at < b.at);
  #timer: Timer | undefined;
  /** The `setTimeout` that was in place when the timer was armed. */
  #madeBy: unknown;
  #cancel: (() => void) | undefined;
  #timerAt = Infinity;
  /** Number of the timer. A timer that was armed earlier has a lower number, and is ignored. */
  #round = 0;
  #isArming = false;
  #isHeld: boolean;
  #isReffed = false;

  /** Makes an empty queue. Without a `clock` it uses the machine's clock and timers. */
  constructor(clock: Clock | undefined, isHeld: boolean) {
    this.#clock = clock ?? SYSTEM_CLOCK;
    this.#usesSystem = clock === undefined;
    this.#isHeld = isHeld;
  }

  /** Number of deadlines in the queue. */
  get size(): number {
    return this.#heap.size;
  }

  /** Adds a deadline: `run` is called at the time `at`. Infinity is never. */
  add(at: number, run: () => void): Deadline {
    const deadline: Deadline = { at, run, index: -1 };
    this.put(deadline);
    return deadline;
  }

  /** Adds a deadline that is in no queue. Never throws. */
  put(deadline: Deadline): void {
    if (deadline.at === Infinity) return;
    this.#heap.put(deadline);
    if (deadline.at < this.#timerAt || !this.#isReffed || this.#isLost(lastReading())) this.#arm();
  }

  /** Makes a deadline due at `at`, unless it waits for an earlier time already. */
  putBy(deadline: Deadline, at: number): void {
    if (deadline.index !== -1 && deadline.at <= at) return;
    this.remove(deadline);
    deadline.at = at;
    this.put(deadline);
  }

  /** Removes a deadline. Does nothing if it is in no queue. */
  remove(deadline: Deadline): void {
    if (this.#heap.remove(deadline) && this.#heap.size === 0) this.#disarm();
  }

  /** Removes all deadlines and cancels the timer. */
  clear(): void {
    this.#heap.clear();
    this.#forgetTimer();
  }

  /** Sets whether the deadlines keep the process alive. */
  hold(isHeld: boolean): void {
    if (this.#isHeld === isHeld) return;
    this.#isHeld = isHeld;
    if (this.#heap.size > 0) this.#arm();
  }

  /**
   * Arms the timer again if it was lost. For the first use of a pool after a while; takes O(1).
   * `now` is a reading of the clock.
   */
  check(now: number): void {
    if (this.#heap.size === 0) return;
    if (this.#isLost(now)) this.#forgetTimer();
    if (this.#timerAt === Infinity) this.#arm();
  }

  /**
   * Runs all deadlines that are due. Called by timers, and for clocks that cannot call back. The
   * first error of a callback is thrown at the end.
   */
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
    // A clock may run a callback that was cancelled.
    if (round !== this.#round) return;
    if (this.#isArming) {
      // The clock has run the callback at once. #schedule handles this.
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
        // The host has no timers at all or none here, as in the global scope of a worker.
        return;
      }
    }
    if (this.#timer !== undefined && this.#isReffed !== this.#isHeld) {
      setReffed(this.#timer, this.#isHeld);
      this.#isReffed = this.#isHeld;
    }
  }

  /** Replaces the timer. The former timer stays if the host refuses the new one. */
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
        // Kept for the cancellation: another `clearTimeout` may not know this timer, or cancel a
        // different timer of the same number.
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
      // The callback has run already. Due deadlines run in a microtask, because a clock that runs
      // every callback at once would never come to an end otherwise.
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

/** Cancels a timer. An error of the clock changes nothing. */
function tryTo(cancel: (() => void) | undefined): void {
  try {
    cancel?.();
  } catch {
    // The timer fires, and is ignored.
  }
}

declare function setTimeout(run: () => void, ms: number): Timer;
declare function clearTimeout(timer: Timer): void;
