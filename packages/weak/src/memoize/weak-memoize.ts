import { LRUCache } from "@heapwise/lru";
import { checkCount, checkFunction, readOptions, type Checks } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "../host/can-be-held-weakly.ts";
import { primitiveKey } from "./primitive-key.ts";
import { remember } from "./remember.ts";
import { ABSENT, ResultNode, type Results } from "./result-node.ts";
import { pass } from "../caches/weak-cache-options.ts";

/** Types that are not guessed from this place: the memoized function alone tells what it takes. */
type Given<T> = T extends infer U ? U : never;
type GivenAll<Args extends unknown[]> = Args extends infer A extends unknown[] ? A : never;

/** What a function remembers its calls by, and how many results. */
export interface WeakMemoizeOptions<This = unknown, Args extends unknown[] = unknown[]> {
  /**
   * Most results of calls with primitive arguments alone, and most for each combination of living
   * objects; the least recently used leaves. 1000 by default.
   */
  max?: number | undefined;
  /**
   * Most bytes of the results of calls with primitive arguments alone: a number, a size such as
   * `"64mb"`, or a part of the memory such as `"5%"`. No limit by default.
   */
  maxBytes?: number | string | undefined;
  /**
   * What a call is remembered by, instead of its arguments and `this`: an object, which is held
   * weakly, a primitive, or an array of several of them. Called with the arguments and `this` of each
   * call, which throws what it throws. An array that is itself to be the key goes into another one.
   *
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

/** A function with a memory: called as the original. */
export interface WeakMemoized<This, Args extends unknown[], Result> {
  (this: This, ...args: Args): Result;
  /** Forgets all results, those too of calls that are still running. */
  clear(): void;
}

const CHECKS: Checks = {
  max: checkCount,
  maxBytes: pass,
  key: (_, name, value) => checkFunction("memoize", name, value),
};

/**
 * The function with a memory: calls with equal arguments get the first result again.
 *
 * Arguments are equal as keys of a `Map`, and so is `this` if there is one. A result lives as long as
 * all objects, functions and unique symbols among the arguments, in any position and number, and may refer to
 * them; nothing is kept for dead ones. A call that throws is not remembered. A promise is shared by all
 * who call before it settles, and forgotten when it is rejected. Throws a TypeError or RangeError for
 * what is no function and for a bad option.
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
    // Not stored if `clear` came in between.
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
