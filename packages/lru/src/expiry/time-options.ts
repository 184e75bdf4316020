import { checkFunction, checkObject, type Check } from "../checks/read-options.ts";
import type { Clock } from "./clock.ts";

/**
 * When entries expire. By default no entry expires: the cache keeps no times and reads no clock.
 *
 * An entry is hidden from its deadline on. It is removed by a timer or by a later call, and
 * reported to `onRemoval` as `'expired'`.
 *
 * @example
 * ```ts
 * import { LRUCache } from "@heapwise/lru";
 *
 * const sessions = new LRUCache<string, string>({
 *   max: 1000,
 *   ttl: 8 * 3_600_000, // 8 hours after the login
 *   idleTtl: 30 * 60_000, // or 30 minutes after the last use, whichever is earlier
 * });
 * sessions.set("ada", "token", { ttl: 60_000 }); // this entry: 1 minute
 * sessions.get("ada"); // => "token"
 * ```
 */
export interface TimeOptions<K, V> {
  /**
   * Time to live of an entry after it is written, ms: a number above 0, or Infinity for no limit.
   * Infinity by default. The `ttl` of a single `set` or load wins over it.
   */
  ttl?: number | undefined;
  /**
   * Time to live of an entry after its last use, ms: a number above 0, or Infinity. Infinity by
   * default. Writes and reads that count are uses; `peek` and `has` are not. With a `ttl` too, the
   * entry expires at the earlier of the two deadlines.
   */
  idleTtl?: number | undefined;
  /**
   * Shortens each `ttl` by a random part of it, at most by this part (0 to 1), so that entries
   * which are written together do not expire together. Needs `ttl`; 0 by default. A `ttl` that
   * `set` or a load is given is shortened too, but a result of `expires` is not.
   */
  ttlJitter?: number | undefined;
  /**
   * Returns the time to live of one entry after it is written, ms, or undefined for `ttl`. Not
   * called for a `set` with a `ttl` of its own. If it returns 0 or less, the value is not stored,
   * and `onRemoval` reports it as `'expired'`. If it returns anything but a number or undefined,
   * `set` throws a TypeError and changes nothing.
   */
  expires?: ((value: V, key: K) => number | undefined) | undefined;
  /** The source of time. By default the monotonic time of the host, and its timers. */
  clock?: Clock | undefined;
}

/** Whether the options make entries expire. */
export function hasTime<K, V>({ ttl, idleTtl, expires }: TimeOptions<K, V>): boolean {
  return ttl !== undefined || idleTtl !== undefined || expires !== undefined;
}

/**
 * Checks that an option is a clock.
 *
 * @throws {TypeError} if it is not an object with a function `now`, and a function `schedule` if
 *   any
 */
export const checkClock: Check = (action, name, clock) => {
  checkObject(action, name, clock);
  const { now, schedule } = clock as Partial<Clock>;
  checkFunction(action, `${name}.now`, now);
  if (schedule !== undefined) checkFunction(action, `${name}.schedule`, schedule);
};
