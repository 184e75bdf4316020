import { LRUCache } from "./lru-cache.ts";
import { checkFunction } from "../checks/read-options.ts";
import { isThenable } from "../checks/is-thenable.ts";
import type { LRUCacheOptions } from "./options.ts";

type AnyFunction = (this: never, ...args: never[]) => unknown;

/** Options of a cache, and how a call becomes a key. Without a bound, `max` is 1000. */
export interface MemoizeOptions<F extends AnyFunction> extends Omit<
  LRUCacheOptions<unknown, Awaited<ReturnType<F>>>,
  "load" | "loadMany" | "batch"
> {
  /**
   * The key of a call. By default one argument is the key itself, compared as in a `Map`, and several
   * are combined into one, objects by their identity. An AbortSignal among the arguments is such an
   * object: each call with another signal is a key of its own, and neither shares nor remembers. Give a
   * function here that leaves it out, as `key: (id, _signal) => id`; then the signal of the first call
   * aborts the call that all of them share.
   */
  key?: ((...args: Parameters<F>) => unknown) | undefined;
}

/** A memoized function: called as the original, with its cache at hand. */
export interface Memoized<F extends AnyFunction> {
  (this: ThisParameterType<F>, ...args: Parameters<F>): ReturnType<F>;
  /** The cache for calls without `this`, or for those on an object. */
  cacheOf(object?: object): LRUCache<unknown, Awaited<ReturnType<F>>>;
  /** The key of such a call, for use with the cache. */
  keyOf(...args: Parameters<F>): unknown;
}

const DEFAULT_MAX = 1000;

/** A cache that remembers undefined as of any other result, as a function that is not asynchronous has it. */
class ResultCache<V> extends LRUCache<unknown, V> {
  protected override get keepsUndefined(): boolean {
    return true;
  }
}

/**
 * A function that remembers what it returned. Calls with the same key share a result until it leaves
 * the cache; errors are not remembered.
 *
 * A function is asynchronous from the first promise on that it returns: then calls for one key share
 * one promise in flight, a rejection reaches all of them and is not kept, and `refreshAfter` and the
 * stale windows work. Called as a method, each object has a cache of its own, which lives as long as
 * the object and does not keep it alive.
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
      // If the cache has the key already, or is disposed of, nobody is told how the promise ends.
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

/** Keys of calls with several arguments are texts that begin so; an only argument that does is treated like several. */
const COMBINED = "\0";

/** Makes keys of arguments. Objects and symbols are numbered, and not kept alive by their numbers. */
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
