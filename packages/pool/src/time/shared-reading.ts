import { SYSTEM_CLOCK, timersNow } from "./clock.ts";
import { atTurnEnd } from "./turn-end.ts";

/** Maximum number of calls that share one reading of the clock. */
const MOST_SHARED = 32;

/** A reading of the clock that several calls share. */
export interface Reading {
  /** The time of the reading, ms. */
  readonly at: number;
  /**
   * All calls that share the reading came before this time. Infinity as long as it is not known.
   */
  until: number;
}

let current: Reading | undefined;
let left = 0;
/** The `setTimeout` that was in place at the reading. */
let timers: unknown;

/**
 * The time of the machine's clock in this turn of the event loop; at most 32 calls of all pools
 * share a reading. It may be early by the time that the turn has taken. That is good enough for
 * statistics and for an order, but not for a deadline.
 */
export function sharedReading(): Reading {
  return current !== undefined && left-- > 0 ? current : freshReading();
}

/** Like `sharedReading`, but never a reading from before fake timers were installed or removed. */
export function firstReading(): Reading {
  return timers === timersNow() ? sharedReading() : freshReading();
}

/** Reads the machine's clock. Later calls of the turn may share the reading. */
export function freshReading(): Reading {
  const at = SYSTEM_CLOCK.now();
  if (current === undefined) atTurnEnd(endReading);
  else current.until = at;
  left = MOST_SHARED - 1;
  timers = timersNow();
  return (current = { at, until: Infinity });
}

function endReading(now: number): void {
  if (current !== undefined) current.until = now;
  current = undefined;
}
