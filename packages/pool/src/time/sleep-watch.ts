import { SYSTEM_CLOCK, timersNow } from "./clock.ts";

/** A smaller difference, ms, is a correction of the time of day, or the resolution of a clock. */
const LEAST_SLEEP = 1000;

interface Base {
  readonly source: () => number;
  readonly timers: unknown;
  /** The time of day, ms. */
  readonly wall: number;
  /** The time of the monotonic clock at the same moment. */
  readonly now: number;
}

function createBase(now: number): Base {
  return { source: Date.now, timers: timersNow(), wall: Date.now(), now };
}

/**
 * Measures how long the machine has slept. While it sleeps, the time of day goes on, but the
 * monotonic clock stands still.
 */
export class SleepWatch {
  #last: Base = createBase(SYSTEM_CLOCK.now());
  /** The last measurement by the former `Date.now`, if that has been replaced. */
  #former: Base | undefined;

  /**
   * The time that the machine has slept since the last call, ms: the advance of the time of day
   * minus the advance of the monotonic clock. Returns 0 if that is at most 1000. `now` is a reading
   * of the monotonic clock.
   */
  slept(now: number): number {
    const last = this.#last;
    const next = createBase(now);
    this.#last = next;
    let since = last;
    if (next.source !== last.source) {
      const former = this.#former;
      this.#former = last;
      // Fake timers were installed or removed: the two clocks cannot be compared.
      if (next.timers !== last.timers) return 0;
      // A replacement of `Date.now` was removed.
      if (former?.source === next.source) since = former;
    }
    const ahead = next.wall - since.wall - (now - since.now);
    return ahead > LEAST_SLEEP ? ahead : 0;
  }
}
