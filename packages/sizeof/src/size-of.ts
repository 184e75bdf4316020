import type { Accounting } from "./accounting.ts";
import { print } from "./print.ts";
import { detectProfile } from "./profile/detect-profile.ts";
import type { EngineProfile } from "./profile/profile.ts";
import { ErrorBounds } from "./walk/error-bounds.ts";
import { primitiveBytes } from "./walk/primitives.ts";
import { readTree } from "./walk/tree.ts";
import { Walk, type ReadTree } from "./walk/walk.ts";
import type { Sharing, WalkOptions } from "./walk/walk-options.ts";

/**
 * How to count. `sizeOf` and `exceeds` take these options; `measure` and `tally` take a `limit` in
 * addition.
 *
 * @example
 * ```ts
 * import { sizeOf, type SizeOfOptions } from "@heapwise/sizeof";
 *
 * const schema = { fields: ["id", "name"] };
 * const options: SizeOfOptions = { exclude: (value) => value === schema };
 * sizeOf({ schema, id: 1 }, options) < sizeOf({ schema, id: 1 }); // => true
 * ```
 */
export interface SizeOfOptions {
  // What counts

  /**
   * Called with each object, function, text, bigint and symbol. If it returns true, the value does
   * not count, and neither do the things that only this value holds. An error that it throws
   * reaches the caller. By default everything counts.
   */
  exclude?: ((value: unknown) => boolean) | undefined;
  /**
   * Objects that were charged before. They count nothing, and each object that this size counts is
   * added. Pass the same `Accounting` to several calls, and an object that two values share counts
   * once.
   */
  seen?: Accounting | undefined;
  /**
   * Decides whether the parts that several values may hold count: the blocks of buffers, or every
   * object. By default all of them count.
   */
  share?: Sharing | undefined;

  // How it counts

  /** Layout of the engine to count with. The layout of the running engine by default. */
  profile?: EngineProfile | undefined;
  /**
   * Your promise that the value is a plain tree as `JSON.parse` returns it: no getters, no proxies,
   * no symbols as keys, and no object that is reached by two paths. `sizeOf` then takes about a
   * fifth of the time, if it has no `exclude`, `seen` or `share`. The other functions ignore the
   * option. If the promise is wrong, getters run, and an object that two paths lead to counts
   * twice. A cycle ends nevertheless. False by default.
   */
  plain?: boolean | undefined;
}

/** Options of `measure` and `tally`. */
export interface MeasureOptions extends SizeOfOptions {
  /**
   * Bytes. The walk stops when it has found more, and the result has `truncated: true`. A number of
   * at least 0. Infinity by default, which means that the whole value is read.
   */
  limit?: number | undefined;
}

/** The result of `tally`: what one walk through a value finds. */
export interface Tally {
  /** Size in bytes: heap, and backing buffers outside the heap. */
  bytes: number;
  /** Bytes of the backing buffers outside the heap, which `bytes` includes. */
  external: number;
  /** Number of objects that were visited. */
  objects: number;
  /**
   * Number of visited objects with a part that can't be seen: closures, private fields, proxies,
   * promises, regular expressions, errors, and objects of the platform. `bytes` has an estimate of
   * them.
   */
  opaque: number;
  /** Whether the walk stopped at `limit`, so that `bytes` is too low. */
  truncated: boolean;
}

/** The result of `measure`: the size of a value, with its bounds. */
export interface Measurement extends Tally {
  /** Lower bound in bytes: the engine takes at least this many. */
  min: number;
  /**
   * Upper bound in bytes: the engine takes at most this many. Infinity if a part can't be seen
   * (`opaque` is above 0), or was not read (`truncated` is true).
   */
  max: number;
  /** Bytes of the value alone, as `shallowSizeOf` returns them. */
  shallow: number;
}

