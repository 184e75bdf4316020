import { SYSTEM_CLOCK, timersNow } from "./clock.ts";

/** Less is a correction of the time of day, or the grain of a clock. */
const LEAST_SLEEP = 1000;

interface Base {
  readonly source: () => number;
  readonly timers: unknown;
  /** The time of day, ms. */
  readonly wall: number;
  /** The time by the monotonic clock at that moment. */
  readonly now: number;
}

function createBase(now: number): Base {
  return { source: Date.now, timers: timersNow(), wall: Date.now(), now };
}

/** Tells how long the machine has slept: its monotonic clock stands still then, the time of day does not. */
export class SleepWatch {
  #last: Base = createBase(SYSTEM_CLOCK.now());
  /** By what the time of day was told before, if that has been replaced. */
  #former: Base | undefined;

  /**
   * How many ms the time of day has moved on by more than the machine's monotonic clock since the last
   * call, if these are more than 1000; else 0. `now` is a reading of that clock.
   */
  slept(now: number): number {
    const last = this.#last;
    const next = createBase(now);
    this.#last = next;
    let since = last;
    if (next.source !== last.source) {
      const former = this.#former;
      this.#former = last;
      // Fake timers came or went: two clocks have nothing to do with each other.
      if (next.timers !== last.timers) return 0;
      // What stood in for the time of day has gone.
      if (former?.source === next.source) since = former;
    }
    const ahead = next.wall - since.wall - (now - since.now);
    return ahead > LEAST_SLEEP ? ahead : 0;
  }
}
