import { readBytes, type ByteOptions } from "../bytes/byte-options.ts";
import {
  CORE_CHECKS,
  RESIZE_CHECKS,
  SET_CHECKS,
  type CoreOptions,
  type CoreResizeOptions,
  type CoreSetOptions,
} from "./core-options.ts";
import {
  checkBoolean,
  checkCount,
  checkDuration,
  checkDurationOrNone,
  checker,
  checkFraction,
  checkFunction,
  checkPart,
  isObject,
  print,
  readOptions,
  refuse,
  type Checks,
} from "../checks/read-options.ts";
import { checkClock, hasTime, type TimeOptions } from "../expiry/time-options.ts";
import type { LoadingOptions } from "../loading/loader.ts";
import { readTags } from "../tags/read-tags.ts";
import type { CacheObserver } from "../observation/cache-observer.ts";
import { checkObservers } from "../observation/check-observers.ts";

/**
 * Options of a cache: how much it holds, how long, how it loads, and what it reports. At least
 * one of `max`, `maxBytes` and `maxWeight` is required, or `unbounded` with a time option. Times
 * are in ms.
 */
export interface LRUCacheOptions<K, V>
  extends CoreOptions<K, V>, TimeOptions<K, V>, LoadingOptions<K, V>, ByteOptions<K, V> {
  /**
   * True for a cache without a bound, whose entries are removed by `ttl`, `idleTtl` or `expires`
   * alone. False by default. Cannot be set together with a bound.
   */
  unbounded?: boolean | undefined;
  /**
   * Disposes of each value that has left, for any cause, once its last lease has ended. A
   * function, which may return a promise; or true to call the value's own `Symbol.asyncDispose`
   * or `Symbol.dispose`; or false for values that belong to others. By default values are left
   * alone until the first `acquire` or `acquireOrLoad`, and disposed of as with true from then
   * on. Errors go to `onError`.
   */
  dispose?: ((value: V, key: K) => unknown) | boolean | undefined;
  /**
   * For development: freezes each value when it is stored, with all that plain objects and arrays
   * in it hold, so that code which changes a shared value gets a TypeError. Views, Maps and class
   * instances are left alone. False by default.
   */
  frozen?: boolean | undefined;
  /**
   * True if a key must not be loaded again before its old value is disposed of. False by default.
   * Calls for several keys may then wait for one another, as for locks: set a `hardTimeout`.
   */
  exclusive?: boolean | undefined;
  /**
   * Called with errors that no caller can catch: of a disposal, and of a listener that a timer
   * calls. Without it they are reported as uncaught. Also called with failures of loads in the
   * background, and with entries of a snapshot that cannot be read; without it these are ignored.
   */
  onError?: ((error: unknown) => void) | undefined;
  /**
   * Fixes the randomness of hashes, policies and jitter, for replay: an integer. Random by default,
   * which keeps hashes secret.
   */
  seed?: number | undefined;
  /**
   * Objects whose methods are called for loads and removals, and of hits, misses, inserts and
   * rejections if they have methods for them. See `@heapwise/lru/diagnostics` and
   * `@heapwise/lru/opentelemetry`. None by default.
   */
  observers?: readonly CacheObserver[] | undefined;
}

/** Options of one entry. */
export interface SetOptions extends CoreSetOptions {
  /**
   * Time to live of the entry, ms, instead of `expires` and `ttl` of the cache. Above 0; Infinity
   * for no limit. Allowed in any cache.
   */
  ttl?: number | undefined;
  /**
   * Names by which `deleteByTag` finds the entry: an iterable of strings, but not a single
   * string. None by default, even if the key had tags before. `update` and `keepTtl` keep the
   * existing tags unless others are given.
   */
  tags?: (Iterable<string> & object) | undefined;
  /**
   * True if an existing entry keeps its deadline; its age starts again. Cannot be set together
   * with `ttl`. A key without a live entry gets the `ttl` of the cache. False by default.
   */
  keepTtl?: boolean | undefined;
}

/**
 * Options that the cache itself gives to an entry. A `ttl` of 0 or less means that the value must
 * not be stored.
 */
export interface WriteOptions extends SetOptions {
  tags?: readonly string[] | undefined;
  /**
   * Age from which the entry is loaded again, ms; Infinity for never. The option of the cache by
   * default.
   */
  refreshAfter?: number | undefined;
}

/** New bounds. A bound that is omitted stays. */
export interface ResizeOptions extends CoreResizeOptions {
  /**
   * Maximum bytes, a number or a text such as `'64mb'`. Only in a cache that was created with
   * `maxBytes`. 0 switches the cache off.
   */
  maxBytes?: number | string | undefined;
}

/** Throws unless a value is an object with all of these parts and no other. */
function checkParts(action: string, name: string, value: unknown, parts: Checks): void {
  const read = readOptions<Record<string, unknown>>(`${action}, ${name}`, value as never, parts);
  for (const part in parts) parts[part]!(action, `${name}.${part}`, read[part]);
}

