import { readByteOptions, type ByteBounds, type ByteOptions } from "./bytes/byte-options.ts";
import { checkFunction, checkInteger, print } from "./check-function.ts";
import { checkDuration, hasTime, type TimeOptions } from "./expiry/expiry-options.ts";
import { LOADING_OPTIONS, type LoadingOptions } from "./loading/loader.ts";
import type { CacheObserver } from "./observation/cache-observer.ts";
import type { EvictionPolicy, PolicyFactory } from "./policy/policy.ts";
import type { RemovalListener } from "./removal.ts";

/**
 * How much a cache holds, how long, how it loads, and what it tells of it. At least one of `max`,
 * `maxBytes` and `maxWeight` is required, or `unbounded` with a time option.
 */
export interface LRUCacheOptions<K, V>
  extends TimeOptions<K, V>, LoadingOptions<K, V>, ByteOptions<K, V> {
  /** Most entries, a positive integer. The cache never holds more. No limit by default. */
  max?: number | undefined;
  /** Most weight, the sum over all entries, in the unit of `weigh`: a positive integer. No limit by default. */
  maxWeight?: number | undefined;
  /**
   * Weight of an entry, a safe integer >= 0; else `set` throws a RangeError and changes nothing. Called
   * once for each `set`; what it returned then is what the entry counts until it leaves. 1 by default.
   */
  weigh?: ((value: V, key: K) => number) | undefined;
  /** An entry that weighs more is not stored: it is reported as evicted at once. `maxWeight` by default. */
  maxEntryWeight?: number | undefined;
  /** True for a cache without a bound, whose entries leave by `ttl`, `idleTtl` or `expires` alone. */
  unbounded?: boolean | undefined;
  /** Decides which entry leaves. `lru()` by default; others come from `@heapwise/lru/policies`. */
  policy?: PolicyFactory | undefined;
  /** Hears of each value that leaves and why, once, when the cache is consistent again. */
  onRemoval?: RemovalListener<K, V> | undefined;
  /**
   * Disposes of a value that has left, for whatever cause, once its last lease is given back: a
   * function, which may return a promise; or true for the value's own `Symbol.asyncDispose` or
   * `Symbol.dispose`. False for values that belong to others. By default a value is left alone until
   * the first `acquire`; from then on it is as if true.
   */
  dispose?: ((value: V, key: K) => unknown) | boolean | undefined;
  /** Whether a key is loaded again only when its old value is disposed of. False by default. */
  exclusive?: boolean | undefined;
  /**
   * Hears of errors that are thrown outside of a call, as in a disposal, or by a listener when a
   * timer lets entries go; by default they are reported as uncaught. And of loads in the background
   * that fail, which otherwise are only counted.
   */
  onError?: ((error: unknown) => void) | undefined;
  /** Hear of loads and removals, for metrics and traces; see `@heapwise/lru/diagnostics` and `@heapwise/lru/opentelemetry`. */
  observers?: readonly CacheObserver[] | undefined;
  /** Fixes the randomness of hashes, policies and jitter, for replay: an integer. Random by default, which keeps hashes secret. */
  seed?: number | undefined;
}

/** Choices for one entry. */
export interface SetOptions {
  /** Weight of the entry, instead of what `weigh` returns. Only in a cache with `maxWeight`. */
  weight?: number | undefined;
  /** How long the entry lives, ms, instead of what `expires` and `ttl` say; Infinity for ever. In any cache. */
  ttl?: number | undefined;
}

/** New bounds; one that is left out stays. */
export interface ResizeOptions {
  max?: number | undefined;
  /** Only of a cache that was made with `maxBytes`. */
  maxBytes?: number | string | undefined;
  maxWeight?: number | undefined;
}

const KNOWN = new Set([
  "max",
  "maxBytes",
  "maxEntryBytes",
  "bytesOf",
  "shareAccounting",
  "detachTexts",
  "maxWeight",
  "weigh",
  "maxEntryWeight",
  "unbounded",
  "policy",
  "ttl",
  "idleTtl",
  "ttlJitter",
  "expires",
  "clock",
  "onRemoval",
  "dispose",
  "exclusive",
  "onError",
  "observers",
  "seed",
  ...LOADING_OPTIONS,
]);

const KNOWN_BY_SET = new Set(["weight", "ttl"]);
const KNOWN_BY_RESIZE = new Set(["max", "maxBytes", "maxWeight"]);

/** Sums of two weights stay exact. */
const LARGEST_WEIGHT = 2 ** 52;

export interface Bounds {
  max: number;
  maxWeight: number;
  maxEntryWeight: number;
  bytes: ByteBounds | undefined;
}

