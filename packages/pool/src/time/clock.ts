import { checkFunction } from "../checks.ts";

/** Where a pool takes its time from. */
export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  /** Runs `run` once in `ms` milliseconds; returns what cancels it. Without it nothing happens by itself: deadlines are kept when the pool is used. */
  schedule?(run: () => void, ms: number): () => void;
}

/** The machine's monotonic clock, or the time of day if it has no other. Globals are looked up at each call, so that a test may replace them. */
export const SYSTEM_CLOCK: Required<Pick<Clock, "now">> = {
  now: () => (typeof performance === "undefined" ? Date.now() : performance.now()),
};

/** Throws a TypeError for what is no clock. */
export function checkClock(action: string, clock: Clock): void {
  if (typeof clock !== "object" || clock === null) {
    throw new TypeError(`Cannot ${action}: clock is no object, expected { now, schedule? }`);
  }
  checkFunction(action, "clock.now", clock.now);
  if (clock.schedule !== undefined) checkFunction(action, "clock.schedule", clock.schedule);
}

declare const performance: { now(): number };
