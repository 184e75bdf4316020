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
 * How much a cache holds, how long, how it loads, and what it tells of it. At least one of `max`,
 * `maxBytes` and `maxWeight` is required, or `unbounded` with a time option.
 */
export interface LRUCacheOptions<K, V>
  extends CoreOptions<K, V>, TimeOptions<K, V>, LoadingOptions<K, V>, ByteOptions<K, V> {
  /** True for a cache without a bound, whose entries leave by `ttl`, `idleTtl` or `expires` alone. */
  unbounded?: boolean | undefined;
  /**
   * Disposes of a value that has left, for whatever cause, once its last lease is given back: a
   * function, which may return a promise; or true for the value's own `Symbol.asyncDispose` or
   * `Symbol.dispose`. False for values that belong to others. By default a value is left alone until
   * the first `acquire`; from then on it is as if true.
   */
  dispose?: ((value: V, key: K) => unknown) | boolean | undefined;
  /**
   * For development: whether values are frozen when they are stored, with all that plain objects and
   * arrays in them hold, so that who changes what others share gets a TypeError. Views, Maps and class
   * instances are left alone. False by default.
   */
  frozen?: boolean | undefined;
  /** Whether a key is loaded again only when its old value is disposed of. False by default. */
  exclusive?: boolean | undefined;
  /**
   * Hears of errors that are thrown outside of a call, as in a disposal, or by a listener when a
   * timer lets entries go; by default they are reported as uncaught. And of loads in the background
   * that fail, which otherwise are only counted.
   */
  onError?: ((error: unknown) => void) | undefined;
  /** Fixes the randomness of hashes, policies and jitter, for replay: an integer. Random by default, which keeps hashes secret. */
  seed?: number | undefined;
  /**
   * Are told of loads and removals, and of hits, misses, newcomers and refusals if they ask for them,
   * for metrics and traces; see `@heapwise/lru/diagnostics` and `@heapwise/lru/opentelemetry`.
   */
  observers?: readonly CacheObserver[] | undefined;
}

/** Choices for one entry. */
export interface SetOptions extends CoreSetOptions {
  /** How long the entry lives, ms, instead of what `expires` and `ttl` say; Infinity for ever. In any cache. */
  ttl?: number | undefined;
  /**
   * Names by which `deleteByTag` finds the entry, strings; none by default, also if the key had some
   * before. `update` and `keepTtl` keep those that are there unless it is given others. Anything but an iterable of
   * strings is a TypeError, and a single string is none.
   */
  tags?: (Iterable<string> & object) | undefined;
  /**
   * True for an entry that is there to keep the deadline it has; its age is that of a new one. Not
   * together with `ttl`. A key without an entry, or with an expired one, gets the `ttl` of the cache.
   * False by default.
   */
  keepTtl?: boolean | undefined;
}

/**
 * What the cache itself says of an entry that it writes. A `ttl` of 0 or less is that of a value
 * which is not to be stored.
 */
export interface WriteOptions extends SetOptions {
  tags?: readonly string[] | undefined;
  /**
   * From this age on the entry is loaded again, ms; Infinity for never. By default that of the
   * cache.
   */
  refreshAfter?: number | undefined;
}

/** New bounds; one that is left out stays. */
export interface ResizeOptions extends CoreResizeOptions {
  /** Only of a cache that was made with `maxBytes`. 0 switches it off. */
  maxBytes?: number | string | undefined;
}

/** Throws for what is not an object with all of these parts, and no other. */
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
  // An iterator gives them only once: to who reads them.
  tags: () => {},
};
const WRITE_CHECKS: Checks = {
  ...ALL_SET_CHECKS,
  ttl: /* @__PURE__ */ checker<number>("milliseconds", (value) => !Number.isNaN(value), "number"),
  refreshAfter: checkDurationOrNone,
};
const ALL_RESIZE_CHECKS: Checks = { ...RESIZE_CHECKS, maxBytes: readBytes };

type Name = keyof LRUCacheOptions<unknown, unknown>;

/** What options need, any of it, so that something comes of them. */
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

/** A copy of the options of a cache. Throws a TypeError or RangeError for what is none. */
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

/** A copy of options of `set`, which may be read again, or of those that the cache itself gives. Throws for a bad one. */
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

/** A copy of new bounds. Throws for a bad one. */
export function readResizeOptions(options: ResizeOptions): ResizeOptions {
  return readOptions("resize cache", options, ALL_RESIZE_CHECKS);
}
