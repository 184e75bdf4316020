import type { Departure, Disposal } from "./leases/disposal.ts";

/**
 * Why a value left the cache: `evicted` by the policy or a bound, `expired` by time, `replaced` by
 * another value under its key, `deleted` by the program.
 */
export type RemovalCause = "evicted" | "expired" | "replaced" | "deleted";

/** Called once for each value that leaves, after the cache is consistent again. It may call the cache. */
export type RemovalListener<K, V> = (key: K, value: V, cause: RemovalCause) => void;

/**
 * Delivers removals in order, first in, first out.
 *
 * Operations push while they change the cache and flush when it is consistent. A removal that a
 * listener causes joins the end of the queue, so listeners never run inside one another and the
 * stack does not grow. Every listener runs; then the first error is rethrown.
 */
export class RemovalQueue<K, V> {
  readonly #listener: RemovalListener<K, V> | undefined;
  /** Disposes of what leaves, after the listener has heard of it. */
  disposal: Disposal<K, V> | undefined = undefined;
  #keys: K[] = [];
  #values: V[] = [];
  #causes: RemovalCause[] = [];
  #departures: (Departure<V> | undefined)[] = [];
  #isFlushing = false;

  constructor(listener: RemovalListener<K, V> | undefined) {
    this.#listener = listener;
  }

  push(key: K, value: V, cause: RemovalCause): void {
    this.#keys.push(key);
    this.#values.push(value);
    this.#causes.push(cause);
    if (this.disposal !== undefined) {
      this.#departures[this.#keys.length - 1] = this.disposal.detach(key, value);
    }
  }

  /**
   * Runs an operation of several steps, of which none flushes; the listener runs at its end, also
   * when it throws, and its error is the one thrown.
   */
  inOneGo(operation: () => void): void {
    if (this.#isFlushing) {
      operation();
      return;
    }
    this.#isFlushing = true;
    try {
      operation();
    } catch (error) {
      this.#isFlushing = false;
      try {
        this.flush();
      } catch {
        // The operation's error came first.
      }
      throw error;
    }
    this.#isFlushing = false;
    this.flush();
  }

  /** Runs the listener for all that was pushed, unless an outer call is doing so. Throws the first error of a listener. */
  flush(): void {
    if (this.#isFlushing || this.#keys.length === 0) return;
    this.#isFlushing = true;
    let failure: { error: unknown } | undefined;
    while (this.#keys.length > 0) {
      const keys = this.#keys;
      const values = this.#values;
      const causes = this.#causes;
      const departures = this.#departures;
      this.#keys = [];
      this.#values = [];
      this.#causes = [];
      this.#departures = [];
      for (let i = 0; i < keys.length; i++) {
        try {
          this.#listener?.(keys[i]!, values[i]!, causes[i]!);
        } catch (error) {
          failure ??= { error };
        }
        this.disposal?.dispose(keys[i]!, values[i]!, departures[i]);
      }
    }
    this.#isFlushing = false;
    if (failure !== undefined) throw failure.error;
  }
}
