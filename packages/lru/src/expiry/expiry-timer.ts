import { attempt } from "../host/attempt.ts";
import { reportError } from "../checks/report-error.ts";
import { hostClock, LONGEST_DELAY, unarmed, type Clock } from "./clock.ts";

/** Cancels the timer of a cache, without a reference to the cache. */
interface Armed {
  cancel: (() => void) | undefined;
}

/**
 * Stops the timer of a cache that was collected. A host without this registry lets the timer fire
 * once more, in vain.
 */
const abandoned = /* @__PURE__ */ attempt(
  () => new FinalizationRegistry<Armed>((armed) => armed.cancel?.()),
);

/** The present timer function of the host, real or fake; undefined if it has no timers. */
function hostTimers(): unknown {
  return attempt(() => setTimeout);
}

/**
 * The one timer of a cache, which wakes the cache when entries are due.
 *
 * The host refers to the cache only weakly through the timer. Entries may be removed a little late,
 * by the tolerated delay, `slack`. So a timer that is set at most `slack` too late is not set
 * again, and a timer that has just fired is set for `slack` later at the earliest: the cache is
 * woken at most once per `slack`.
 */
export class ExpiryTimer<Owner extends WeakKey> {
  readonly #owner: WeakRef<Owner>;
  readonly #wake: (owner: Owner) => void;
  readonly #clock: Required<Clock>;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #armed: Armed = { cancel: undefined };
  /** The time at which the timer fires, ms; Infinity while no timer is set. */
  #firesAt = Infinity;
  #firedAt = -Infinity;
  #hasFired = false;
  /**
   * The timer function of the host when the timer was set. If a test has replaced it by a fake, or
   * back, the timer may never fire.
   */
  #timers: unknown;

  /**
   * `wake` calls `fired` first, and must not hold the owner. `onError` is called with the error of
   * a clock that throws.
   */
  constructor(
    owner: Owner,
    wake: (owner: Owner) => void,
    clock: Required<Clock>,
    onError: ((error: unknown) => void) | undefined,
  ) {
    this.#owner = new WeakRef(owner);
    this.#wake = wake;
    this.#clock = clock;
    this.#onError = onError;
    if (clock === hostClock) abandoned?.register(owner, this.#armed);
  }

  /** Sets the timer so that the owner is woken at `due`, ms, or at most `slack` ms later. */
  ensure(due: number, now: number, slack: number): void {
    // If the clock has jumped over the time of the timer, it is unknown when the timer fires.
    const isKnown = this.#timers === hostTimers() && now <= this.#firesAt + slack;
    if ((isKnown && this.#firesAt <= due + slack) || due === Infinity) return;
    if (this.#hasFired) this.#firedAt = now;
    this.#hasFired = false;
    const rest = now < this.#firedAt ? 0 : slack - (now - this.#firedAt);
    const delay = Math.min(Math.max(due - now, rest, 0), LONGEST_DELAY);
    if (isKnown && this.#firesAt <= now + delay + slack) return;
    this.stop();
    this.#timers = hostTimers();
    this.#firesAt = now + delay;
    const owner = this.#owner;
    const wake = this.#wake;
    const run = (): void => {
      const held = owner.deref();
      if (held !== undefined) wake(held);
    };
    try {
      const cancel = this.#clock.schedule(run, delay);
      // The next change tries again.
      if (cancel === unarmed) this.#firesAt = Infinity;
      else this.#armed.cancel = cancel;
    } catch (error) {
      // The cache has changed already, and its listeners must be called. The next change tries
      // again.
      this.#firesAt = Infinity;
      reportError(error, this.#onError);
    }
  }

  /** Notes that the timer has fired. Returns the time for which it was set, ms. */
  fired(): number {
    const at = this.#firesAt;
    this.#armed.cancel = undefined;
    this.#firesAt = Infinity;
    this.#hasFired = true;
    return at;
  }

  /** Cancels the timer, if it is set. */
  stop(): void {
    const { cancel } = this.#armed;
    this.#armed.cancel = undefined;
    this.#firesAt = Infinity;
    cancel?.();
  }
}
