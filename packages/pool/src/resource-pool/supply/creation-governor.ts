import type { BreakerOptions } from "../options.ts";
import type { Settings } from "../settings.ts";

/** The shortest delay, ms. A creation that fails at once must not starve the event loop. */
const BREATH = 1;

/** The delay doubles no further, because 0 * Infinity would be NaN. */
const MOST_DOUBLINGS = 50;

/**
 * The number of failures in a row after which a pool without `retry` takes a breath too, because
 * callers may call again at once.
 */
const PATIENCE = 8;

/**
 * Says when the pool may create, and which waiters a failure rejects.
 *
 * - Each round of failures doubles the delay before the next try, up to a limit, with jitter. All
 *   creations that began before a failure belong to one round: ten that fail together count once.
 * - Without `retry` each failure rejects the oldest waiter, and the next creation for a waiter
 *   begins at once. Only creations for `min` and `minIdle` are delayed.
 * - If many resources in a row fail their checks, the next creation takes a breath too.
 * - The breaker is closed, open, or half open: after `reset` one creation is tried as a probe. Its
 *   success closes the breaker, its failure opens the breaker again.
 */
export class CreationGovernor {
  readonly #retry: Settings<never>["retry"];
  readonly #breaker: BreakerOptions | undefined;
  readonly #random: () => number;
  /** Failures since the last success. */
  failures = 0;
  /** The error of the last failure, until the next success. */
  lastError: { readonly error: unknown } | undefined;
  /** The round to which a creation that starts now belongs. */
  round = 0;
  #rounds = 0;
  #attempts = 0;
  #retryAt = -Infinity;
  #breathAt = -Infinity;
  #rejected = 0;
  #checkAgainAt = -Infinity;
  #openUntil: number | undefined;

  constructor({ retry, breaker }: Settings<never>, random: () => number) {
    this.#retry = retry;
    this.#breaker = breaker;
    this.#random = random;
  }

  /** Whether the breaker is open: nothing is created before `mayCreateAt`. */
  isOpen(now: number): boolean {
    return this.#openUntil !== undefined && now < this.#openUntil;
  }

  /** Whether the breaker is not closed: then only a probe is allowed. */
  get isProbing(): boolean {
    return this.#openUntil !== undefined;
  }

  /** The time from which on a creation may begin. */
  mayCreateAt(isForWaiter: boolean): number {
    if (this.#openUntil !== undefined) return this.#openUntil;
    return Math.max(this.#checkAgainAt, this.#tryAgainAt(isForWaiter));
  }

  #tryAgainAt(isForWaiter: boolean): number {
    if (!isForWaiter || this.#retry.isSet) return this.#retryAt;
    return this.failures < PATIENCE ? -Infinity : Math.min(this.#retryAt, this.#breathAt);
  }

  /**
   * Counts a resource that has passed its checks or has failed. After a failure another one may be
   * created.
   */
  judge(hasPassed: boolean, now: number): void {
    if (hasPassed) this.#rejected = 0;
    else if (++this.#rejected >= PATIENCE) this.#checkAgainAt = now + BREATH;
  }

  /** Counts a failed creation of a round. Returns what happens to the waiters. */
  fail(error: unknown, round: number, now: number): "reject oldest" | "reject all" | "keep" {
    this.failures++;
    this.#attempts++;
    this.lastError = { error };
    if (round === this.round) {
      this.round++;
      const { delay, maxDelay, jitter } = this.#retry;
      const longest = Math.min(maxDelay, delay * 2 ** Math.min(this.#rounds++, MOST_DOUBLINGS));
      this.#retryAt = now + Math.max(BREATH, longest * (1 - jitter * this.#random()));
      this.#breathAt = now + BREATH;
    }
    if (this.#breaker !== undefined) {
      const isProbe = this.#openUntil !== undefined;
      if (isProbe || this.failures >= this.#breaker.failures) {
        this.#openUntil = now + Math.max(BREATH, this.#breaker.reset);
        return "reject all";
      }
    }
    if (this.#retry.isSet && this.#attempts < this.#retry.attempts) return "keep";
    this.#attempts = 0;
    return "reject oldest";
  }

  /** Counts a success: all counts and delays start again. */
  succeed(): void {
    this.failures = this.#rounds = this.#attempts = 0;
    this.round++;
    this.lastError = undefined;
    this.#retryAt = this.#breathAt = -Infinity;
    this.#openUntil = undefined;
  }
}
