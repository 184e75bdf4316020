import { checkBoolean, checkFunction, checkInteger, checkNames, checkString } from "../checks.ts";

/** What an object pool makes, and how much of it it keeps. */
export interface ObjectPoolOptions<T> {
  /** Makes an object; called when none is idle. */
  create: () => T;
  /** Makes an object as good as new, when it comes back. To throw destroys it, and `release` throws the error. */
  reset?: ((object: T) => unknown) | undefined;
  /** Hears of an object that leaves the pool. */
  destroy?: ((object: T) => unknown) | undefined;
  /** Most objects that stay idle; others are left to the garbage collector. 1000 by default. */
  maxIdle?: number | undefined;
  /** Objects that are made at once. 0 by default; at most `maxIdle`. */
  prefill?: number | undefined;
  /** What errors call the pool. "pool" by default. */
  name?: string | undefined;
  /** Lend stand-ins that notice a double release and every use after release, and tell both stacks. Slow; for tests. false by default. */
  debug?: boolean | undefined;
}

/** The options with their defaults. */
export interface ObjectPoolSettings<T> {
  readonly create: () => T;
  readonly reset: ((object: T) => unknown) | undefined;
  readonly destroy: ((object: T) => unknown) | undefined;
  readonly maxIdle: number;
  readonly prefill: number;
  readonly name: string;
  readonly debug: boolean;
}

const ACTION = "create pool";
const KNOWN = new Set(["create", "reset", "destroy", "maxIdle", "prefill", "name", "debug"]);

/** Checks the options of a new pool and fills in the defaults. */
export function readObjectPoolSettings<T>(options: ObjectPoolOptions<T>): ObjectPoolSettings<T> {
  checkNames(ACTION, options, KNOWN);
  const { create, reset, destroy } = options;
  const { maxIdle = 1000, prefill = 0, name = "pool", debug = false } = options;
  checkFunction(ACTION, "create", create);
  for (const [each, callback] of Object.entries({ reset, destroy })) {
    if (callback !== undefined) checkFunction(ACTION, each, callback);
  }
  checkInteger(ACTION, "maxIdle", maxIdle, 0, Infinity);
  checkInteger(ACTION, "prefill", prefill, 0, Math.min(maxIdle, Number.MAX_SAFE_INTEGER));
  checkString(ACTION, "name", name);
  checkBoolean(ACTION, "debug", debug);
  return { create, reset, destroy, maxIdle, prefill, name, debug };
}
