import type { CodelOptions } from "../options.ts";

/**
 * Controlled delay (CoDel: Nichols and Jacobson, 2012; in the form that DBConnection and Facebook
 * use for requests). A queue is bad if it persists: if a waiter was served within `target` during
 * the last `interval`, the queue is only a burst. If no waiter was, the pool is overloaded. Then it
 * refuses waiters that have waited longer than `target`, so that the waiters behind them are served
 * in time. The overload ends with the first waiter that is served in time, or with an empty queue.
 */
export class LoadShedder {
  readonly target: number;
  readonly interval: number;
  /** The time since which every wait was too long, or undefined. */
  #slowSince: number | undefined;
  #excusedUntil = -Infinity;

  constructor({ target, interval }: CodelOptions) {
    this.target = target;
    this.interval = interval;
  }

  /** Ignores all waits up to now. */
  excuse(now: number): void {
    this.#slowSince = undefined;
    this.#excusedUntil = now;
  }

  /** The part of the wait since `since` that counts. */
  waitSince(since: number, now: number): number {
    return now - Math.max(since, this.#excusedUntil);
  }

  /** Records the wait of the next waiter; undefined if the queue is empty. */
  observe(wait: number | undefined, now: number): void {
    if (wait === undefined || wait <= this.target) this.#slowSince = undefined;
    else this.#slowSince ??= now - (wait - this.target);
  }

  /** Whether a waiter with this wait is refused. */
  refuses(wait: number, now: number): boolean {
    const since = this.#slowSince;
    return since !== undefined && now - since >= this.interval && wait > this.target;
  }
}
