import type { Accounting } from "./accounting.ts";
import { print } from "./print.ts";
import { detectProfile } from "./profile/detect-profile.ts";
import type { EngineProfile } from "./profile/profile.ts";
import { ErrorBounds } from "./walk/error-bounds.ts";
import { primitiveBytes } from "./walk/primitives.ts";
import { readTree } from "./walk/tree.ts";
import { Walk, type ReadTree } from "./walk/walk.ts";
import type { Sharing, WalkOptions } from "./walk/walk-options.ts";

/** How to count. */
export interface SizeOfOptions {
  /** Layout of the engine; that of the running one by default. */
  profile?: EngineProfile | undefined;
  /** Values to leave out, with what only they hold. Called for objects, functions, texts, bigints and symbols. */
  exclude?: ((value: unknown) => boolean) | undefined;
  /** What is in it counts nothing, and what this size counts is added to it. */
  seen?: Accounting | undefined;
  /** Called with the parts that several values may hold, and decides whether they count. */
  share?: Sharing | undefined;
  /**
   * Your word that the value is a tree of data as from `JSON.parse`: no getters, no proxies, no symbols
   * for keys, and no object that is reached by two paths. `sizeOf` takes a fraction of the time then, if it
   * has no `exclude`, `seen` or `share`; other functions do not use it. A getter that is there after all is
   * run; an object that is reached twice counts twice. False by default.
   */
  plain?: boolean | undefined;
}

/** How to measure, or to tally. */
export interface MeasureOptions extends SizeOfOptions {
  /** The walk stops when it has found more bytes than these. No limit by default. */
  limit?: number | undefined;
}

/** What one walk finds out. */
export interface Tally {
  /** The size, as `sizeOf` gives it. */
  bytes: number;
  /** Bytes outside of the heap, in backing buffers; `bytes` includes them. */
  external: number;
  /** Objects that were visited. */
  objects: number;
  /** Objects that hold something out of sight: closures, private fields, natives, proxies, and the like. */
  opaque: number;
  /** Whether the walk stopped at `limit`. */
  truncated: boolean;
}

/** What is known of the size of a value. */
export interface Measurement extends Tally {
  /** The engine takes at least so many. */
  min: number;
  /** The engine takes at most so many; Infinity if a part is out of sight, or was not looked at. */
  max: number;
  /** Bytes of the value without what it refers to. */
  shallow: number;
}

/**
 * Bytes that can be reached from a value: heap, and backing buffers outside of it. Each object counts
 * once. Prototypes, classes, registered symbols and the global object belong to engine and program, and count nothing.
 *
 * No getter runs, and no trap of a proxy in Node, Deno and Bun; in browsers, where nothing tells of
 * proxies, `get` traps never run. Rethrows what `exclude`, `share` and a `[SIZE]()` throw. Throws a
 * TypeError for a bad option, and a RangeError for a `[SIZE]()` that returns no size.
 *
 * ```ts
 * import { sizeOf } from "@heapwise/sizeof";
 *
 * sizeOf(new Uint8Array(1000)) > 1000; // => true
 * ```
 */
export function sizeOf(value: unknown, options: SizeOfOptions = {}): number {
  // Most keys of caches are short texts or numbers, for which a walk would be a detour.
  const { exclude, profile } = check(options, "size value", SIZE_OPTIONS);
  const isSimple = typeof value === "string" || typeof value === "number";
  if (isSimple && exclude === undefined) return primitiveBytes(value, profile ?? detectProfile());
  const { seen, share, plain } = options;
  const isBare = plain && !exclude && !seen && !share;
  return walked(value, options, Infinity, false, undefined, isBare ? readTree : undefined).bytes;
}

/**
 * The size of a value, bytes, with what else one walk finds out. Throws as `sizeOf` does, and a
 * RangeError for a limit below 0.
 *
 * ```ts
 * import { tally } from "@heapwise/sizeof";
 *
 * const value = { id: 1, body: new Uint8Array(1000) };
 * tally(value, { limit: 1_000_000 }).external; // => 1000
 * tally(value, { limit: 100 }).truncated; // => true
 * ```
 */
export function tally(value: unknown, options: MeasureOptions = {}): Tally {
  const { limit = Infinity } = check(options, "tally value", LIMITED_OPTIONS);
  const { bytes, external, objects, opaque, isOver } = walked(value, options, limit);
  return { bytes, external, objects, opaque, truncated: isOver };
}

/**
 * What a cache that is bounded in bytes charges for a value, bytes: the size, and a part of the room that
 * arrays and objects have to spare if they were filled step by step, which nothing shows. For caches:
 * options are not checked. Throws what `exclude`, `share` and a `[SIZE]()` throw.
 *
 * ```ts
 * import { chargeOf, sizeOf } from "@heapwise/sizeof";
 *
 * const record = { id: 1, tags: [] };
 * chargeOf(record).bytes - sizeOf(record) > 0; // => true
 * ```
 */
export function chargeOf(
  value: unknown,
  options: WalkOptions & { limit?: number | undefined } = {},
): Pick<Tally, "bytes" | "opaque" | "truncated"> {
  const { limit = Infinity, profile = detectProfile() } = options;
  // A text that is longer than the limit is not read, so that takes a walk.
  if (typeof value === "number" || (typeof value === "string" && value.length <= limit)) {
    const bytes = primitiveBytes(value, profile);
    return { bytes, opaque: 0, truncated: bytes > limit };
  }
  const { bytes, opaque, isOver } = walked(value, options, limit, true);
  return { bytes, opaque, truncated: isOver };
}

