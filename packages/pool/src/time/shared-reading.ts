import { SYSTEM_CLOCK, timersNow } from "./clock.ts";
import { atTurnEnd } from "./turn-end.ts";

/** So many calls share one reading of the clock. */
const MOST_SHARED = 32;

/** A time that several calls share. */
export interface Reading {
  readonly at: number;
  /** No call that shares it came later than this; Infinity as long as that is not known. */
  until: number;
}

let current: Reading | undefined;
let left = 0;
/** Those of the reading. */
let timers: unknown;

/**
 * The time by the machine's clock, as of this turn of the event loop: at most 32 calls of all pools
 * share a reading. It may be early by as much as the turn takes: good for statistics and for order,
 * not for a deadline.
 */
export function sharedReading(): Reading {
  return current !== undefined && left-- > 0 ? current : freshReading();
}

/** The same, and not a reading from before fake timers came or went in this turn. */
export function firstReading(): Reading {
  return timers === timersNow() ? sharedReading() : freshReading();
}

/** The time by the machine's clock now, which later calls of the turn may share. */
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
