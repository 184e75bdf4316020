import { checkInteger, checkNumber, checkType, readOptions } from "../checks.ts";
import { checkClock, type Clock } from "../time/clock.ts";

/**
 * Options of an ObjectPool: which objects it makes, and how many of them it keeps.
 *
 * @example
 * ```ts
 * import { ObjectPool, type ObjectPoolOptions } from "@heapwise/pool";
 *
 * const options: ObjectPoolOptions<number[]> = {
 *   create: () => [],
 *   keep: (list) => list.length < 10_000,
 *   reset: (list) => list.splice(0),
 *   maxIdle: 100,
 *   idleTimeout: 60_000,
 * };
 * new ObjectPool(options).use((list) => list.push(1)); // => 1
 * ```
 */
export interface ObjectPoolOptions<T> {
  /**
   * Makes an object. Called if no object is idle. Must not return a promise: that is a TypeError
   * (use a ResourcePool for objects that are made asynchronously).
   */
  create: () => T;
  /**
   * Whether to keep a returned object. Called before `reset`. If it returns false, the object is
   * destroyed and counts as dropped. If it throws or returns a promise, the object is destroyed
   * too, and `release` throws.
   */
  keep?: ((object: T) => boolean) | undefined;
  /**
   * Resets an object when it is returned. Its result is not used. If it throws, the object is
   * destroyed, and `release` throws the error; so it does, with a TypeError, for a promise.
   */
  reset?: ((object: T) => unknown) | undefined;
  /**
   * Called with each object that leaves the pool. Its errors are passed on to the caller. If no
   * caller is there, because a timer called `destroy` or its promise is rejected, the error is
   * uncaught.
   */
  destroy?: ((object: T) => unknown) | undefined;
  /**
   * Maximum number of objects, on loan and idle together: an integer from 1, Infinity by default.
   * At this bound `acquire` throws a PoolExhaustedError. An object that is never returned makes
   * room when it is garbage collected, except for primitive values, and in hosts without
   * FinalizationRegistry.
   */
  max?: number | undefined;
  /** Maximum number of idle objects, 1000 by default. Further returned objects are dropped. */
  maxIdle?: number | undefined;
  /**
   * Milliseconds, from 1: an object is dropped after it was idle for one to two times this time.
   * Infinity by default, which needs no timer. The timer keeps no process and no unused pool alive.
   */
  idleTimeout?: number | undefined;
  /**
   * Number of objects that the constructor makes: 0 by default, at most `maxIdle` and `max`. If one
   * of them fails, the others are destroyed.
   */
  prefill?: number | undefined;
  /** Name of the pool in error messages. "pool" by default. */
  name?: string | undefined;
  /**
   * Lends proxies that detect a second release and each use after release, with the stacks of
   * borrow and return. Objects that are read from a proxy are proxies too. Slow: for tests. false
   * by default.
   */
  debug?: boolean | undefined;
  /** Source of time for `idleTimeout`. The machine's clock by default. */
  clock?: Clock | undefined;
}

/** The options, with defaults for omitted ones. */
export interface ObjectPoolSettings<T> {
  readonly create: () => T;
  readonly keep: ((object: T) => boolean) | undefined;
  readonly reset: ((object: T) => unknown) | undefined;
  readonly destroy: ((object: T) => unknown) | undefined;
  readonly max: number;
  readonly maxIdle: number;
  readonly idleTimeout: number;
  readonly prefill: number;
  readonly name: string;
  readonly debug: boolean;
  readonly clock: Clock | undefined;
}

const ACTION = "create pool";
const DEFAULTS = {
  create: undefined,
  keep: undefined,
  reset: undefined,
  destroy: undefined,
  max: Infinity,
  maxIdle: 1000,
  idleTimeout: Infinity,
  prefill: 0,
  name: "pool",
  debug: false,
  clock: undefined,
};

/** Checks the options of a new pool and adds the defaults. */
export function readObjectPoolSettings<T>(options: ObjectPoolOptions<T>): ObjectPoolSettings<T> {
  const settings = readOptions<object>(ACTION, options, DEFAULTS) as ObjectPoolSettings<T>;
  const { max, maxIdle, clock } = settings;
  for (const name of ["create", "keep", "reset", "destroy"] as const) {
    const callback = settings[name];
    if (callback !== undefined || name === "create") checkType(ACTION, name, callback, "function");
  }
  checkInteger(ACTION, "max", max, 1, Infinity);
  checkInteger(ACTION, "maxIdle", maxIdle, 0, Infinity);
  checkNumber(ACTION, "idleTimeout", settings.idleTimeout, 1, Infinity);
  const most = Math.min(maxIdle, max, Number.MAX_SAFE_INTEGER);
  checkInteger(ACTION, "prefill", settings.prefill, 0, most);
  checkType(ACTION, "name", settings.name, "string");
  checkType(ACTION, "debug", settings.debug, "boolean");
  if (clock !== undefined) checkClock(ACTION, clock);
  return settings;
}
