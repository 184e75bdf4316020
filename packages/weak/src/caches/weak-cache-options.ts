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

/** The front: what is held strongly. */
export interface StrongOptions {
  /** Most entries. 1000 by default, where `maxBytes` is left out; 0 for none: the cache is then purely weak. */
  max?: number | undefined;
  /** Most bytes of keys and values, a number or a text like `"64mb"`. No limit by default. */
  maxBytes?: number | string | undefined;
  /** Decides which entry leaves the front. `lru()` by default; others come from `@heapwise/lru/policies`. */
  policy?: PolicyFactory | undefined;
}

/** How much a weak cache holds strongly, how long, how it loads, and what it tells. */
// oxlint-disable-next-line typescript/no-explicit-any -- options that name no values are for any.
export interface WeakCacheOptions<K, V = any> {
  /** The front. 1000 entries by default. */
  strong?: StrongOptions | undefined;
  /**
   * Soft mode: what the heap may hold before the cache gives its front away, as a percentage of the
   * heap's limit, or as bytes of heap and buffers. Off by default.
   */
  softLimit?: SoftLimit | undefined;
  /** How long a value is held strongly after it was written, whatever the front does. Not at all by default. */
  minResidence?: MinResidence | undefined;
  /**
   * How long an entry lives after it was written, ms, in the front and behind it. Any length; Infinity,
   * the default, for no limit.
   */
  ttl?: number | undefined;
  /** Loads a key for `getOrLoad`. */
  load?: WeakLoader<K, V> | undefined;
  /**
   * Called with each key whose value was collected, in a macrotask of its own; not if the key has
   * another value by then, and never for a value that was replaced or deleted.
   */
  onCollect?: ((key: K) => void) | undefined;
  /**
   * Called with each entry that leaves while its value can be reached: `deleted`, also by `clear`,
   * `replaced`, `expired`, or `evicted` if it leaves the front and does not go behind it. To go behind
   * the front, or to be collected, is no removal. As in an `LRUCache` it runs when the call is over, and
   * may call the cache; the call throws what it throws.
   */
  onRemoval?: ((key: K, value: V, cause: RemovalCause) => void) | undefined;
  /**
   * Disposes of a value that has left by a removal with its last key: a function, which may return a
   * promise; or true for the value's own `Symbol.asyncDispose` or `Symbol.dispose`. A value that soft
   * mode drops is not disposed of, because the program may hold it, nor is one that is collected. False by
   * default.
   */
  dispose?: ((value: V, key: K) => unknown) | boolean | undefined;
  /**
   * Called with errors that are thrown outside of a call, as by `onCollect`, by `dispose` or when a timer
   * lets entries go; by default they are reported as uncaught. And with that of a value whose size cannot
   * be told when it is to come back to the front, which otherwise is passed over.
   */
  onError?: ((error: unknown) => void) | undefined;
  /** Where the time comes from. By default the host's monotonic time, and its timers. */
  clock?: Clock | undefined;
}

/** Choices for one entry. */
export interface WeakSetOptions {
  /** How long the entry lives, ms, instead of the cache's `ttl`; Infinity for no limit. In any cache. */
  ttl?: number | undefined;
}

/** The options as the cache uses them. */
export interface WeakCacheSetup<K, V> extends Omit<WeakCacheOptions<K, V>, "softLimit"> {
  /** Those of the front. */
  readonly strong: StrongOptions;
  readonly gauge: Gauge | undefined;
}

/** For an option that is checked by what uses it. */
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

/** A copy of the options. Throws a TypeError or RangeError for bad ones. What concerns the front alone, the front checks. */
export function readWeakCacheOptions<K, V>(given: WeakCacheOptions<K, V>): WeakCacheSetup<K, V> {
  const action = "create cache";
  const { softLimit, ...options } = readOptions(action, given, CHECKS);
  const strong = readOptions(`${action}, strong`, options.strong ?? {}, STRONG_CHECKS);
  const { max, ...others } = strong;
  const [name] = Object.keys(others);
  if (max === 0 && name !== undefined) {
    refuse(action, `strong.${name} is set beside strong.max 0`, "one of them");
  }
  if (max === undefined && strong.maxBytes === undefined) strong.max = 1000;
  return {
    ...options,
    strong,
    gauge: softLimit === undefined ? undefined : readSoftLimit(softLimit),
  };
}

/** The time to live that is given to `set`, ms. Throws a TypeError or RangeError for bad options. */
export function readTtl(options: WeakSetOptions): number | undefined {
  return readOptions("set entry", options, SET_CHECKS).ttl;
}
