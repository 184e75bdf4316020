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

/** How many entries a cache holds, or how much weight, and what it tells of those that leave. */
export interface CoreOptions<K, V> {
  /**
   * Most entries, an integer >= 0. The cache never holds more; with 0 it is switched off, and refuses each
   * entry as one that is too heavy. No limit by default.
   */
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
  /** Decides which entry leaves. `lru()` by default; others come from `@heapwise/lru/policies`. */
  policy?: PolicyFactory | undefined;
  /** Hears of each value that leaves and why, once, when the cache is consistent again. */
  onRemoval?: RemovalListener<K, V> | undefined;
  /** Fixes the randomness of hashes and policies, for replay: an integer. Random by default, which keeps hashes secret. */
  seed?: number | undefined;
}

/** Choices for one entry. */
export interface CoreSetOptions {
  /** Weight of the entry, instead of what `weigh` returns. Only in a cache with `maxWeight`. */
  weight?: number | undefined;
}

/** New bounds; one that is left out stays. */
export interface CoreResizeOptions {
  /** 0 switches the cache off. */
  max?: number | undefined;
  maxWeight?: number | undefined;
}

/** Sums of two weights stay exact. */
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

/** A copy of the options of a cache. Throws a TypeError or RangeError for what is none. */
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

/** A copy of options of `set`. Throws for what is none. */
export function readCoreSetOptions(options: CoreSetOptions): CoreSetOptions {
  return readOptions("set entry", options, SET_CHECKS);
}

/** A copy of new bounds. Throws for what is none. */
export function readCoreResizeOptions(options: CoreResizeOptions): CoreResizeOptions {
  return readOptions("resize cache", options, RESIZE_CHECKS);
}

/** Throws a TypeError for what a factory made that is no policy; most often the factory was not called. */
export function checkPolicy(policy: unknown): void {
  if (typeof (policy as EvictionPolicy | undefined)?.evict === "function") return;
  refuse("create cache", `policy makes ${print(policy)}`, "an eviction policy, as from lru()");
}
