import type { Clock, PolicyFactory, RemovalCause } from "@heapwise/lru";
import {
  checkCount,
  checkDuration,
  checkFunction,
  integerChecker,
  readOptions,
  refuse,
  type Checks,
} from "@heapwise/lru/slots";
import type { MinResidence } from "../collection/residence.ts";
import { readSoftLimit, type Gauge, type SoftLimit } from "../soft/soft-limit.ts";
import type { WeakLoader } from "./front.ts";

/** Bounds and policy of the front, which holds its values strongly. */
export interface StrongOptions {
  /**
   * Maximum number of entries in the front. 1000 by default, or no limit if `maxBytes` is set
   * alone. If it is 0, the cache holds no value strongly; then `maxBytes` and `policy` must not be
   * set.
   */
  max?: number | undefined;
  /**
   * Maximum bytes of keys and values in the front: a number, a size such as `"64mb"`, or a part of
   * the memory that the process may use, such as `"25%"`. No limit by default.
   */
  maxBytes?: number | string | undefined;
  /**
   * Chooses the entry that leaves the front next. `lru()` by default; `@heapwise/lru/policies` has
   * others.
   */
  policy?: PolicyFactory | undefined;
}

/**
 * Options of a `WeakCache`: how much it holds strongly and how long, how it loads, and what it
 * calls. All are optional.
 */
export interface WeakCacheOptions<
  K,
  // oxlint-disable-next-line typescript/no-explicit-any -- options that name no values fit any.
  V = any,
> {
  /** Bounds and policy of the front. 1000 entries by default. */
  strong?: StrongOptions | undefined;
  /**
   * Soft mode: if the heap holds more than this limit, the cache gives up half of its front, again
   * at each collection. A percentage of the heap's limit such as `"70%"`, or bytes of heap and
   * buffers: a number, or a size such as `"512mb"`. It is a trigger, not a bound. Off by default.
   * If the host does not report its heap, as browsers do not, the front stays; from the 1000th
   * demotion of a job on, values that leave the front are dropped.
   */
  softLimit?: SoftLimit | undefined;
  /**
   * How long a value is held strongly after it was written, whatever the front does. Off by
   * default.
   */
  minResidence?: MinResidence | undefined;
  /**
   * How long an entry lives after it was written, in ms, in the front and in the tail. Any length.
   * Infinity by default, which means no limit.
   */
  ttl?: number | undefined;
  /** Loads a key for `getOrLoad`. None by default: then each `getOrLoad` must pass a loader. */
  load?: WeakLoader<K, V> | undefined;
  /**
   * Called once with each key whose value was collected, in a separate macrotask. Not called if the
   * key has a live value again by then, and never for a value that was replaced or deleted. An
   * error that it throws goes to `onError`.
   */
  onCollect?: ((key: K) => void) | undefined;
  /**
   * Called with each entry that is removed while its value can still be reached. The cause is
   * `deleted` (also by `clear`), `replaced`, `expired`, or `evicted` if the entry leaves the front
   * without a move to the tail. A move to the tail is not a removal, and neither is a collection.
   * As in an `LRUCache`, it runs when the call has changed the cache, and may call the cache. If it
   * throws, the call throws the same error.
   */
  onRemoval?: ((key: K, value: V, cause: RemovalCause) => void) | undefined;
  /**
   * Disposes of a value when its last key was removed. A function, which may return a promise; or
   * true to call the value's own `Symbol.asyncDispose` or `Symbol.dispose`. A value that soft mode
   * drops is not disposed of, because the program may hold it. A value that was collected is not
   * disposed of either. False by default.
   */
  dispose?: ((value: V, key: K) => unknown) | boolean | undefined;
  /**
   * Called with errors that are thrown outside of a call: by `onCollect`, by `dispose`, by a clock,
   * or by a listener when a timer removes entries. By default the host reports these errors as
   * uncaught. Also called if the size of a value cannot be computed when the value returns to the
   * front; without `onError` that error is ignored.
   */
  onError?: ((error: unknown) => void) | undefined;
  /** Source of time, and of timers. By default the host's monotonic clock and its timers. */
  clock?: Clock | undefined;
}

/** Options of one entry, for `set`. */
export interface WeakSetOptions {
  /**
   * How long this entry lives, in ms, instead of the cache's `ttl`. Infinity means no limit. Works
   * in a cache without a `ttl` too.
   */
  ttl?: number | undefined;
}

/** The options as the cache uses them. */
export interface WeakCacheSetup<K, V> extends Omit<WeakCacheOptions<K, V>, "softLimit"> {
  /** The options of the front. */
  readonly strong: StrongOptions;
  readonly gauge: Gauge | undefined;
}

/** For an option that the code which uses it checks. */
export function pass(): void {}

const CHECKS: Checks = {
  strong: pass,
  softLimit: pass,
  minResidence: (action, name, residence) => {
    const parts = { entries: checkCount, ms: checkDuration, epochs: checkCount };
    const read = readOptions(`${action}, ${name}`, residence as MinResidence, parts);
    if (Object.keys(read).length > 0) return;
    refuse(action, `${name} is empty`, "one of entries, ms, epochs");
  },
  ttl: pass,
  load: pass,
  onCollect: checkFunction,
  onRemoval: pass,
  dispose: pass,
  onError: pass,
  clock: pass,
};
const STRONG_CHECKS: Checks = {
  max: /* @__PURE__ */ integerChecker(0),
  maxBytes: pass,
  policy: pass,
};
const SET_CHECKS: Checks = { ttl: checkDuration };

/**
 * Returns a checked copy of the options. The front checks the options that only the front uses.
 *
 * @throws {TypeError | RangeError} if an option is unknown or invalid
 */
export function readWeakCacheOptions<K, V>(given: WeakCacheOptions<K, V>): WeakCacheSetup<K, V> {
  const action = "create cache";
  const { softLimit, ...options } = readOptions(action, given, CHECKS);
  const strong = readOptions(`${action}, strong`, options.strong ?? {}, STRONG_CHECKS);
  const { max, ...others } = strong;
  const [name] = Object.keys(others);
  if (max === 0 && name !== undefined) {
    refuse(action, `strong.${name} is set with strong.max 0`, "one of them");
  }
  if (max === undefined && strong.maxBytes === undefined) strong.max = 1000;
  return {
    ...options,
    strong,
    gauge: softLimit === undefined ? undefined : readSoftLimit(softLimit),
  };
}

/**
 * The time to live that was given to `set`, in ms.
 *
 * @throws {TypeError | RangeError} if an option is unknown or invalid
 */
export function readTtl(options: WeakSetOptions): number | undefined {
  return readOptions("set entry", options, SET_CHECKS).ttl;
}
