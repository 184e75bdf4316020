import { isThenable, outside } from "@heapwise/lru/slots";
import type { Results } from "./result-node.ts";

/**
 * Stores a result, and forgets it if it is a promise that rejects. Returns the stored result, for
 * the caller.
 *
 * A rejection counts as handled as soon as any caller waits for its promise. So for a plain promise
 * this stores a second promise that follows it, and the host still reports a rejection that no
 * caller handles. Promises of other classes, or with properties of their own, are stored as they
 * are.
 */
export function remember<Result>(
  result: Result,
  results: Results,
  key: unknown,
  max: number,
): Result {
  if (isPlainPromise(result)) {
    const fail = (error: unknown): never => {
      results.forget(key, kept);
      throw error;
    };
    // Outside of the request, because in Node 20 a promise holds the store of the request that
    // created it.
    const kept = outside(() => result.then(undefined, fail)) as Result & Promise<unknown>;
    results.store(key, kept, max);
    return kept;
  }
  results.store(key, result, max);
  const forget = (): void => results.forget(key, result);
  let isPromise = false;
  try {
    isPromise = isThenable(result);
    if (isPromise) (result as PromiseLike<unknown>).then(undefined, forget);
  } catch {
    // If reading `then` throws, the result is stored like any other value.
    if (isPromise) forget();
  }
  return result;
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return (
    value instanceof Promise &&
    Object.getPrototypeOf(value) === Promise.prototype &&
    // Not symbols: async hooks add some to each promise.
    Object.getOwnPropertyNames(value).length === 0
  );
}
