import type { Clock, LRUCacheOptions, PolicyFactory } from "@heapwise/lru";
import { checkClock, checkFunction, integerChecker, print } from "@heapwise/lru/slots";
import { checkMinResidence, type MinResidence } from "./residence.ts";
import { readSoftLimit, type Gauge, type SoftLimit } from "./soft/soft-limit.ts";

/** The front: what is held strongly. */
export interface StrongOptions {
  /** Most entries. 1000 by default, where `maxBytes` is left out; 0 for none: the cache is then purely weak. */
  max?: number | undefined;
  /** Most bytes of keys and values, a number or a text like `"64mb"`. No limit by default. */
  maxBytes?: number | string | undefined;
  /** Decides which entry leaves the front. `lru()` by default; others come from `@heapwise/lru/policies`. */
  policy?: PolicyFactory | undefined;
}

/** How much a weak cache holds strongly, how long, and what it tells. */
export interface WeakCacheOptions<K> {
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
   * Called with each key whose value was collected, in a macrotask of its own; not if the key has
   * another value by then, and never for a value that was replaced or deleted.
   */
  onCollect?: ((key: K) => void) | undefined;
  /** Called with errors that are thrown outside of a call, as by `onCollect`. By default they are reported as uncaught. */
  onError?: ((error: unknown) => void) | undefined;
  /** Where the time comes from. By default the host's monotonic time, and its timers. */
  clock?: Clock | undefined;
}

type FrontOptions = Pick<LRUCacheOptions<never, never>, "max" | "policy">;

/** The options as the cache uses them. */
export interface WeakCacheSetup {
  /** Options of the front; undefined for none. */
  readonly strong: FrontOptions | undefined;
  readonly gauge: Gauge | undefined;
}

const checkFrontMax = /* @__PURE__ */ integerChecker(0);

const KNOWN = new Set(["strong", "softLimit", "minResidence", "onCollect", "onError", "clock"]);
const KNOWN_STRONG = new Set(["max", "maxBytes", "policy"]);

/** Throws a TypeError or RangeError for options that are none. What concerns the front alone, the front checks. */
export function readWeakCacheOptions(options: WeakCacheOptions<never>): WeakCacheSetup {
  checkNames("options are", options, KNOWN);
  const { strong = {}, softLimit, minResidence, clock } = options;
  checkNames("strong is", strong, KNOWN_STRONG);
  const { max, maxBytes, policy } = strong;
  if (max !== undefined) {
    checkFrontMax("create cache", "strong.max", max);
  }
  for (const name of ["onCollect", "onError"] as const) {
    if (options[name] !== undefined) checkFunction("create cache", name, options[name]);
  }
  if (policy !== undefined) checkFunction("create cache", "strong.policy", policy);
  if (minResidence !== undefined) checkMinResidence(minResidence);
  if (clock !== undefined) checkClock("create cache", "clock", clock);
  const bounds: FrontOptions = {
    ...(maxBytes === undefined ? { max: max ?? 1000 } : { max, maxBytes }),
    ...(policy !== undefined && { policy }),
  };
  return {
    strong: max === 0 ? undefined : bounds,
    gauge: softLimit === undefined ? undefined : readSoftLimit(softLimit),
  };
}

/** Throws a TypeError for what is no object, or has an option that is not known. */
export function checkNames(subject: string, options: object, known: ReadonlySet<string>): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot create cache: ${subject} ${print(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.has(name)) continue;
    throw new TypeError(
      `Cannot create cache: option "${name}" is not known, expected one of ${[...known].join(", ")}`,
    );
  }
}