/**
 * The size of a value in bytes: everything that can be reached from it, in the heap and in backing
 * buffers outside. Each object counts once, and cycles end. Prototypes, classes, registered symbols
 * and the global object belong to the program and count nothing.
 *
 * No getter of the value runs, and no trap of a proxy on Node, Deno and Bun. In a browser, where a
 * proxy can't be recognized, `get` traps never run, but other traps may.
 *
 * The time grows with the number of properties (docs/sizeof.md). Use `exceeds` if you only need to
 * know whether a value is too large, `measure` if you need to know how exact the size is, and
 * `plain: true` for parsed JSON.
 *
 * @param value Any value. A primitive that is stored in its slot, such as `true` or 7, has 0 bytes.
 * @returns A whole number of bytes. An estimate for closures, private fields and other things that
 *   can't be seen; `measure` says whether there are any.
 * @throws {TypeError} if an option is not known or has the wrong type.
 * @throws {RangeError} if a `[SIZE]()` method returns anything but a finite number of at least 0.
 *   Errors of `exclude`, `share` and `[SIZE]()` reach the caller too.
 *
 * @example
 * ```ts
 * import { sizeOf } from "@heapwise/sizeof";
 *
 * sizeOf({ id: 1, name: "Ada Lovelace", tags: ["math", "code"] }) > 100; // => true
 * sizeOf(new Uint8Array(1000)) > 1000; // => true
 * sizeOf(JSON.parse('[{ "a": 1.5 }]'), { plain: true }) > 0; // => true
 * sizeOf(1, { plane: true } as never); // => throws TypeError
 * ```
 */
export function sizeOf(value: unknown, options: SizeOfOptions = {}): number {
  // Most keys of caches are short texts or numbers, which need no walk.
  const { exclude, profile } = check(options, "size value", SIZE_OPTIONS);
  const isSimple = typeof value === "string" || typeof value === "number";
  if (isSimple && exclude === undefined) return primitiveBytes(value, profile ?? detectProfile());
  const { seen, share, plain } = options;
  const isBare = plain && !exclude && !seen && !share;
  return walked(value, options, Infinity, false, undefined, isBare ? readTree : undefined).bytes;
}

/**
 * The size of a value in bytes, with the counts of one walk. Takes as long as `sizeOf`; `measure`
 * takes longer, and returns bounds in addition.
 *
 * @throws {TypeError} if an option is not known or has the wrong type.
 * @throws {RangeError} if `limit` is below 0 or NaN, or if a `[SIZE]()` method returns no size.
 *   Errors of `exclude`, `share` and `[SIZE]()` reach the caller too.
 *
 * @example
 * ```ts
 * import { tally } from "@heapwise/sizeof";
 *
 * const value = { id: 1, body: new Uint8Array(1000) };
 * const { external, objects, truncated } = tally(value, { limit: 1_000_000 });
 * external; // => 1000
 * objects; // => 3
 * truncated; // => false
 * tally(value, { limit: 100 }).truncated; // => true
 * ```
 */
export function tally(value: unknown, options: MeasureOptions = {}): Tally {
  const { limit = Infinity } = check(options, "tally value", LIMITED_OPTIONS);
  const { bytes, external, objects, opaque, isOver } = walked(value, options, limit);
  return { bytes, external, objects, opaque, truncated: isOver };
}

/**
 * The charge of a value in a cache with a bound in bytes: its size, and a part of the room that
 * arrays and objects have to spare if they were filled step by step. That room can't be seen, so
 * `sizeOf` does not count it.
 *
 * Made for caches, which call it for each `set`: its options are not checked, and it ignores
 * `plain`.
 *
 * @returns `bytes`, `opaque` and `truncated`, as in a `Tally`.
 * @throws {RangeError} if a `[SIZE]()` method returns no size. Errors of `exclude`, `share` and
 *   `[SIZE]()` reach the caller too.
 *
 * @example
 * ```ts
 * import { chargeOf, sizeOf } from "@heapwise/sizeof";
 *
 * const record = { id: 1, tags: [] };
 * chargeOf(record).bytes - sizeOf(record) > 0; // => true
 * chargeOf("x".repeat(1000), { limit: 100 }).truncated; // => true
 * ```
 */
