import type { Disposal } from "./disposal.ts";
import type { Hold } from "./hold.ts";

/**
 * Why a value left the cache: `evicted` by the policy or a bound, `expired` by time, `replaced` by
 * another value under its key, `deleted` by the program.
 */
export type RemovalCause = "evicted" | "expired" | "replaced" | "deleted";

/** Called once for each value that leaves, after the cache is consistent again. It may call the cache. */
export type RemovalListener<K, V> = (key: K, value: V, cause: RemovalCause) => void;

/** A value that has left, and who waits for it to be disposed of; null for what has only happened. */
interface Removal<K, V> {
  readonly key: K;
  readonly value: V;
  readonly cause: RemovalCause;
  readonly hold: Hold<K, V> | undefined | null;
}

/**
 * Delivers removals in order, first in, first out.
 *
 * Operations push while they change the cache and flush when it is consistent. A removal that a
 * listener causes joins the end of the queue, so listeners never run inside one another and the
 * stack does not grow. Every listener runs; then the first error is rethrown.
 */
export class RemovalQueue<K, V> {
  readonly #listeners: readonly RemovalListener<K, V>[];
  /** Disposes of what leaves, after the listeners have heard of it. */
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
   * Runs an operation of several steps, of which none flushes; the listeners run at its end, also
   * when it throws, and its error is the one thrown.
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

  /** Runs the listeners for all that was pushed, unless an outer call is doing so. Throws the failure, or else the first error of a listener. */
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
