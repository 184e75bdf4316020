/**
 * Tells of the keys whose values were collected, in order, when the cache is consistent.
 *
 * What a listener makes the cache find out joins the end of the queue, so listeners never run inside
 * one another. Every listener runs; then the first error is thrown.
 */
export class CollectReports<K> {
  readonly #listener: (key: K) => void;
  #keys: K[] = [];
  #isFlushing = false;
  #isClosed = false;

  constructor(listener: (key: K) => void) {
    this.#listener = listener;
  }

  push(key: K): void {
    if (!this.#isClosed) this.#keys.push(key);
  }

  /** Tells of nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#keys = [];
  }

  /** Runs the listener for all that was pushed, unless an outer call is doing so. */
  flush(): void {
    if (this.#isFlushing || this.#keys.length === 0) return;
    this.#isFlushing = true;
    let failure: { error: unknown } | undefined;
    while (this.#keys.length > 0) {
      const keys = this.#keys;
      this.#keys = [];
      for (const key of keys) {
        if (this.#isClosed) break;
        try {
          this.#listener(key);
        } catch (error) {
          failure ??= { error };
        }
      }
    }
    this.#isFlushing = false;
    if (failure !== undefined) throw failure.error;
  }
}
