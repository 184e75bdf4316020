import { checkInteger, checkNumber, checkType, readOptions, refuse } from "../checks.ts";
import { checkClock, type Clock } from "../time/clock.ts";

/** How much memory a buffer pool keeps, and what it does with it. */
export interface BufferPoolOptions {
  /** Most bytes of slabs, lent or not: an integer. What is lent beyond it is not pooled, or refused if `strict`. */
  maxBytes: number;
  /** Longer buffers are made for each loan, and never kept, or refused if `strict`. `maxBytes` by default, and at most 2^30. */
  maxBufferBytes?: number | undefined;
  /**
   * Whether all that is lent comes from slabs: a buffer that is longer than `maxBufferBytes`, or for which
   * `maxBytes` has no room, is a PoolExhaustedError instead of an array that is not pooled. false by default.
   */
  strict?: boolean | undefined;
  /** What happens to the bytes of a buffer that comes back: nothing, zeros, or 0xdb. `'keep'` by default: the next user finds them. */
  onReturn?: "keep" | "zero" | "poison" | undefined;
  /** Slabs that were empty for one to two of these times, in ms, are given back. 10 s by default; Infinity for never. */
  trimInterval?: number | undefined;
  /** What errors call the pool. "pool" by default. */
  name?: string | undefined;
  /** Fill what comes back with 0xdb and look at it before it is lent again: a write through a slice that was kept is a StaleLeaseError. false by default. */
  debug?: boolean | undefined;
  /** Time for trimming; the machine's by default. */
  clock?: Clock | undefined;
}

/** The options with their defaults. */
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

/** The longest buffer that a slab is made for: 2^30. A literal, because bundlers keep unused powers. */
const LONGEST = 1_073_741_824;

/** Checks the options of a new pool and fills in the defaults. */
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
