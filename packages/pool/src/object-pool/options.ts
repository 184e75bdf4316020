import { checkInteger, checkNumber, checkType, readOptions } from "../checks.ts";
import { checkClock, type Clock } from "../time/clock.ts";

/** What an object pool makes, and how much of it it keeps. */
export interface ObjectPoolOptions<T> {
  /** Makes an object; called when none is idle. A promise is refused by a TypeError: ResourcePool waits for those. */
  create: () => T;
  /**
   * Whether an object that comes back is kept, asked before `reset`; if not, it is destroyed, without an
   * error, and counts as dropped. To throw, or to return a promise, destroys it too, and `release` throws.
   */
  keep?: ((object: T) => boolean) | undefined;
  /**
   * Makes an object as good as new, when it comes back. To throw destroys it, and `release` throws the
   * error. To return a promise does the same, with a TypeError: nobody would wait for it.
   */
  reset?: ((object: T) => unknown) | undefined;
  /**
   * Called with each object that leaves the pool. What it throws goes to the caller; if there is none,
   * since a timer was the reason or it returned a promise, the error is an uncaught one.
   */
  destroy?: ((object: T) => unknown) | undefined;
  /**
   * Most objects, lent and idle together: an integer from 1. `acquire` beyond it is a PoolExhaustedError.
   * Infinity by default. An object that is never returned makes room when it is garbage collected; a
   * primitive value does not, nor does anything if the host has no FinalizationRegistry.
   */
  max?: number | undefined;
  /** Most objects that stay idle; others are left to the garbage collector. 1000 by default. */
  maxIdle?: number | undefined;
  /**
   * Objects that were idle for one to two of these times, in ms, leave. At least 1; Infinity by default,
   * without any timer. The timer keeps no process alive, nor a pool that nobody holds.
   */
  idleTimeout?: number | undefined;
  /** Objects that are made at once. 0 by default; at most `maxIdle` and `max`. If one of them fails, the others are destroyed. */
  prefill?: number | undefined;
  /** What errors call the pool. "pool" by default. */
  name?: string | undefined;
  /**
   * Lend stand-ins that notice a double release and every use after release, and tell both stacks.
   * What is read from a stand-in is one too. Slow; for tests. false by default.
   */
  debug?: boolean | undefined;
  /** Time for `idleTimeout`; the machine's by default. */
  clock?: Clock | undefined;
}

/** The options with their defaults. */
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

/** Checks the options of a new pool and fills in the defaults. */
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
