import { checkFraction, checkFunction, print } from "../check-function.ts";
import { checkedClock, hostClock, type Clock } from "./clock.ts";

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

/** The time options with their defaults filled in. Times are ms. */
export interface ExpiryOptions<K, V> {
  readonly ttl: number;
  readonly idleTtl: number;
  readonly ttlJitter: number;
  readonly expires: ((value: V, key: K) => number | undefined) | undefined;
  /** How long an expired entry stays for those who take it stale; 0 for not at all. */
  readonly staleFor: number;
  readonly clock: Clock;
  readonly seed: number;
  /** Hears of a clock that throws while it sets a timer. */
  readonly onError: ((error: unknown) => void) | undefined;
}

/** For how long loading makes use of an entry after its expiry, ms. */
interface StaleOptions {
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
}

/** Throws a TypeError or RangeError for time options that are none. */
export function readExpiryOptions<K, V>(
  options: TimeOptions<K, V> & StaleOptions & Partial<Pick<ExpiryOptions<K, V>, "onError">>,
  seed: number,
): ExpiryOptions<K, V> {
  const { ttl = Infinity, idleTtl = Infinity, ttlJitter = 0, expires, clock } = options;
  checkDuration("create cache", "ttl", ttl);
  checkDuration("create cache", "idleTtl", idleTtl);
  checkFraction("create cache", "ttlJitter", ttlJitter);
  if (options.ttlJitter !== undefined && options.ttl === undefined) {
    throw new TypeError("Cannot create cache: ttlJitter is set alone, expected ttl too");
  }
  if (expires !== undefined) checkFunction("create cache", "expires", expires);
  if (clock !== undefined) checkClock(clock);
  const { staleWhileRevalidate = 0, staleIfError = 0, onError } = options;
  return {
    ttl,
    idleTtl,
    ttlJitter,
    expires,
    staleFor: Math.max(staleWhileRevalidate, staleIfError),
    clock: clock === undefined ? hostClock : checkedClock(clock, onError),
    seed,
    onError,
  };
}

/** Whether any entry expires by itself. */
export function hasTime<K, V>({ ttl, idleTtl, expires }: TimeOptions<K, V>): boolean {
  return ttl !== undefined || idleTtl !== undefined || expires !== undefined;
}

/** Throws for what is no time to live: a positive number of milliseconds, or Infinity. */
export function checkDuration(action: string, name: string, value: unknown): void {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot ${action}: ${name} is ${print(value)}, expected a number`);
  }
  if (!(value > 0)) {
    throw new RangeError(`Cannot ${action}: ${name} is ${value}, expected milliseconds above 0`);
  }
}

/** Throws a TypeError for what is no clock. */
export function checkClock(clock: unknown): void {
  if (typeof clock !== "object" || clock === null) {
    throw new TypeError(`Cannot create cache: clock is ${print(clock)}, expected an object`);
  }
  const { now, schedule } = clock as Partial<Clock>;
  checkFunction("create cache", "clock.now", now);
  if (schedule !== undefined) checkFunction("create cache", "clock.schedule", schedule);
}
