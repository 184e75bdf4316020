import { checkInteger, checkNumber, checkType, readOptions, refuse } from "../checks.ts";
import { checkClock, type Clock } from "../time/clock.ts";

/**
 * Options of a BufferPool: how much memory it keeps, and how it treats returned buffers.
 *
 * @example
 * ```ts
 * import { BufferPool, type BufferPoolOptions } from "@heapwise/pool";
 *
 * const options: BufferPoolOptions = { maxBytes: 64 * 2 ** 20, onReturn: "zero" };
 * const lease = new BufferPool(options).acquire(4096);
 * lease.value.every((byte) => byte === 0); // => true
 * ```
 */
export interface BufferPoolOptions {
  /**
   * Maximum bytes of all slabs, on loan or not: an integer from 0. If a loan does not fit, the pool
   * lends an ordinary array that it does not keep, or throws if `strict` is true.
   */
  maxBytes: number;
  /**
   * Maximum length of a pooled buffer, in bytes. Longer buffers are ordinary arrays that the pool
   * does not keep, or an error if `strict` is true. The default and the maximum is `maxBytes`, or
   * 2^30 if that is less.
   */
  maxBufferBytes?: number | undefined;
  /**
   * Whether to throw a PoolExhaustedError instead of lending an array that is not pooled: for a
   * length above `maxBufferBytes`, and if `maxBytes` has no room. false by default.
   */
  strict?: boolean | undefined;
  /**
   * What to do with the bytes of a returned buffer: `"keep"` them for the next borrower to see (the
   * default), overwrite them with zeros (`"zero"`), or with 0xdb (`"poison"`).
   */
  onReturn?: "keep" | "zero" | "poison" | undefined;
  /**
   * Milliseconds, from 1: a slab is freed after it was empty for one to two times this time. 10,000
   * by default; Infinity for never. The timer keeps no process alive.
   */
  trimInterval?: number | undefined;
  /** Name of the pool in error messages. "pool" by default. */
  name?: string | undefined;
  /**
   * Detects writes to a buffer after its return, by a view that was kept. Fills each returned
   * buffer with 0xdb, and looks at the bytes before the next loan: if they have changed, `acquire`
   * throws a StaleLeaseError with the stacks of the last loan. Slow: for tests. false by default.
   */
  debug?: boolean | undefined;
  /** Source of time for `trimInterval`. The machine's clock by default. */
  clock?: Clock | undefined;
}

/** The options, with defaults for omitted ones. */
export type BufferPoolSettings = {
  readonly [Name in Exclude<keyof BufferPoolOptions, "clock">]-?: Exclude<
    BufferPoolOptions[Name],
    undefined
  >;
} & { readonly clock: Clock | undefined };

const ACTION = "create pool";
const DEFAULTS = {
  maxBytes: undefined,
  maxBufferBytes: undefined,
  strict: false,
  onReturn: "keep",
  trimInterval: 10_000,
  name: "pool",
  debug: false,
  clock: undefined,
};
const WAYS: readonly unknown[] = ["keep", "zero", "poison"];

/** Maximum length of a pooled buffer: 2^30. A literal, because bundlers keep unused powers. */
const LONGEST = 1_073_741_824;

/** Checks the options of a new pool and adds the defaults. */
export function readBufferPoolSettings(options: BufferPoolOptions): BufferPoolSettings {
  const settings = readOptions<object>(ACTION, options, DEFAULTS) as BufferPoolSettings;
  const { maxBytes, onReturn, clock } = settings;
  checkInteger(ACTION, "maxBytes", maxBytes, 0, Number.MAX_SAFE_INTEGER);
  const longest = Math.min(maxBytes, LONGEST);
  const { maxBufferBytes = longest } = options;
  checkInteger(ACTION, "maxBufferBytes", maxBufferBytes, 0, longest);
  if (!WAYS.includes(onReturn)) {
    refuse(ACTION, "onReturn", onReturn, "'keep', 'zero' or 'poison'", RangeError);
  }
  checkNumber(ACTION, "trimInterval", settings.trimInterval, 1, Infinity);
  checkType(ACTION, "name", settings.name, "string");
  checkType(ACTION, "strict", settings.strict, "boolean");
  checkType(ACTION, "debug", settings.debug, "boolean");
  if (clock !== undefined) checkClock(ACTION, clock);
  return { ...settings, maxBufferBytes };
}
