import { attempt } from "../host/attempt.ts";
import { reportError } from "../checks/report-error.ts";
import { hostClock, LONGEST_DELAY, unarmed, type Clock } from "./clock.ts";

/** What stops a timer; it holds nothing of the cache. */
interface Armed {
  cancel: (() => void) | undefined;
}

/** Stops the timers of caches that nobody holds any more; without it, they fire once more, for nothing. */
const abandoned = /* @__PURE__ */ attempt(
  () => new FinalizationRegistry<Armed>((armed) => armed.cancel?.()),
);

/** What the host's timers are now; undefined if it has none. */
function hostTimers(): unknown {
  return attempt(() => setTimeout);
}

/**
 * The one timer of a cache, which wakes it when entries are due.
 *
 * All that the host keeps for it holds the cache weakly. A timer that is armed a little too late is
 * left as it is, and one that has just fired is not armed again before the tolerated delay is over:
 * it wakes at most that often.
 */
export class ExpiryTimer<Owner extends WeakKey> {
  readonly #owner: WeakRef<Owner>;
  readonly #wake: (owner: Owner) => void;
  readonly #clock: Required<Clock>;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #armed: Armed = { cancel: undefined };
  /** When the timer fires, ms; Infinity while there is none. */
  #firesAt = Infinity;
  #firedAt = -Infinity;
  #hasFired = false;
  /** The host's timers when it was armed; fakes may have replaced them since, and one of the others may then never fire. */
  #timers: unknown;

  /** `wake` calls `fired` first, and must not hold the owner by itself; `onError` hears of a clock that throws. */
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

  /** Sees to it that the owner is woken when something is due, ms, and at most `slack` ms later. */
  ensure(due: number, now: number, slack: number): void {
    // A clock that has jumped over the time of the timer tells nothing of how long it still takes.
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
      // The cache has changed already, and who listens is to hear of it. The next change tries again.
      this.#firesAt = Infinity;
      reportError(error, this.#onError);
    }
  }

  /** The timer has fired, and is armed no more. Returns when it was to fire, ms. */
  fired(): number {
    const at = this.#firesAt;
    this.#armed.cancel = undefined;
    this.#firesAt = Infinity;
    this.#hasFired = true;
    return at;
  }

  /** Cancels the timer, if there is one. */
  stop(): void {
    const { cancel } = this.#armed;
    this.#armed.cancel = undefined;
    this.#firesAt = Infinity;
    cancel?.();
  }
}