/**
 * Whether a value takes more than `limit` bytes. Stops there, and never walks the rest. Throws as `sizeOf`
 * does, and a RangeError for a limit below 0.
 *
 * ```ts
 * import { exceeds } from "@heapwise/sizeof";
 *
 * exceeds("x".repeat(1000), 100); // => true
 * ```
 */
export function exceeds(value: unknown, limit: number, options: SizeOfOptions = {}): boolean {
  checkOption("compare size", "limit", limit);
  return walked(value, check(options, "compare size", SIZE_OPTIONS), limit).isOver;
}

/**
 * The size of a value with its bounds, bytes: `min <= truth <= max`, which is Infinity if a part is out of
 * sight. Throws as `tally` does.
 *
 * ```ts
 * import { measure } from "@heapwise/sizeof";
 *
 * const { min, bytes, max } = measure([1, 2, 3]);
 * min <= bytes && bytes <= max; // => true
 * measure(() => 1).max; // => Infinity
 * ```
 */
export function measure(value: unknown, options: MeasureOptions = {}): Measurement {
  check(options, "measure value", LIMITED_OPTIONS);
  const { limit = Infinity, profile: given = detectProfile() } = options;
  const bounds = new ErrorBounds(given);
  const walk = walked(value, options, limit, false, bounds);
  const { low, high } = bounds;
  const { bytes, external, objects, opaque, isOver, profile } = walk;
  return {
    bytes,
    min: Math.max(0, bytes - low),
    max: opaque > 0 || isOver ? Infinity : bytes + high,
    shallow: shallow(value, profile, limit),
    external,
    objects,
    opaque,
    truncated: isOver,
  };
}

/**
 * Bytes of a value alone: of an object its fields, of an array, Map or Set the room for references, of a typed
 * array its buffer too. Throws a TypeError for a bad option.
 *
 * ```ts
 * import { shallowSizeOf } from "@heapwise/sizeof";
 *
 * shallowSizeOf(["x".repeat(1000)]) < 100; // => true
 * ```
 */
export function shallowSizeOf(
  value: unknown,
  options: Pick<SizeOfOptions, "profile"> = {},
): number {
  const { profile = detectProfile() } = check(options, "size value", SHALLOW_OPTIONS);
  return shallow(value, profile, Infinity);
}

function shallow(value: unknown, profile: EngineProfile, limit: number): number {
  const exclude = (held: unknown): boolean => held !== value;
  return walked(value, { profile, exclude }, limit).bytes;
}

/**
 * The walk that did the last size, and does the next. V8 throws away what it has compiled for a class
 * when a collection finds no instance of it.
 */
let idle: Walk | undefined;

/** The walk with its sums, which are good until the next size. Its parameters are those of `run`. */
function walked(
  value: unknown,
  options: WalkOptions,
  limit: number,
  spare = false,
  bounds?: ErrorBounds,
  tree?: ReadTree,
): Walk {
  const walk = idle ?? new Walk();
  // Code of the caller may size something meanwhile.
  idle = undefined;
  try {
    walk.run(value, options, limit, spare, bounds, tree);
  } finally {
    walk.clear();
    idle = walk;
  }
  return walk;
}

/** What each option has to be. */
const RULES: Readonly<Record<string, readonly [is: (value: never) => unknown, expected: string]>> =
  {
    profile: [(profile: EngineProfile) => typeof profile?.slot === "number", "an engine profile"],
    exclude: [(exclude) => typeof exclude === "function", "a function"],
    // Of another copy of the package too. A set has `forEach`, and tells nothing by its `add`.
    seen: [(seen: Partial<Accounting>) => seen?.clear && !("forEach" in seen), "an Accounting"],
    share: [
      (share: Sharing) =>
        (share?.parts === "large" || share?.parts === "all") && typeof share.charge === "function",
      'an object with parts, "large" or "all", and charge()',
    ],
    plain: [(plain) => typeof plain === "boolean", "a boolean"],
    limit: [(limit) => typeof limit === "number" && limit >= 0, "a number >= 0"],
  };
const SHALLOW_OPTIONS: readonly string[] = ["profile"];
const SIZE_OPTIONS: readonly string[] = ["profile", "exclude", "seen", "share", "plain"];
const LIMITED_OPTIONS: readonly string[] = [
  "profile",
  "exclude",
  "seen",
  "share",
  "plain",
  "limit",
];

/** The options, if all are known and right. Throws a TypeError, or a RangeError for a limit below 0. */
function check<Options extends object>(
  options: Options,
  action: string,
  known: readonly string[],
): Options {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot ${action}: options are ${print(options)}, expected an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      throw new TypeError(
        `Cannot ${action}: option "${name}" is not known, expected one of ${known.join(", ")}`,
      );
    }
    if (value !== undefined) checkOption(action, name, value);
  }
  return options;
}

function checkOption(action: string, name: string, value: unknown): void {
  const [is, expected] = RULES[name]!;
  if (is(value as never)) return;
  const kind = name === "limit" && typeof value === "number" ? RangeError : TypeError;
  throw new kind(`Cannot ${action}: ${name} is ${print(value)}, expected ${expected}`);
}
