import {
  checkAmount,
  checker,
  checkFunction,
  checkPart,
  integerChecker,
  print,
  readOptions,
  refuse,
  type Checks,
} from "../checks/read-options.ts";
import type { EvictionPolicy, PolicyFactory } from "../policy/policy.ts";
import type { RemovalListener } from "../removal/removal-queue.ts";

/**
 * Options of the small cache, which `LRUCache` of `@heapwise/lru` has too: how much it holds, and
 * what it reports of removed entries. At least one bound is required.
 */
export interface CoreOptions<K, V> {
  /**
   * Maximum number of entries, an integer of at least 0. No limit by default. 0 switches the
   * cache off: each entry is refused, as if it were too heavy.
   */
  max?: number | undefined;
  /**
   * Maximum sum of the weights of all entries, a positive integer in the unit of `weigh`. No
   * limit by default.
   */
  maxWeight?: number | undefined;
  /**
   * Weight of an entry, a safe integer of at least 0; else `set` throws a RangeError and changes
   * nothing. Called once for each `set`: the entry counts by that weight until it leaves. 1 by
   * default. Needs `maxWeight`.
   */
  weigh?: ((value: V, key: K) => number) | undefined;
  /**
   * Maximum weight of an entry. A heavier one is not stored, and reported as evicted at once.
   * `maxWeight` by default, which it needs.
   */
  maxEntryWeight?: number | undefined;
  /**
   * Decides which entry is evicted. `lru()` by default; the others come from
   * `@heapwise/lru/policies`.
   */
  policy?: PolicyFactory | undefined;
  /**
   * Called once with each value that leaves, its key and the cause, when the cache is consistent
   * again. It may call the cache. If it throws, the operation throws its error at the end.
   */
  onRemoval?: RemovalListener<K, V> | undefined;
  /**
   * Fixes the randomness of hashes and policies, and of the jitter of times, to replay a run: an
   * integer. Random by default, which keeps hashes secret.
   */
  seed?: number | undefined;
}

/** Options of one entry. */
export interface CoreSetOptions {
  /** Weight of the entry, instead of the result of `weigh`. Only in a cache with `maxWeight`. */
  weight?: number | undefined;
}

/** New bounds. A bound that is omitted stays. */
export interface CoreResizeOptions {
  /** Maximum number of entries. 0 switches the cache off. */
  max?: number | undefined;
  /** Maximum sum of weights, a positive integer. */
  maxWeight?: number | undefined;
}

/** Sums of two weights up to this one are exact. */
const LARGEST_WEIGHT = 2 ** 52;

export const RESIZE_CHECKS: Checks = {
  max: /* @__PURE__ */ integerChecker(0),
  maxWeight: /* @__PURE__ */ integerChecker(1, LARGEST_WEIGHT),
};
export const SET_CHECKS: Checks = { weight: checkAmount };
export const CORE_CHECKS: Checks = {
  ...RESIZE_CHECKS,
  weigh: checkFunction,
  maxEntryWeight: /* @__PURE__ */ integerChecker(0, LARGEST_WEIGHT),
  policy: checkFunction,
  onRemoval: checkFunction,
  seed: /* @__PURE__ */ checker("an integer", Number.isSafeInteger),
};

/** A copy of the options of a cache. Throws a TypeError or RangeError if they are not allowed. */
export function readCoreOptions<K, V>(given: CoreOptions<K, V>): CoreOptions<K, V> {
  const action = "create core cache";
  const options = readOptions(action, given, CORE_CHECKS);
  for (const name of ["weigh", "maxEntryWeight"] as const) {
    if (options.maxWeight !== undefined || options[name] === undefined) continue;
    refuse(action, `${name} is set alone`, "maxWeight too");
  }
  const { maxEntryWeight = 0, maxWeight = Infinity } = options;
  checkPart(action, "maxEntryWeight", maxEntryWeight, "maxWeight", maxWeight);
  if ((options.max ?? options.maxWeight) === undefined) {
    refuse(action, "no bound is set", "max or maxWeight");
  }
  return options;
}

/** A copy of the options of an entry. Throws a TypeError or RangeError if they are not allowed. */
export function readCoreSetOptions(options: CoreSetOptions): CoreSetOptions {
  return readOptions("set entry", options, SET_CHECKS);
}

/** A copy of new bounds. Throws a TypeError or RangeError if one is not allowed. */
export function readCoreResizeOptions(options: CoreResizeOptions): CoreResizeOptions {
  return readOptions("resize cache", options, RESIZE_CHECKS);
}

/**
 * Throws a TypeError if a factory did not return a policy. Most often the program passed `lru`
 * instead of `lru()`.
 */
export function checkPolicy(policy: unknown): void {
  if (typeof (policy as EvictionPolicy | undefined)?.evict === "function") return;
  refuse("create cache", `policy makes ${print(policy)}`, "an eviction policy, as from lru()");
}
