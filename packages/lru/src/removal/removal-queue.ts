import type { Disposal } from "./disposal.ts";
import type { Hold } from "./hold.ts";

/**
 * Why a value was removed from the cache:
 *
 * - `evicted`: by the policy or a bound, or by `evict` and `trim`; also a value that was never
 *   stored, because it is too heavy or not admitted by the policy;
 * - `expired`: its time was over;
 * - `replaced`: another value was written under its key;
 * - `deleted`: by the program, as by `delete` and `clear`.
 */
export type RemovalCause = "evicted" | "expired" | "replaced" | "deleted";

/** The effects of a removal by its cause. A new cause needs an entry here. */
export const CAUSES: Readonly<Record<RemovalCause, CauseEffects>> = {
  evicted: { fences: true },
  expired: { fences: false },
  replaced: { fences: true },
  deleted: { fences: true },
};

interface CauseEffects {
  /** Whether the result of a load of the key, which began before the removal, is not stored. */
  readonly fences: boolean;
}

/**
 * The option `onRemoval`: called once for each value that is removed, after the cache is consistent
 * again. It may call the cache. Every listener runs; then the operation throws the first error of a
 * listener. An error outside of a call goes to `onError`.
 *
 * @example
 * ```ts
 * import { LRUCache, type RemovalListener } from "@heapwise/lru";
 *
 * const log: string[] = [];
 * const onRemoval: RemovalListener<string, number> = (key, value, cause) => {
 *   log.push(`${key} ${value} ${cause}`);
 * };
 * const cache = new LRUCache<string, number>({ max: 2, onRemoval });
 * cache.set("a", 1).set("a", 2).set("b", 3).set("c", 4);
 * log; // => ["a 1 replaced", "a 2 evicted"]
 * ```
 */
export type RemovalListener<K, V> = (key: K, value: V, cause: RemovalCause) => void;

/** A removed value, and its hold; null for an event that removes no value. */
interface Removal<K, V> {
  readonly key: K;
  readonly value: V;
  readonly cause: RemovalCause;
  readonly hold: Hold<K, V> | undefined | null;
}

/**
 * Delivers removals in order, first in, first out.
 *
 * Operations push while they change the cache, and flush when it is consistent. A removal that a
 * listener causes joins the end of the queue, so that listeners never run inside one another and
 * the stack does not grow. Every listener runs; then the first error is thrown.
 */
export class RemovalQueue<K, V> {
  readonly #listeners: readonly RemovalListener<K, V>[];
  /** Disposes of the removed values, after the listeners were called. */
  disposal: Disposal<K, V> | undefined;
  #removals: Removal<K, V>[] = [];
  #isFlushing = false;

  constructor(listeners: readonly RemovalListener<K, V>[]) {
    this.#listeners = listeners;
  }

  push(
    key: K,
    value: V,
    cause: RemovalCause,
    hold: Removal<K, V>["hold"] = this.disposal?.depart(key, value),
  ): void {
    this.#removals.push({ key, value, cause, hold });
  }

  /**
   * Runs an operation of several steps, during which no step flushes. The listeners run at its end,
   * even if it throws; then its own error is thrown.
   */
  batch(operation: () => void): void {
    if (this.#isFlushing) {
      operation();
      return;
    }
    let failure: { error: unknown } | undefined;
    this.#isFlushing = true;
    try {
      operation();
    } catch (error) {
      failure = { error };
    }
    this.#isFlushing = false;
    this.flush(failure);
  }

  /**
   * Runs the listeners for all removals, unless an outer call is doing so. Throws `failure`, or the
   * first error of a listener if there is no failure.
   */
  flush(failure?: { readonly error: unknown }): void {
    if (this.#isFlushing || (this.#removals.length === 0 && failure === undefined)) return;
    this.#isFlushing = true;
    while (this.#removals.length > 0) {
      const removals = this.#removals;
      this.#removals = [];
      for (const { key, value, cause, hold } of removals) {
        for (const listener of this.#listeners) {
          try {
            listener(key, value, cause);
          } catch (error) {
            failure ??= { error };
          }
        }
        if (hold !== null) this.disposal?.settle(key, value, hold);
      }
    }
    this.#isFlushing = false;
    if (failure !== undefined) throw failure.error;
  }
}