/** Checks the options of a new cache and returns its bounds, Infinity for none. */
export function readBounds<K, V>(options: LRUCacheOptions<K, V>): Bounds {
  checkNames("create cache", options, KNOWN);
  const { max = Infinity, maxWeight = Infinity, weigh, policy, onRemoval, onError, seed } = options;
  checkIsBounded(options);
  checkBounds("create cache", options);
  const maxEntryWeight = options.maxEntryWeight ?? maxWeight;
  if (options.maxEntryWeight !== undefined) {
    checkInteger("create cache", "maxEntryWeight", maxEntryWeight, 0, LARGEST_WEIGHT);
    if (options.maxWeight === undefined) {
      throw new TypeError(
        "Cannot create cache: maxEntryWeight is set alone, expected maxWeight too",
      );
    }
    if (maxEntryWeight > maxWeight) {
      throw new RangeError(
        `Cannot create cache: maxEntryWeight is ${maxEntryWeight}, expected at most maxWeight, ${maxWeight}`,
      );
    }
  }
  if (weigh !== undefined && options.maxWeight === undefined) {
    throw new TypeError("Cannot create cache: weigh is set alone, expected maxWeight too");
  }
  for (const [name, callback] of Object.entries({ weigh, policy, onRemoval, onError })) {
    if (callback !== undefined) checkFunction("create cache", name, callback);
  }
  const { dispose, exclusive } = options;
  if (dispose !== undefined && typeof dispose !== "boolean") {
    checkFunction("create cache", "dispose", dispose);
  }
  if (exclusive !== undefined && typeof exclusive !== "boolean") {
    throw new TypeError(
      `Cannot create cache: exclusive is ${print(exclusive)}, expected a boolean`,
    );
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new TypeError(`Cannot create cache: seed is ${print(seed)}, expected an integer`);
  }
  const bytes = readByteOptions(options);
  return { max, maxWeight, maxEntryWeight, bytes };
}

function checkIsBounded<K, V>(options: LRUCacheOptions<K, V>): void {
  const { max, maxBytes, maxWeight, unbounded } = options;
  const isBounded = [max, maxBytes, maxWeight].some((bound) => bound !== undefined);
  if (unbounded !== undefined && typeof unbounded !== "boolean") {
    throw new TypeError(
      `Cannot create cache: unbounded is ${print(unbounded)}, expected a boolean`,
    );
  }
  if (unbounded !== true) {
    if (isBounded) return;
    throw new TypeError(
      "Cannot create cache: no bound is set, expected max, maxBytes or maxWeight, or unbounded with a ttl",
    );
  }
  if (isBounded) {
    throw new TypeError(
      "Cannot create cache: unbounded is true, expected no max, maxBytes or maxWeight then",
    );
  }
  if (!hasTime(options)) {
    throw new TypeError("Cannot create cache: unbounded is true, expected ttl, idleTtl or expires");
  }
}

function checkBounds(action: string, bounds: ResizeOptions): void {
  if (bounds.max !== undefined) checkInteger(action, "max", bounds.max, 1, Number.MAX_SAFE_INTEGER);
  if (bounds.maxWeight !== undefined) {
    checkInteger(action, "maxWeight", bounds.maxWeight, 1, LARGEST_WEIGHT);
  }
}

/** Throws a TypeError for what a factory made that is no policy; most often the factory was not called. */
export function checkPolicy(policy: unknown): void {
  if (typeof (policy as EvictionPolicy | undefined)?.evict === "function") return;
  throw new TypeError(
    `Cannot create cache: policy makes ${print(policy)}, expected an eviction policy, as from lru()`,
  );
}

/** Throws for options of `set` that are none. */
export function checkSetOptions(options: SetOptions): void {
  checkNames("set entry", options, KNOWN_BY_SET);
  if (options.ttl !== undefined) checkDuration("set entry", "ttl", options.ttl);
}

/** Throws for new bounds that are none. */
export function checkResizeOptions(options: ResizeOptions): void {
  checkNames("resize cache", options, KNOWN_BY_RESIZE);
  checkBounds("resize cache", options);
}

function checkNames(action: string, options: object, known: ReadonlySet<string>): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${action}: options are ${print(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.has(name)) continue;
    throw new TypeError(
      `Cannot ${action}: option "${name}" is not known, expected one of ${[...known].join(", ")}`,
    );
  }
}

/** Throws for what is no weight. */
export function checkWeight(weight: unknown): void {
  if (Number.isSafeInteger(weight) && (weight as number) >= 0) return;
  throw new RangeError(
    `Cannot set entry: weight is ${print(weight)}, expected a safe integer >= 0`,
  );
}
