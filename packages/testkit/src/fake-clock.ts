/** A timer that waits in a `FakeClock`. */
export interface PendingTimer {
  /** The time at which it runs, ms. */
  readonly dueAt: number;
  /** The delay that was asked for, ms. */
  readonly delay: number;
}

interface Timer extends PendingTimer {
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock that moves only when it is told to. Timers run inside `advance`, ordered by due time and
 * then by the order in which they were scheduled; a timer that is scheduled by another one runs in
 * the same `advance` when it is due by then.
 */
export class FakeClock {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];

  /** Starts at `now`, ms. */
  constructor(now = 0) {
    this.#now = now;
  }

  /** The current time, ms. A closure, so that it can be handed over without its clock. */
  readonly now = (): number => this.#now;

  /** Runs `run` once, `ms` from now (0 and less: at the next `advance`); returns what cancels it. */
  readonly schedule = (run: () => void, ms: number): (() => void) => {
    if (Number.isNaN(ms))
      throw new RangeError(`Cannot schedule a timer: ${ms}, expected milliseconds`);
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

  /** The timers that wait, next to run first. */
  get pending(): readonly PendingTimer[] {
    return this.#timers.map(({ dueAt, delay }) => ({ dueAt, delay }));
  }

  /**
   * Moves `ms` forward and runs what falls due, each timer at its own due time. A timer that throws
   * stops the clock at that time, with the later timers still waiting.
   */
  advance(ms: number): void {
    if (!(ms >= 0))
      throw new RangeError(`Cannot advance the clock: ${ms}, expected milliseconds >= 0`);
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
