import { isThenable, outside } from "@heapwise/lru/slots";
import type { Results } from "./result-node.ts";

/**
 * Stores a result, and forgets it if it is a promise that is rejected. Returns what it has stored,
 * which is what the caller gets.
 *
 * A rejection counts as handled as soon as anybody waits for its promise. So a plain promise is stored
 * as one that follows it, and the host goes on to tell of those that no caller handles. Promises of
 * other classes, or with properties of their own, stay what they are.
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
    // In Node 20 a promise holds the store of the request that made it.
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
    // A value that only refuses to be looked at is one like others.
    if (isPromise) forget();
  }
  return result;
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return (
    value instanceof Promise &&
    Object.getPrototypeOf(value) === Promise.prototype &&
    // Not symbols: async hooks put some on each promise.
    Object.getOwnPropertyNames(value).length === 0
  );
}
