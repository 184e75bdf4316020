import { checkFunction, checkObject, type Check } from "../checks/read-options.ts";
import type { Clock } from "./clock.ts";

/** When entries expire. All are left out by default, and then a cache has no columns of time and reads no clock. */
export interface TimeOptions<K, V> {
  /** How long an entry lives after it was written, ms. Any length; Infinity for ever. */
  ttl?: number | undefined;
  /** How long an entry lives after it was last used, ms: written, or read in a way that counts. Beside `ttl`, the first to come counts. */
  idleTtl?: number | undefined;
  /** Shortens each `ttl` by a random part of it, up to this one (0 to 1), so that entries written together do not leave together. 0 by default. */
  ttlJitter?: number | undefined;
  /**
   * How long one entry lives after it was written, ms, instead of `ttl`; undefined for `ttl`. What is
   * 0 or less has expired already: the value is not stored, and reported as expired.
   */
  expires?: ((value: V, key: K) => number | undefined) | undefined;
  /** Where the time comes from. By default the host's monotonic time, and its timers. */
  clock?: Clock | undefined;
}

/** Whether any entry expires by itself. */
export function hasTime<K, V>({ ttl, idleTtl, expires }: TimeOptions<K, V>): boolean {
  return ttl !== undefined || idleTtl !== undefined || expires !== undefined;
}

/** Throws a TypeError for what is no clock. */
export const checkClock: Check = (action, name, clock) => {
  checkObject(action, name, clock);
  const { now, schedule } = clock as Partial<Clock>;
  checkFunction(action, `${name}.now`, now);
  if (schedule !== undefined) checkFunction(action, `${name}.schedule`, schedule);
};
