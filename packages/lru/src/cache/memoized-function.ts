import { LRUCache } from "./lru-cache.ts";
import { checkFunction } from "../checks/read-options.ts";
import { isThenable } from "../checks/is-thenable.ts";
import type { LRUCacheOptions } from "./options.ts";

type AnyFunction = (this: never, ...args: never[]) => unknown;

/**
 * Options of `memoize`: the options of a cache except the loaders, and how a call becomes a key.
 * Without a bound, `max` is 1000.
 */
export interface MemoizeOptions<F extends AnyFunction> extends Omit<
  LRUCacheOptions<unknown, Awaited<ReturnType<F>>>,
  "load" | "loadMany" | "batch"
> {
  /**
   * The key of a call. By default a single argument is the key itself, compared as in a `Map`,
   * and several arguments are combined into one key, objects by their identity. An AbortSignal
   * among the arguments is such an object: each call with another signal has another key, and
   * shares nothing. Give a function that ignores the signal, such as `(id, _signal) => id`; then
   * the signal of the first call aborts the call that all of them share.
   */
  key?: ((...args: Parameters<F>) => unknown) | undefined;
}

/** A memoized function. It is called as the original one is, and gives access to its caches. */
export interface Memoized<F extends AnyFunction> {
  /** Calls the function, or returns the remembered result. */
  (this: ThisParameterType<F>, ...args: Parameters<F>): ReturnType<F>;
  /** The cache of calls without `this`, or of calls on an object. */
  cacheOf(object?: object): LRUCache<unknown, Awaited<ReturnType<F>>>;
  /** The key of a call with these arguments, for use with the cache. */
  keyOf(...args: Parameters<F>): unknown;
}

const DEFAULT_MAX = 1000;

/** A cache that stores undefined like any other result, since a function may return it. */
class ResultCache<V> extends LRUCache<unknown, V> {
  protected override get keepsUndefined(): boolean {
    return true;
  }
}

/**
 * A function that remembers its results. Calls with the same key share a result until it leaves
 * the cache. Errors are not remembered.
 *
 * The function counts as asynchronous once a call of it has returned a promise. From then on
 * concurrent calls for one key share one promise, a rejection reaches all of them and is not
 * stored, and `refreshAfter` and the stale windows work. If it is called as a method, each object
 * has a cache of its own, which lives as long as the object and does not keep it alive.
 *
 * @param fn the function, which keeps its name and length
 * @param options a bound, and other options of a cache; `max: 1000` by default
 * @throws {TypeError} if `fn` or `key` is not a function, or an option is not allowed
 * @throws {RangeError} if a number among the options is out of range
 *
 * @example
 * ```ts
 * import { memoize } from "@heapwise/lru/memoize";
 *
 * let calls = 0;
 * const area = memoize((width: number, height: number) => {
 *   calls++;
 *   return width * height;
 * });
 * area(2, 3); // => 6
 * area(2, 3); // => 6
 * calls; // => 1
 * area.cacheOf().size; // => 1
 * ```
 */
export function memoize<F extends AnyFunction>(
  fn: F,
  options: MemoizeOptions<F> = {},
): Memoized<F> {
  type Value = Awaited<ReturnType<F>>;
  checkFunction("memoize", "function", fn);
  const { key: keyOption, ...rest } = options;
  if (keyOption !== undefined) checkFunction("memoize", "key", keyOption);
  const keyOf = keyOption ?? createKeyOf();
  const { max, maxWeight, maxBytes, unbounded } = rest;
  const isBounded = [max, maxWeight, maxBytes, unbounded].some((bound) => bound !== undefined);
  const cacheOptions: LRUCacheOptions<unknown, Value> = isBounded
    ? rest
    : { ...rest, max: DEFAULT_MAX };
  const shared = new ResultCache<Value>(cacheOptions);
  const caches = new WeakMap<object, LRUCache<unknown, Value>>();
  const cacheOf = (object?: unknown): LRUCache<unknown, Value> => {
    if (!isObject(object) || object === globalThis) return shared;
    let cache = caches.get(object);
    if (cache === undefined) caches.set(object, (cache = new ResultCache(cacheOptions)));
    return cache;
  };
  let isAsync: boolean | undefined;
  function memoized(this: ThisParameterType<F>, ...args: Parameters<F>): ReturnType<F> {
    const cache = cacheOf(this);
    const key = keyOf(...args);
    const call = (): Value => Reflect.apply(fn, this, args) as Value;
    if (isAsync === true) return cache.getOrLoad(key, call) as ReturnType<F>;
    const isFirst = isAsync === undefined;
    if (!isFirst) {
      const known = cache.get(key);
      if (known !== undefined || cache.has(key)) {
        return (known ?? cache.peek(key)) as ReturnType<F>;
      }
    }
    const value = call();
    isAsync = isThenable(value);
    if (isAsync) {
      // If the cache has the key already, or is disposed of, no call waits for the promise.
      (value as PromiseLike<unknown>).then(undefined, () => {});
      return cache.getOrLoad(key, () => value) as ReturnType<F>;
    }
    if (isFirst) return cache.getOrInsert(key, value) as ReturnType<F>;
    cache.set(key, value);
    return value as ReturnType<F>;
  }
  Object.defineProperty(memoized, "name", { value: fn.name, configurable: true });
  Object.defineProperty(memoized, "length", { value: fn.length, configurable: true });
  return Object.assign(memoized, { cacheOf, keyOf }) as Memoized<F>;
}

/**
 * Keys of calls with several arguments begin with this text. A single argument that begins with
 * it is treated like several.
 */
const COMBINED = "\0";

/** Makes keys of arguments. Objects and symbols get numbers, which do not keep them alive. */
function createKeyOf(): (...args: unknown[]) => unknown {
  const numbers = new WeakMap<WeakKey, number>();
  let count = 0;
  const numberOf = (value: WeakKey): number => {
    const number = numbers.get(value) ?? ++count;
    numbers.set(value, number);
    return number;
  };
  const textOf = (value: unknown): string => {
    if (typeof value === "string") return `${value.length}:${value}`;
    if (isObject(value)) return `#${numberOf(value)}`;
    if (typeof value === "bigint") return `n${value}`;
    if (typeof value !== "symbol") return `=${value as number}`;
    const registered = Symbol.keyFor(value);
    return registered === undefined ? `#${numberOf(value as never)}` : `@${textOf(registered)}`;
  };
  return (...args) => {
    const [only] = args;
    if (args.length === 1 && !(typeof only === "string" && only.startsWith(COMBINED))) return only;
    return COMBINED + args.map(textOf).join(",");
  };
}

function isObject(value: unknown): value is object {
  return typeof value === "function" || (typeof value === "object" && value !== null);
}
