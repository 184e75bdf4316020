import { LRUCache } from "@heapwise/lru";
import { checkCount, checkFunction, readOptions, type Checks } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { primitiveKey } from "./primitive-key.ts";
import { remember } from "./remember.ts";
import { ABSENT, ResultNode, type Results } from "./result-node.ts";
import { pass } from "../caches/weak-cache-options.ts";

/**
 * Keeps TypeScript from inferring these types from the options: only the memoized function decides
 * them.
 */
type Given<T> = T extends infer U ? U : never;
type GivenAll<Args extends unknown[]> = Args extends infer A extends unknown[] ? A : never;

/** Options of `weakMemoize`: the key of a call, and the bounds of the results. */
export interface WeakMemoizeOptions<This = unknown, Args extends unknown[] = unknown[]> {
  /**
   * Maximum number of results of calls with primitive arguments alone, and for each combination of
   * living objects the maximum number of results. The least recently used result is dropped. 1000
   * by default.
   */
  max?: number | undefined;
  /**
   * Maximum bytes of the results of calls with primitive arguments alone: a number, a size such as
   * `"64mb"`, or a part of the memory such as `"5%"`. No limit by default.
   */
  maxBytes?: number | string | undefined;
  /**
   * Returns the key of a call, which is used instead of its arguments and `this`: an object, which
   * is held weakly, a primitive, or an array of several of them. If an array itself is the key, put
   * it into another array. Called at each call with its arguments and `this`; if it throws, the
   * call throws the same error.
   *
   * @example
   * ```ts
   * import { weakMemoize } from "@heapwise/weak";
   *
   * const read = (path: string, _signal?: AbortSignal) => ({ path });
   * const recall = weakMemoize(read, { key: (path) => path });
   * recall("a", AbortSignal.timeout(50)) === recall("a"); // => true
   * ```
   */
  key?: ((this: Given<This>, ...args: GivenAll<Args>) => unknown) | undefined;
}

/** A memoized function. It is called as the original, and has its `name` and `length`. */
export interface WeakMemoized<This, Args extends unknown[], Result> {
  (this: This, ...args: Args): Result;
  /** Forgets all results. The results of calls that are still running are not stored. */
  clear(): void;
}

const CHECKS: Checks = {
  max: checkCount,
  maxBytes: pass,
  key: (_, name, value) => checkFunction("memoize", name, value),
};

/**
 * Returns a memoized function: a call with the same arguments as an earlier call gets the result of
 * that call.
 *
 * Arguments are compared as keys of a `Map`, and so is `this` if there is one. A result lives as
 * long as all objects, functions and unique symbols among the arguments, in any position and
 * number, and may refer to them. Nothing is kept for arguments that were collected.
 *
 * A call that throws is not remembered. Calls that come before a promise settles share it; if it
 * rejects, it is forgotten.
 *
 * @throws {TypeError} if `fn` is not a function
 * @throws {TypeError | RangeError} if an option is unknown or invalid
 * @example
 * ```ts
 * import { weakMemoize } from "@heapwise/weak";
 *
 * let calls = 0;
 * const scale = weakMemoize((factor: number, point: { x: number }) => {
 *   calls++;
 *   return { x: factor * point.x };
 * });
 * const point = { x: 2 };
 * scale(3, point) === scale(3, point); // => true
 * calls; // => 1
 * ```
 */
export function weakMemoize<This, Args extends unknown[], Result>(
  fn: (this: This, ...args: Args) => Result,
  options: WeakMemoizeOptions<This, Args> = {},
): WeakMemoized<This, Args, Result> {
  checkFunction("memoize", "function", fn);
  const { max = 1000, maxBytes, key: keyOf } = readOptions("create cache", options, CHECKS);
  const primitives = new LRUCache<unknown, unknown>({ max, maxBytes });
  let [root, rootWithThis] = [new ResultNode(), new ResultNode()];

  const loose: Results = {
    find: (key) => {
      const found = primitives.get(key);
      return found !== undefined || primitives.has(key) ? found : ABSENT;
    },
    store: (key, result) => void primitives.set(key, result),
    forget: (key, result) => {
      if (primitives.peek(key) === result) primitives.delete(key);
    },
  };

  function recall(self: unknown, parts: readonly unknown[], caller: This, args: Args): Result {
    const start = self === undefined ? root : rootWithThis;
    let node = start;
    let strong = 0;
    if (canBeHeldWeakly(self)) node = node.nextOrNew(self);
    else if (self !== undefined) strong++;
    for (const part of parts) {
      if (canBeHeldWeakly(part)) node = node.nextOrNew(part);
      else strong++;
    }
    const isLoose = node === start;
    const key = !isLoose && strong === 0 ? ABSENT : primitiveKey(self, parts);
    const found = isLoose ? loose.find(key) : node.find(key);
    if (found !== ABSENT) return found as Result;
    const before = root;
    const result = fn.apply(caller, args);
    // Not stored if `clear` was called during the call.
    return before === root ? remember(result, isLoose ? loose : node, key, max) : result;
  }

  function memoized(this: This, ...args: Args): Result {
    if (keyOf === undefined) return recall(this, args, this, args);
    const key: unknown = Reflect.apply(keyOf, this, args);
    return recall(undefined, Array.isArray(key) ? key : [key], this, args);
  }

  Object.defineProperties(memoized, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
    clear: {
      value: () => {
        [root, rootWithThis] = [new ResultNode(), new ResultNode()];
        primitives.clear();
      },
    },
  });
  return memoized as WeakMemoized<This, Args, Result>;
}