const CHECKS: Checks = {
  ...CORE_CHECKS,
  maxBytes: readBytes,
  maxEntryBytes: readBytes,
  bytesOf: checkFunction,
  shareAccounting: checkBoolean,
  detachTexts: /* @__PURE__ */ checker(
    'true, false or "deep"',
    (value) => value === "deep" || typeof value === "boolean",
  ),
  detachBuffers: checkBoolean,
  warnOpaque: checkBoolean,
  remeasure: (action, name, value) => {
    if (value === "onGet") return;
    if (!isObject(value)) refuse(action, `${name} is ${print(value)}`, '"onGet" or { ms }');
    checkParts(action, name, value, { ms: checkDuration });
  },
  unbounded: checkBoolean,
  ttl: checkDuration,
  idleTtl: checkDuration,
  ttlJitter: checkFraction,
  expires: checkFunction,
  clock: checkClock,
  dispose: /* @__PURE__ */ checker(
    "a function or a boolean",
    (value) => typeof value === "function" || typeof value === "boolean",
  ),
  exclusive: checkBoolean,
  frozen: checkBoolean,
  onError: checkFunction,
  observers: checkObservers,
  load: checkFunction,
  loadMany: checkFunction,
  refreshAfter: checkDurationOrNone,
  negativeTtl: (action, name, value) => {
    if (typeof value !== "function") checkDurationOrNone(action, name, value);
  },
  staleWhileRevalidate: checkDurationOrNone,
  staleIfError: (action, name, value) => {
    if (typeof value !== "object") checkDurationOrNone(action, name, value);
    else checkParts(action, name, value, { ms: checkDurationOrNone, when: checkFunction });
  },
  batch: (action, name, value) => {
    if (value === false) return;
    const parts = { maxSize: checkCount, delay: checkDuration };
    readOptions(`${action}, ${name}`, value as object, parts);
  },
  finishLoads: checkBoolean,
  softTimeout: checkDurationOrNone,
  hardTimeout: checkDurationOrNone,
  maxRefreshes: checkCount,
  loadCycles: /* @__PURE__ */ checker(
    "what detectLoadCycles() returns",
    (value) => typeof (value as { wait?: unknown } | null)?.wait === "function",
  ),
};

const ALL_SET_CHECKS: Checks = {
  ...SET_CHECKS,
  ttl: checkDuration,
  keepTtl: checkBoolean,
  // Not read here: an iterator gives its tags only once.
  tags: () => {},
};
const WRITE_CHECKS: Checks = {
  ...ALL_SET_CHECKS,
  ttl: /* @__PURE__ */ checker<number>("milliseconds", (value) => !Number.isNaN(value), "number"),
  refreshAfter: checkDurationOrNone,
};
const ALL_RESIZE_CHECKS: Checks = { ...RESIZE_CHECKS, maxBytes: readBytes };

type Name = keyof LRUCacheOptions<unknown, unknown>;

/** Options that have an effect only together with another option, by the name of that option. */
const NEEDS: Readonly<Record<string, readonly Name[]>> = {
  maxWeight: ["maxEntryWeight", "weigh"],
  maxBytes: [
    "maxEntryBytes",
    "bytesOf",
    "shareAccounting",
    "detachTexts",
    "detachBuffers",
    "warnOpaque",
    "remeasure",
  ],
  onError: ["warnOpaque"],
  ttl: ["ttlJitter"],
  "staleIfError or staleWhileRevalidate": ["softTimeout"],
  loadMany: ["batch"],
};

/** A copy of the options of a cache. Throws a TypeError or RangeError if they are not allowed. */
export function readCacheOptions<K, V>(given: LRUCacheOptions<K, V>): LRUCacheOptions<K, V> {
  const action = "create cache";
  const options = readOptions(action, given, CHECKS);
  for (const [needed, names] of Object.entries(NEEDS)) {
    if (needed.split(" or ").some((one) => one in options)) continue;
    for (const name of names) {
      if (name in options) refuse(action, `${name} is set alone`, `${needed} too`);
    }
  }
  const { softTimeout, hardTimeout, batch, clock, remeasure } = options;
  const delays = {
    softTimeout,
    hardTimeout,
    "batch.delay": (batch || undefined)?.delay,
    "remeasure.ms": (remeasure as { ms?: number } | undefined)?.ms,
  };
  for (const [name, ms] of Object.entries(delays)) {
    if (ms === undefined || clock === undefined || clock.schedule) continue;
    refuse(action, `${name} is set with a clock that has no schedule`, "clock.schedule too");
  }
  const { maxWeight = Infinity, maxEntryWeight = 0 } = options;
  checkPart(action, "maxEntryWeight", maxEntryWeight, "maxWeight", maxWeight);
  checkIsBounded(action, options);
  return options;
}

function checkIsBounded<K, V>(action: string, options: LRUCacheOptions<K, V>): void {
  const { max, maxBytes, maxWeight, unbounded } = options;
  const isBounded = (max ?? maxBytes ?? maxWeight) !== undefined;
  if (unbounded !== true) {
    if (isBounded) return;
    refuse(action, "no bound is set", "max, maxBytes or maxWeight, or unbounded with a ttl");
  }
  if (isBounded) refuse(action, "unbounded is true", "no max, maxBytes or maxWeight then");
  if (!hasTime(options)) refuse(action, "unbounded is true", "ttl, idleTtl or expires");
}

/**
 * A copy of the options of an entry, which may be read again. `isOwn` says that the cache itself
 * gives them. Throws a TypeError or RangeError if they are not allowed.
 */
export function readSetOptions(options: SetOptions | WriteOptions, isOwn = false): WriteOptions {
  const action = "set entry";
  const checks = isOwn ? WRITE_CHECKS : ALL_SET_CHECKS;
  const read = readOptions(action, options as WriteOptions, checks);
  if (read.keepTtl === true && read.ttl !== undefined) {
    refuse(action, "keepTtl is set beside ttl", "one of them");
  }
  if (read.tags !== undefined) read.tags = readTags(action, read.tags);
  return read;
}

/** A copy of new bounds. Throws a TypeError or RangeError if one is not allowed. */
export function readResizeOptions(options: ResizeOptions): ResizeOptions {
  return readOptions("resize cache", options, ALL_RESIZE_CHECKS);
}
