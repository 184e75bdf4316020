import { LRUCache } from "@heapwise/lru";
import { checkFunction, checkCount } from "@heapwise/lru/slots";
import { canBeHeldWeakly } from "./can-be-held-weakly.ts";
import { primitiveKey } from "./memoize/primitive-key.ts";
import { ABSENT, ResultNode } from "./memoize/result-node.ts";
import { checkNames } from "./weak-cache-options.ts";

/** How many results are kept for primitive arguments. */
export interface WeakMemoizeOptions {
  /**
   * Most results of calls with primitive arguments alone; the least recently used leaves. Also the most
   * for each combination of living objects, where the oldest leaves. 1000 by default.
   */
  max?: number | undefined;
  /** Most bytes of the results of calls with primitive arguments alone. No limit by default. */
  maxBytes?: number | string | undefined;
}

const KNOWN = new Set(["max", "maxBytes"]);

/**
 * The function with a memory: calls with equal arguments get the first result again.
 *
 * Arguments are equal as keys of a `Map`, and so is `this` where there is one. A result lives as long as
 * all objects, functions and unique symbols among the arguments, in any position and number, and may refer to
 * them; nothing is kept for dead ones. A call that throws is not remembered. Throws a TypeError or
 * RangeError for what is no function and for a bad option.
 */
export function weakMemoize<This, Args extends unknown[], Result>(
  fn: (this: This, ...args: Args) => Result,
  options: WeakMemoizeOptions = {},
): (this: This, ...args: Args) => Result {
  checkFunction("memoize", "function", fn);
  checkNames("options are", options, KNOWN);
  const { max = 1000, maxBytes } = options;
  checkCount("create cache", "max", max);
  const primitives = new LRUCache<unknown, Result>({
    max,
    ...(maxBytes !== undefined && { maxBytes }),
  });
  const [root, rootWithThis] = [new ResultNode(), new ResultNode()];

  function recall(self: This, args: Args): Result {
    const start = self === undefined ? root : rootWithThis;
    let node = start;
    let strong = 0;
    if (canBeHeldWeakly(self)) node = node.nextOrNew(self);
    else if (self !== undefined) strong++;
    for (const argument of args) {
      if (canBeHeldWeakly(argument)) node = node.nextOrNew(argument);
      else strong++;
    }
    if (node !== start && strong === 0) {
      if (node.own === ABSENT) node.own = fn.apply(self, args);
      return node.own as Result;
    }
    const key = primitiveKey(self, args);
    if (node === start) {
      const found = primitives.get(key);
      if (found !== undefined || primitives.has(key)) return found as Result;
      const result = fn.apply(self, args);
      primitives.set(key, result);
      return result;
    }
    const found = node.find(key);
    if (found !== ABSENT) return found as Result;
    const result = fn.apply(self, args);
    node.store(key, result, max);
    return result;
  }

  function memoized(this: This, ...args: Args): Result {
    return recall(this, args);
  }

  Object.defineProperties(memoized, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  });
  return memoized;
}
