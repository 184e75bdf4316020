import { checkType, refuse } from "../checks.ts";

/**
 * The source of time of a pool. Pass one as the option `clock` to control time in a test.
 *
 * @example
 * ```ts
 * import { ObjectPool, type Clock } from "@heapwise/pool";
 *
 * let now = 0;
 * const clock: Clock = { now: () => now };
 * const pool = new ObjectPool({ create: () => new Map(), prefill: 2, idleTimeout: 1000, clock });
 * for (now of [0, 1000, 2000]) pool.release(pool.acquire());
 * pool.stats().idle; // => 1
 * ```
 */
export interface Clock {
  /** The time in milliseconds, from any origin. Must never go back. */
  now(): number;
  /**
   * Runs `run` once, `ms` milliseconds from now. Returns a function that cancels this. Without
   * `schedule` nothing happens in the background: the pool looks at its deadlines when it is used.
   */
  schedule?(run: () => void, ms: number): () => void;
}

interface Host {
  readonly performance?: { now(): number };
}

/** The last reading of the machine's clock, and the source that it came from. */
const last = {
  /** Begins as a fraction, so that engines store a double in place. */
  reading: 0.5,
  offset: 0.5,
  source: undefined as unknown,
  timers: undefined as unknown,
  /** The source before `source`: the real clock, if `source` is a spy that a test has installed. */
  formerSource: undefined as unknown,
  formerOffset: 0.5,
};

/**
 * The machine's monotonic clock, or the time of day if the host has no monotonic clock. Globals are
 * looked up at each call, so that a test may replace them. The time never goes back. If fake
 * timers, which replace both the clock and the timers, are installed or removed, it goes on from
 * its last reading: otherwise deadlines of one clock would be compared with readings of the other.
 */
export const SYSTEM_CLOCK: Required<Pick<Clock, "now">> = {
  now: () => {
    const clock = findClock();
    const timers = timersNow();
    const raw = clock.now();
    const source = clock.now;
    if (source !== last.source) changeSource(raw, source, timers !== last.timers);
    last.timers = timers;
    if (raw + last.offset < last.reading) last.offset = offsetFor(raw);
    return (last.reading = raw + last.offset);
  },
};

/** The present `setTimeout`. It changes if fake timers are installed or removed. */
export function timersNow(): unknown {
  try {
    return setTimeout;
  } catch {
    return undefined;
  }
}

/** The present monotonic clock of the host, or `Date`. */
export function findClock(): { now(): number } {
  try {
    const { performance } = globalThis as Host;
    if (performance?.now !== undefined) return performance;
  } catch {
    // Reading the global throws.
  }
  return Date;
}

/** The last reading of the machine's clock; 0 before the first. */
export function lastReading(): number {
  return last.reading;
}

function changeSource(raw: number, source: unknown, areTimersOther: boolean): void {
  const { offset } = last;
  if (last.source === undefined) last.reading = last.offset = 0;
  else if (areTimersOther) last.offset = offsetFor(raw);
  else if (source === last.formerSource) last.offset = last.formerOffset;
  last.formerSource = last.source;
  last.formerOffset = offset;
  last.source = source;
}

/**
 * The offset by which the time goes on from the last reading. A multiple of a binary fraction, so
 * that whole ms of fake timers stay whole.
 */
function offsetFor(raw: number): number {
  return Math.ceil((last.reading - raw) * 1024) / 1024;
}

/**
 * Wraps a clock of the program so that `now` cannot fail: if it throws or does not return a number,
 * the last reading counts. The end of a loan must not be lost because the clock failed.
 */
export function steadyClock(clock: Clock): Clock {
  let reading = 0;
  const steady: Clock = {
    now: () => {
      try {
        const now = clock.now();
        if (typeof now === "number" && !Number.isNaN(now)) reading = now;
      } catch {
        // The last reading counts.
      }
      return reading;
    },
  };
  if (clock.schedule !== undefined) steady.schedule = (run, ms) => clock.schedule!(run, ms);
  return steady;
}

/** Throws a TypeError if `clock` is not a clock. */
export function checkClock(action: string, clock: Clock): void {
  if (typeof clock !== "object" || clock === null) {
    refuse(action, "clock", clock, "{ now, schedule? }");
  }
  checkType(action, "clock.now", clock.now, "function");
  if (clock.schedule !== undefined) checkType(action, "clock.schedule", clock.schedule, "function");
}

declare const setTimeout: unknown;
