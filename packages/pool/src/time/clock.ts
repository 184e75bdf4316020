import { checkType, refuse } from "../checks.ts";

/** Where a pool takes its time from. */
export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  /** Runs `run` once in `ms` milliseconds; returns what cancels it. Without it nothing happens by itself: deadlines are kept when the pool is used. */
  schedule?(run: () => void, ms: number): () => void;
}

interface Host {
  readonly performance?: { now(): number };
}

/** What gave the last reading of the machine's clock, and how it was counted. */
const last = {
  /** Not whole, so that engines store a double in place. */
  reading: 0.5,
  offset: 0.5,
  source: undefined as unknown,
  timers: undefined as unknown,
  /** The source before this one: the clock itself, if that one is a spy. */
  formerSource: undefined as unknown,
  formerOffset: 0.5,
};

/**
 * The machine's monotonic clock, or the time of day if it has no other. Globals are looked up at each
 * call, so that a test may replace them. It never goes back, and goes on from its last reading when
 * fake timers come or go, which replace both the clock and the timers: else what fell due by the one
 * clock would be compared with the other.
 */
export const SYSTEM_CLOCK: Required<Pick<Clock, "now">> = {
  now: () => {
    const teller = tellerNow();
    const timers = timersNow();
    const raw = teller.now();
    const source = teller.now;
    if (source !== last.source) changeSource(raw, source, timers !== last.timers);
    last.timers = timers;
    if (raw + last.offset < last.reading) last.offset = offsetFor(raw);
    return (last.reading = raw + last.offset);
  },
};

/** What makes timers now: others, if fake ones have come or gone. */
export function timersNow(): unknown {
  try {
    return setTimeout;
  } catch {
    return undefined;
  }
}

/** What tells the time now. */
export function tellerNow(): { now(): number } {
  try {
    const { performance } = globalThis as Host;
    if (performance?.now !== undefined) return performance;
  } catch {
    // It cannot even be read.
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

/** Goes on from the last reading; in steps of a binary fraction, so that whole ms of fake timers stay whole. */
function offsetFor(raw: number): number {
  return Math.ceil((last.reading - raw) * 1024) / 1024;
}

/**
 * A clock of the program whose `now` cannot fail: if it throws, or tells no number, the last reading
 * counts. A loan that ends must not be lost because nobody could tell the time.
 */
export function steadyClock(clock: Clock): Clock {
  let reading = 0;
  const steady: Clock = {
    now: () => {
      try {
        const now = clock.now();
        if (typeof now === "number" && !Number.isNaN(now)) reading = now;
      } catch {
        // The time of the last reading.
      }
      return reading;
    },
  };
  if (clock.schedule !== undefined) steady.schedule = (run, ms) => clock.schedule!(run, ms);
  return steady;
}

/** Throws a TypeError for what is no clock. */
export function checkClock(action: string, clock: Clock): void {
  if (typeof clock !== "object" || clock === null) {
    refuse(action, "clock", clock, "{ now, schedule? }");
  }
  checkType(action, "clock.now", clock.now, "function");
  if (clock.schedule !== undefined) checkType(action, "clock.schedule", clock.schedule, "function");
}

declare const setTimeout: unknown;
