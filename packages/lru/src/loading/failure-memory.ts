/** Failures that are remembered at a time, whatever the bound of the cache. */
const MOST_FAILURES = 1000;

interface Failure {
  readonly error: unknown;
  /** When it is forgotten, ms. */
  readonly deadline: number;
}

/**
 * The failures of loads, each for its time; if there are too many, the oldest is forgotten. Bounded by
 * itself: no failure takes the place of an entry.
 */
export class FailureMemory<K> {
  readonly #failures = new Map<K, Failure>();

  get size(): number {
    return this.#failures.size;
  }

  /** The failure of a key, or undefined. */
  find(key: K, now: number): Failure | undefined {
    this.#forgetUntil(now);
    const failure = this.#failures.get(key);
    // Where the clock has gone back, older ones with later deadlines may stand before it.
    return failure !== undefined && now < failure.deadline ? failure : undefined;
  }

  add(key: K, error: unknown, now: number, ttl: number): void {
    this.#forgetUntil(now);
    this.#failures.delete(key);
    if (this.#failures.size === MOST_FAILURES) {
      // Others may be remembered for a shorter time than the oldest.
      for (const [one, { deadline }] of this.#failures) {
        if (now >= deadline) this.#failures.delete(one);
      }
      if (this.#failures.size === MOST_FAILURES) this.#failures.delete(this.#oldest!);
    }
    this.#failures.set(key, { error, deadline: now + ttl });
  }

  delete(key: K): void {
    this.#failures.delete(key);
  }

  clear(): void {
    this.#failures.clear();
  }

  get #oldest(): K | undefined {
    return this.#failures.keys().next().value;
  }

  #forgetUntil(now: number): void {
    for (const [key, { deadline }] of this.#failures) {
      if (now < deadline) return;
      this.#failures.delete(key);
    }
  }
}
