/** A timer that waits in a `FakeClock`. */
export interface PendingTimer {
  /** The time at which it runs, ms. */
  readonly dueAt: number;
  /** The delay that was passed to `schedule`, ms. */
  readonly delay: number;
}

interface Timer extends PendingTimer {
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock that moves only by `advance` and `jump`. Timers run inside `advance`, ordered by due time
 * and then by the order in which they were scheduled. If a timer schedules another timer, it runs
 * in the same `advance` if it is due by then.
 *
 * ```ts fragment
 * const clock = new FakeClock();
 * const cache = new LRUCache({ max: 10, ttl: 1000, clock });
 * cache.set("a", 1);
 * clock.advance(1000);
 * cache.get("a"); // => undefined
 * ```
 */
export class FakeClock {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];

  /** Makes a clock that shows `now`, ms. */
  constructor(now = 0) {
    this.#now = now;
  }

  /** The current time, ms. Bound to the clock, so that it can be passed on alone. */
  readonly now = (): number => this.#now;

  /**
   * Runs `run` once, `ms` from now, or at the next `advance` if `ms` is 0 or less. Returns a
   * function that cancels the timer.
   *
   * @throws {RangeError} if `ms` is NaN.
   */
  readonly schedule = (run: () => void, ms: number): (() => void) => {
    if (Number.isNaN(ms))
      throw new RangeError(`Cannot schedule timer: ms is ${ms}, expected a number`);
    const timer: Timer = {
      dueAt: this.#now + Math.max(0, ms),
      delay: ms,
      order: this.#order++,
      run,
    };
    this.#timers.push(timer);
    this.#timers.sort((a, b) => a.dueAt - b.dueAt || a.order - b.order);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** The timers that wait, in the order in which they will run. */
  get pending(): readonly PendingTimer[] {
    return this.#timers.map(({ dueAt, delay }) => ({ dueAt, delay }));
  }

  /**
   * Moves the time forward by `ms` and runs the timers that become due, each at its own due time.
   * If a timer throws, the clock stops at that time, and the later timers still wait.
   *
   * @throws {RangeError} if `ms` is below 0 or NaN.
   */
  advance(ms: number): void {
    if (!(ms >= 0))
      throw new RangeError(`Cannot advance clock: ms is ${ms}, expected a number >= 0`);
    const end = this.#now + ms;
    for (
      let next = this.#timers[0];
      next !== undefined && next.dueAt <= end;
      next = this.#timers[0]
    ) {
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.dueAt);
      next.run();
    }
    this.#now = Math.max(this.#now, end);
  }

  /** Sets the time without running a timer, as a suspended machine or a corrected clock does. */
  jump(to: number): void {
    this.#now = to;
  }
}
