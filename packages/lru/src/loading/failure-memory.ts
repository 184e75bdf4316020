/** The most failures that are remembered at a time, for every bound of the cache. */
const MOST_FAILURES = 1000;

interface Failure {
  readonly error: unknown;
  /** The time at which the failure is forgotten, ms. */
  readonly deadline: number;
}

/**
 * The failures of loads, each for its time. If there are too many, the oldest is forgotten. The
 * memory has a bound of its own: a failure does not take the place of an entry.
 */
export class FailureMemory<K> {
  readonly #failures = new Map<K, Failure>();

  /** Number of failures, including those whose time is over and that are not yet forgotten. */
  get size(): number {
    return this.#failures.size;
  }

  /** The failure of a key, or undefined if none is remembered. */
  find(key: K, now: number): Failure | undefined {
    this.#forgetUntil(now);
    const failure = this.#failures.get(key);
    // If the clock has gone back, older failures with later deadlines may precede this one.
    return failure !== undefined && now < failure.deadline ? failure : undefined;
  }

  /** Remembers a failure for `ttl` milliseconds. */
  add(key: K, error: unknown, now: number, ttl: number): void {
    this.#forgetUntil(now);
    this.#failures.delete(key);
    if (this.#failures.size === MOST_FAILURES) {
      // The time of other failures may be over before the time of the oldest.
      for (const [one, { deadline }] of this.#failures) {
        if (now >= deadline) this.#failures.delete(one);
      }
      if (this.#failures.size === MOST_FAILURES) {
        const [oldest] = this.#failures.keys();
        this.#failures.delete(oldest!);
      }
    }
    this.#failures.set(key, { error, deadline: now + ttl });
  }

  delete(key: K): void {
    this.#failures.delete(key);
  }

  clear(): void {
    this.#failures.clear();
  }

  #forgetUntil(now: number): void {
    for (const [key, { deadline }] of this.#failures) {
      if (now < deadline) return;
      this.#failures.delete(key);
    }
  }
}
