import type { Clock } from "@heapwise/pool";

interface Timer {
  readonly at: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/**
 * A clock for simulations: time jumps from one timer to the next, and promises settle in between.
 */
export class SimulatedClock implements Clock {
  #now = 0;
  /**
   * Sorted so that the next timer is last. Of timers with the same time, the one that was scheduled
   * first.
   */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  schedule(run: () => void, ms: number): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), run, isCancelled: false };
    let [low, high] = [0, this.#timers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#timers[middle]!.at > timer.at) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => (timer.isCancelled = true);
  }

  /** Resolves `ms` later. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.schedule(resolve, ms));
  }

  /** Runs until this time. */
  async runUntil(end: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      this.#now = next.at;
      // Runs all timers of one time, before promises settle.
      const due: Timer[] = [];
      while (this.#next()?.at === this.#now) due.push(this.#timers.pop()!);
      for (const { run } of due) run();
    }
    this.#now = end;
  }

  #next(): Timer | undefined {
    while (this.#timers.at(-1)?.isCancelled) this.#timers.pop();
    return this.#timers.at(-1);
  }
}
