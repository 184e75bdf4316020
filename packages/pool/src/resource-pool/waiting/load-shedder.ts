import type { CodelOptions } from "../options.ts";

/**
 * Controlled delay (CoDel: Nichols and Jacobson, 2012; in the form that DBConnection and Facebook use
 * for requests). A queue is bad when it stays: as long as somebody was served within `target` in the
 * last `interval`, a burst is just a burst. After an interval in which nobody was, the pool is
 * overloaded, and whoever has waited longer than `target` is refused, so that those behind are served
 * in time. It ends with the first one who is, or with an empty queue.
 */
export class LoadShedder {
  readonly target: number;
  readonly interval: number;
  /** Since when every wait was too long, or undefined. */
  #slowSince: number | undefined;
  #excusedUntil = -Infinity;

  constructor({ target, interval }: CodelOptions) {
    this.target = target;
    this.interval = interval;
  }

  /** Nobody is to blame for waits up to now: they do not count. */
  excuse(now: number): void {
    this.#slowSince = undefined;
    this.#excusedUntil = now;
  }

  /** How long one who came at the time `since` has waited, as far as that counts. */
  waitSince(since: number, now: number): number {
    return now - Math.max(since, this.#excusedUntil);
  }

  /** Notes how long the next one in the queue has waited; undefined for an empty queue. */
  observe(wait: number | undefined, now: number): void {
    if (wait === undefined || wait <= this.target) this.#slowSince = undefined;
    else this.#slowSince ??= now - (wait - this.target);
  }

  /** Whether somebody who has waited this long is refused. */
  refuses(wait: number, now: number): boolean {
    const since = this.#slowSince;
    return since !== undefined && now - since >= this.interval && wait > this.target;
  }
}