export function chargeOf(
  value: unknown,
  options: WalkOptions & { limit?: number | undefined } = {},
): Pick<Tally, "bytes" | "opaque" | "truncated"> {
  const { limit = Infinity, profile = detectProfile() } = options;
  // A text that is longer than the limit must not be read, and the walk takes care of that.
  if (typeof value === "number" || (typeof value === "string" && value.length <= limit)) {
    const bytes = primitiveBytes(value, profile);
    return { bytes, opaque: 0, truncated: bytes > limit };
  }
  const { bytes, opaque, isOver } = walked(value, options, limit, true);
  return { bytes, opaque, truncated: isOver };
}

/**
 * Whether a value takes more than `limit` bytes. Stops as soon as it knows: it reads no more
 * objects than the limit needs, and no text that is longer than the limit.
 *
 * @param limit Bytes, a number of at least 0.
 * @throws {TypeError} if `limit` is not a number, or if an option is not known or has the wrong
 *   type.
 * @throws {RangeError} if `limit` is below 0 or NaN, or if a `[SIZE]()` method returns no size.
 *   Errors of `exclude`, `share` and `[SIZE]()` reach the caller too.
 *
 * @example
 * ```ts
 * import { exceeds } from "@heapwise/sizeof";
 *
 * exceeds("x".repeat(1000), 100); // => true
 * exceeds({ id: 1 }, 1_000_000); // => false
 * exceeds({ id: 1 }, -1); // => throws RangeError
 * ```
 */
export function exceeds(value: unknown, limit: number, options: SizeOfOptions = {}): boolean {
  checkOption("compare size", "limit", limit);
  return walked(value, check(options, "compare size", SIZE_OPTIONS), limit).isOver;
}

/**
 * The size of a value in bytes, with its bounds: the engine takes at least `min` and at most `max`
 * bytes.
 *
 * The bounds are wide if the value has something whose size depends on how it was made: texts that
 * may be concatenations or slices, arrays that may have been pushed to, objects that may be hash
 * tables. `max` is Infinity if a part can't be seen. Takes longer than `sizeOf`, because each
 * object is searched for hidden keys: arrays up to 65,536 elements, and typed arrays up to 1,024.
 *
 * @throws {TypeError} if an option is not known or has the wrong type.
 * @throws {RangeError} if `limit` is below 0 or NaN, or if a `[SIZE]()` method returns no size.
 *   Errors of `exclude`, `share` and `[SIZE]()` reach the caller too.
 *
 * @example
 * ```ts
 * import { measure } from "@heapwise/sizeof";
 *
 * const { min, bytes, max, opaque } = measure([1, 2, 3]);
 * min <= bytes && bytes <= max; // => true
 * opaque; // => 0
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
 * Bytes of a value without the values that it holds: an object with its fields, an array, Map or
 * Set with the room for its elements, a typed array with its bytes only if they are in the heap (V8
 * stores up to 64 bytes there).
 *
 * @param options Only `profile`, the layout to count with.
 * @throws {TypeError} if an option is not known or has the wrong type.
 *
 * @example
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
 * The walk of the last size, which is used again for the next one. If a collection finds no
 * instance of a class, V8 throws away the code that it has compiled for the class.
 */
let idle: Walk | undefined;

/**
 * Walks through a value. Returns the walk with its sums, which are valid until the next size. Has
 * the parameters of `Walk.run`.
 */
function walked(
  value: unknown,
  options: WalkOptions,
  limit: number,
  spare = false,
  bounds?: ErrorBounds,
  tree?: ReadTree,
): Walk {
  const walk = idle ?? new Walk();
  // Code of the caller may ask for another size during the walk. That size takes a new walk.
  idle = undefined;
  try {
    walk.run(value, options, limit, spare, bounds, tree);
  } finally {
    walk.clear();
    idle = walk;
  }
  return walk;
}

/** The check of each option, and what an error says is expected. */
const RULES: Readonly<Record<string, readonly [is: (value: never) => unknown, expected: string]>> =
  {
    profile: [(profile: EngineProfile) => typeof profile?.slot === "number", "an engine profile"],
    exclude: [(exclude) => typeof exclude === "function", "a function"],
    // An Accounting of another copy of the package is fine. A Set, whose `add` returns the set, is
    // not.
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

/**
 * Returns the options.
 *
 * @throws {TypeError} if an option is not known or has the wrong type.
 * @throws {RangeError} if `limit` is below 0 or NaN.
 */
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
